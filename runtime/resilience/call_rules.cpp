#include "resilience/call_rules.h"

#include <algorithm>

#include "actor/context.h"
#include "base/queue_meter.h"
#include "resilience/covered_call.h"
#include "resilience/policy_check.h"
#include "resilience/race.h"
#include "resilience/waiting_call.h"

namespace troupe::resilience {
namespace {

// Breakers that nobody calls through are let go of this often, if anybody looks.
constexpr std::chrono::seconds kTidy{10};

}  // namespace

// The way in of one service's calls.
class CallRules::CoveredSink final : public wire::CallSink {
 public:
  explicit CoveredSink(CallRules& rules) : wire::CallSink(rules.router_.origin), rules_(rules) {}

  void deliver(wire::EnvelopePtr call) noexcept override {
    MethodRule* method = rule_of(*call);
    if (!method) return rules_.router_.deliver(std::move(call));
    enter(*method, std::move(call));
  }
  void deliver_watched(wire::EnvelopePtr call) noexcept override {
    if (rules_.router_.watch(call)) deliver(std::move(call));
  }
  bool redirect(wire::EnvelopePtr& call) noexcept override { return rules_.router_.redirect(call); }
  void cancel(const wire::EnvelopePtr& call) noexcept override { rules_.router_.cancel(call); }

  Result<void> bind(const ServiceInfo& service);
  // Entries of the service, and of its methods.
  std::vector<std::pair<const CoveredCalls, Rule*>> entries;
  std::vector<std::unique_ptr<MethodRule>> methods;  // by ordinal; null: none is for it

 private:
  [[nodiscard]] MethodRule* rule_of(const wire::Envelope& call) const noexcept {
    if (call.delivery || call.method == wire::kNoMethod) return nullptr;
    if (!rules_.bound_.load(std::memory_order_acquire) || call.method >= methods.size()) return nullptr;
    return methods[call.method].get();
  }
  void enter(MethodRule& method, wire::EnvelopePtr call) noexcept;

  CallRules& rules_;
};

void CallRules::CoveredSink::enter(MethodRule& method, wire::EnvelopePtr call) noexcept {
  if (method.rule.enter(rules_.now())) return rules_.begin(method, std::move(call));
  WaitingCall::start(rules_, method, std::move(call));
}

void CallRules::begin(MethodRule& method, wire::EnvelopePtr call) noexcept {
  bool has_place = true;
  try {
    if ((method.hedged || method.timed) && Race::start(*this, method, call)) return;
    auto cover = make_counted<CoveredCall>(
        *this, method, CoveredCall::Terms{.place = true, .retries = method.rule.policy().retry.tries > 1});
    has_place = false;  // it gives it back
    call->cover = cover;
    call->ends.add(cover);
    cover->attempt(std::move(call));
  } catch (const std::exception&) {
    if (has_place) method.rule.leave();
    Error error(ErrorKind::overloaded, "there is no memory to call " + method.name + "; it did not run");
    wire::answer(std::move(call), error.retry_after(kRetryAfter));
  }
}

Result<void> CallRules::CoveredSink::bind(const ServiceInfo& service) {
  methods.clear();
  methods.resize(service.method_count);
  const LogSink& log = origin.log;
  for (const auto& [entry, rule] : entries) {
    const CoveredName name = covered_name(entry.to);
    if (name.method.empty()) continue;
    auto method = find_method(service, name.method);
    if (!method.ok())
      return Error(ErrorKind::invalid, "NodeConfig: calls \"" + entry.to + "\": " + method.error().message());
    if (auto fits = check_fit(entry, service, *method); !fits.ok()) return fits;
    methods[(*method)->ordinal] = std::make_unique<MethodRule>(*rule, service, **method, log);
  }
  for (const auto& [entry, rule] : entries) {
    if (!covered_name(entry.to).method.empty()) continue;
    if (auto fits = check_fit(entry, service, nullptr); !fits.ok()) return fits;
    for (std::uint16_t i = 0; i < service.method_count; ++i)
      if (!methods[i]) methods[i] = std::make_unique<MethodRule>(*rule, service, service.methods[i], log);
  }
  return {};
}

CallRules::CallRules(const std::vector<CoveredCalls>& entries, cluster::Router& router, std::uint64_t seed)
    : router_(router), chances_(seed) {
  for (const CoveredCalls& entry : entries) {
    rules_.push_back(std::make_unique<Rule>(entry));
    if (rules_.back()->bulkhead().has_queue()) with_queue_.push_back(rules_.back().get());
    auto& sink = sinks_[std::string(covered_name(entry.to).service)];
    if (!sink) sink = std::make_unique<CoveredSink>(*this);
    sink->entries.emplace_back(entry, rules_.back().get());
  }
}

CallRules::~CallRules() = default;

wire::CallSink* CallRules::way_in(const ServiceInfo& service) const {
  const auto found = sinks_.find(std::string_view(service.name));
  return found == sinks_.end() ? nullptr : found->second.get();
}

Result<void> CallRules::bind(const std::vector<std::shared_ptr<actor::Hosted>>& services) {
  if (bound_.load(std::memory_order_relaxed)) return {};
  for (auto& [name, sink] : sinks_) {
    const auto hosted = std::find_if(services.begin(), services.end(),
                                     [&, &service = name](const auto& one) { return service == one->service.name; });
    if (hosted == services.end()) {
      std::string known;
      for (const auto& one : services) known += (known.empty() ? "" : ", ") + std::string(one->service.name);
      return Error(ErrorKind::invalid, "NodeConfig: calls \"" + sink->entries.front().first.to.substr(0, 200) +
                                           "\": no service " + name.substr(0, 200) +
                                           " is hosted here; there are: " + (known.empty() ? "none" : known));
    }
    if (auto bound = sink->bind((*hosted)->service); !bound.ok()) return bound;
  }
  bound_.store(true, std::memory_order_release);
  return {};
}

double CallRules::chance() noexcept {
  constexpr std::uint64_t kStep = 0x9e37'79b9'7f4a'7c15;  // SplitMix64's
  constexpr double kUnit = 0x1p-53;
  return static_cast<double>(mix(chances_.fetch_add(kStep, std::memory_order_relaxed)) >> 11) * kUnit;
}

TimePoint CallRules::look(TimePoint now) {
  if (now >= next_tidy_) {
    next_tidy_ = later(now, kTidy);
    for (MethodRule* method : methods()) method->breakers.forget_idle(now);
  }
  for (Rule* rule : with_queue_) rule->bulkhead().start_waiting();
  return timed_.look(now);
}

void CallRules::give_back(Rule& rule) noexcept {
  rule.bulkhead().give_back();
  if (rule.bulkhead().has_queue()) timed_.wake();
}

std::vector<MethodRule*> CallRules::methods() const {
  std::vector<MethodRule*> out;
  if (!bound_.load(std::memory_order_acquire)) return out;
  for (const auto& [name, sink] : sinks_)
    for (const auto& method : sink->methods)
      if (method) out.push_back(method.get());
  return out;
}

}  // namespace troupe::resilience

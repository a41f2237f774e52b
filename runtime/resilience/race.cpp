#include "resilience/race.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "resilience/call_rules.h"
#include "resilience/covered_call.h"

namespace troupe::resilience {
namespace {

// Ids of copies come after all that a turn under the call's id could make.
constexpr std::uint64_t kFirstCopyId = ~std::uint64_t{0};

// The callee has answered, if not with results: another one would say the same.
bool is_answer(const Error& error) noexcept { return verdict_of(&error) == Verdict::good; }

}  // namespace

// Of the caller's envelope.
class Race::End final : public wire::CallEnd {
 public:
  End(CallRules& rules, Ptr<Race> race) noexcept : rules_(rules), race_(std::move(race)) {}
  // Of a call that nobody settles: no other one starts from here.
  ~End() override {
    if (Rule* rule = place_in_.load()) rules_.give_back(*rule);
  }
  void has_place_in(Rule& rule) noexcept { place_in_ = &rule; }
  void ended(const wire::Envelope&, const Error*) noexcept override {
    race_->over();
    if (Rule* rule = place_in_.exchange(nullptr)) rule->leave();
  }

 private:
  CallRules& rules_;
  const Ptr<Race> race_;
  std::atomic<Rule*> place_in_{nullptr};
};

bool Race::start(CallRules& rules, MethodRule& method, const wire::EnvelopePtr& call) {
  auto race = make_counted<Race>(rules, method, call);
  auto end = make_counted<End>(rules, race);
  TimePoint next = call->deadline;
  if (method.hedged) next = std::min(next, later(rules.now(), method.rule.policy().hedge.after));
  if (!race->see_to(call, next)) return false;
  end->has_place_in(method.rule);
  call->went_to.store(wire::kAstray, std::memory_order_seq_cst);  // its copies are told, not it
  call->ends.add(std::move(end));
  try {
    race->send_copy(call, {});
  } catch (const std::exception&) {
    if (auto lost = race->take())
      wire::answer(std::move(lost),
                   Error(ErrorKind::overloaded, "there is no memory to call " + method.name + "; it did not run"));
  }
  return true;
}

wire::EnvelopePtr Race::take() noexcept {
  const std::lock_guard lock(mutex_);
  return std::exchange(call_, nullptr);
}

bool Race::see_to(const wire::EnvelopePtr& call, TimePoint when) {
  std::lock_guard lock(mutex_);
  if (!call_) return false;
  auto self = Ptr<Race>::share(this);
  waits_ = rules_.timed().add(
      when, call, [self](wire::EnvelopePtr due) { self->due(std::move(due)); },
      [self](const wire::EnvelopePtr& stopped) {
        if (auto ended = self->take()) wire::answer(std::move(ended), TimedCalls::stop_of(*stopped).may_have_run(true));
      });
  return waits_.has_value();
}

void Race::send_copy(const wire::EnvelopePtr& call, const Copy& terms) {
  auto copy = make_counted<wire::Envelope>();
  {
    std::lock_guard lock(mutex_);  // one at a time reads the parameters
    replacing_ = false;
    if (!call_) return;
    static_cast<wire::Request&>(*copy) = *call;
    if (terms.attempt > copy->attempt) copy->attempt = terms.attempt;
    if (!call->params.empty()) copy->params.copy(call->params.read());
    copy->parent = call->parent;
    copy->in_actor = call->in_actor;
    copy->reply_to = Ptr<Race>::share(this);
    if (terms.hedge) copy->id = call->id.child(kFirstCopyId - ++hedges_);
    const bool again = !terms.hedge && method_.rule.policy().retry.tries > 1;
    auto cover = make_counted<CoveredCall>(
        rules_, method_,
        CoveredCall::Terms{.retries = again,
                           .failed = terms.failed,
                           .hedge = terms.hedge,
                           .race = again && method_.timed ? Ptr<Race>::share(this) : Ptr<Race>()});
    copy->cover = cover;
    copy->ends.add(cover);
    copies_.push_back(copy);
  }
  auto cover = copy->cover;
  static_cast<CoveredCall&>(*cover).attempt(std::move(copy));
}

void Race::replace(const wire::EnvelopePtr& late, std::uint32_t failed) noexcept {
  wire::EnvelopePtr call;
  {
    const std::lock_guard lock(mutex_);
    if (!call_) return;
    call = call_;
    replacing_ = true;
  }
  // Its callee is told. If it is answered in this moment, the answer counts: post() gets it.
  wire::give_up(late, Error(ErrorKind::deadline, "the attempt took longer than its timeout"));
  try {
    const std::uint32_t attempt = late->attempt;
    send_copy(call, {.attempt = wire::may_have_begun(*late) ? attempt + 1 : attempt, .failed = failed});
  } catch (const std::exception&) {
    if (auto lost = take()) {
      Error error(ErrorKind::overloaded, "there is no memory for another attempt of " + method_.name);
      wire::answer(std::move(lost), error.may_have_run(true));
    }
  }
}

void Race::due(wire::EnvelopePtr call) noexcept {
  if (call->settled()) return over();
  const TimePoint now = rules_.now();
  if (now >= call->deadline) {
    if (auto ended = take()) wire::answer(std::move(ended), wire::late(*call));
    return;
  }
  const HedgePolicy& policy = method_.rule.policy().hedge;
  bool more = false;
  {
    std::lock_guard lock(mutex_);
    waits_.reset();
    more = call_ && method_.hedged && hedges_ < policy.most;
  }
  try {
    more = more && method_.rule.take_hedge(now);
    if (more) send_copy(call, {.hedge = true});
    (void)see_to(call, more ? std::min(later(now, policy.after), call->deadline) : call->deadline);
  } catch (const std::exception&) {  // no memory for a copy: the first goes on alone
  }
}

bool Race::post(Mail* mail) noexcept {
  const auto copy = wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail));
  wire::EnvelopePtr call;
  std::unique_ptr<Error> error;
  {
    std::lock_guard lock(mutex_);
    if (!call_) return true;  // a copy that was given up, whose callee may still be at it
    std::erase_if(copies_, [&](const wire::EnvelopePtr& one) { return one.get() == copy.get(); });
    if (copy->caller_error) return true;  // given up for another that takes its place
    error = std::move(copy->error);
    const bool answered = !error || is_answer(*error);
    if (!answered && !first_error_) first_error_ = std::move(error);
    if (!answered && (!copies_.empty() || replacing_)) return true;
    if (!answered) error = std::move(first_error_);
    call = std::exchange(call_, nullptr);
  }
  if (error) {
    wire::answer(std::move(call), std::move(error));
  } else {
    wire::answer_with(std::move(call), copy);
  }
  return true;
}

void Race::over() noexcept {
  wire::EnvelopePtr call;
  std::vector<wire::EnvelopePtr> copies;
  std::optional<TimedCalls::Place> waits;
  {
    std::lock_guard lock(mutex_);
    call = std::exchange(call_, nullptr);
    copies.swap(copies_);
    waits = std::exchange(waits_, std::nullopt);
  }
  if (waits) rules_.timed().remove(*waits);
  for (auto& copy : copies)
    wire::give_up(std::move(copy), Error(ErrorKind::cancelled,
                                         "another copy of the call was answered, or its caller "
                                         "does not wait any more"));
}

}  // namespace troupe::resilience

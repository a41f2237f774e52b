#include "testing/traffic_rules.h"

#include <algorithm>

#include "wire/delivery.h"
#include "wire/monitor_request.h"

namespace troupe::testing {
namespace {

bool fits(const std::string& wanted, std::string_view is) { return wanted.empty() || wanted == is; }

// The same request as another object, as it is on the far side of a link.
wire::EnvelopePtr copy_of(wire::Envelope& call) {
  auto copy = make_counted<wire::Envelope>();
  static_cast<wire::Request&>(*copy) = call;
  if (!call.params.empty()) copy->params.build().set(call.params.read());
  if (call.delivery) copy->delivery = std::make_unique<wire::Delivery>(*call.delivery);
  copy->parent = call.parent;
  if (call.remote_chain) copy->remote_chain = std::make_unique<std::vector<wire::Hop>>(*call.remote_chain);
  return copy;
}

}  // namespace

// Where an answer goes that nobody is to hear.
class TrafficRules::LostAnswer final : public Recipient {
 public:
  LostAnswer(TrafficRules& rules, cluster::Router& router, wire::EnvelopePtr call, const Met& met)
      : rules_(rules), router_(router), call_(std::move(call)), met_(met) {}
  bool post(Mail* mail) noexcept override {
    const auto answered = wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail));
    rules_.lose_request(router_, std::move(call_), met_);
    return true;
  }

 private:
  TrafficRules& rules_;
  cluster::Router& router_;
  wire::EnvelopePtr call_;
  const Met met_;
};

void TrafficRules::lose(std::optional<unsigned> count, Which which, Loss loss) {
  if (count && *count == 0) return;
  add({.number = 0, .which = std::move(which), .left = count, .loss = loss});
}

void TrafficRules::delay(std::chrono::nanoseconds by, Which which) {
  add({.number = 0, .which = std::move(which), .by = by});
}

void TrafficRules::add(Rule rule) {
  const std::lock_guard lock(mutex_);
  rule.number = ++numbered_;
  rules_.push_back(std::move(rule));
  rules_in_force_.store(rules_.size());
}

void TrafficRules::let_through() {
  std::list<Rule> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(rules_);
    rules_in_force_.store(0);
  }
  for (Rule& rule : ended) {
    for (Waiting& waiting : rule.waiting) {
      if (!waiting.call->settled()) waiting.router->deliver(std::move(waiting.call));
    }
  }
}

void TrafficRules::forget(const cluster::Router& router) {
  clock_.drop(&router);
  std::vector<Waiting> gone;  // outside the lock
  const std::lock_guard lock(mutex_);
  for (Rule& rule : rules_) {
    const auto others = std::stable_partition(rule.waiting.begin(), rule.waiting.end(),
                                              [&](const Waiting& waiting) { return waiting.router != &router; });
    std::move(others, rule.waiting.end(), std::back_inserter(gone));
    rule.waiting.erase(others, rule.waiting.end());
  }
}

std::optional<TrafficRules::Met> TrafficRules::meet(const wire::Envelope& call, const cluster::Router& router) {
  const ServiceInfo& service = call.target->service;
  if (wire::watch_of(call) || call.method >= service.method_count) return std::nullopt;
  const std::string to = router.node_of(*call.target);
  const std::lock_guard lock(mutex_);
  const auto at = std::find_if(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    const Which& which = rule.which;
    return fits(which.service, service.name) && fits(which.key, call.target->key) &&
           fits(which.method, service.methods[call.method].name) && fits(which.from, router.self()) &&
           fits(which.to, to);
  });
  if (at == rules_.end()) return std::nullopt;
  const Met met{at->number, !at->left, at->by, at->loss};
  if (at->left && --*at->left == 0) {
    rules_.erase(at);
    rules_in_force_.store(rules_.size());
  }
  return met;
}

bool TrafficRules::take(cluster::Router& router, wire::EnvelopePtr& call) noexcept {
  if (rules_in_force_.load() == 0) return false;
  const auto met = meet(*call, router);
  if (!met) return false;
  if (met->by) {
    ++delayed_;
    clock_.ring_at(later(clock_.now(), *met->by), &router, [&router, held = std::move(call)] {
      if (!held->settled()) router.carry(held);
    });
  } else if (met->loss == Loss::request) {
    lose_request(router, std::move(call), *met);
  } else {
    lose_answer(router, std::move(call), *met);
  }
  return true;
}

void TrafficRules::lose_request(cluster::Router& router, wire::EnvelopePtr call, const Met& met) noexcept {
  ++lost_;
  call->went_to.store(wire::kAstray);
  if (call->settled()) return;
  const std::string to = router.node_of(*call->target);
  if (!router.lose(call, to, Error(ErrorKind::unavailable, "the test dropped it"))) return;
  if (met.without_end) {
    const std::lock_guard lock(mutex_);
    for (Rule& rule : rules_) {
      if (rule.number != met.rule) continue;
      rule.waiting.push_back({&router, std::move(call)});
      return;
    }
  }
  router.deliver(std::move(call));
}

void TrafficRules::lose_answer(cluster::Router& router, wire::EnvelopePtr call, const Met& met) {
  call->went_to.store(wire::kAstray);
  auto copy = copy_of(*call);
  copy->reply_to = make_counted<LostAnswer>(*this, router, std::move(call), met);
  router.carry(std::move(copy));
}

}  // namespace troupe::testing

#include "observe/limits_api.h"

#include <optional>

namespace troupe::observe {
namespace {

Json breakers_json(const std::vector<BreakerView>& views) {
  Json array = Json::array();
  for (const BreakerView& view : views)
    array.push_back({{"method", view.method},
                     {"member", view.member},
                     {"state", view.state},
                     {"calls", view.calls},
                     {"failed", view.failed},
                     {"slow", view.slow},
                     {"retryAfterMs", view.retry_after_ms},
                     {"opened", view.opened},
                     {"refused", view.refused}});
  return array;
}

Json limits_json(const LimitsView& view) {
  Json calls = Json::array();
  for (const CallLimitView& one : view.calls)
    calls.push_back({{"to", one.to},
                     {"inFlight", one.in_flight},
                     {"mostInFlight", one.most_in_flight},
                     {"waitingForPlace", one.waiting},
                     {"mostWaiting", one.most_waiting},
                     {"waited", one.waited},
                     {"refused", one.refused},
                     {"budgetUsed", one.budget_used},
                     {"budget", one.budget},
                     {"budgetRefused", one.budget_refused},
                     {"retries", one.retries},
                     {"attemptsTimedOut", one.attempts_timed_out},
                     {"hedges", one.hedges}});
  Json node = Json::array();
  for (const NodeLimitView& one : view.node)
    node.push_back({{"name", one.name}, {"used", one.used}, {"most", one.most}, {"field", one.field}});
  return {{"calls", std::move(calls)}, {"node", std::move(node)}, {"waiting", view.waiting}};
}

std::optional<BreakerOrder> breaker_order_in(std::string_view word) {
  if (word == "open") return BreakerOrder::open;
  if (word == "reset") return BreakerOrder::reset;
  return std::nullopt;
}

}  // namespace

bool asks_for_limits(const Target& target) {
  const auto& path = target.path;
  if (path.size() == 1) return path[0] == "breakers" || path[0] == "limits";
  return path.size() == 3 && path[0] == "breakers" && breaker_order_in(path[2]);
}

AdminAnswer answer_limits(LimitsSource& source, std::string_view method, const Target& target) {
  const auto& path = target.path;
  const bool changes = path.size() == 3;
  const char* wanted = changes ? "POST" : "GET";
  if (method != wanted) return wrong_method(wanted);
  if (changes) {
    if (auto known = only(target, {"member"}); !known.ok()) return fail(known.error());
    auto done = source.order(path[1], word(target, "member"), *breaker_order_in(path[2]));
    return done.ok() ? ok({{"breakers", breakers_json(*done)}}) : fail(done.error());
  }
  if (auto none = only(target, {}); !none.ok()) return fail(none.error());
  return path[0] == "limits" ? ok(limits_json(source.limits())) : ok({{"breakers", breakers_json(source.breakers())}});
}

}  // namespace troupe::observe

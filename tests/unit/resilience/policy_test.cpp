// What NodeConfig::calls may say, and what it may not.
#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include "resilience/policy_check.h"
#include "troupe/limits.h"

using namespace troupe;
using namespace troupe::resilience;
using namespace std::chrono_literals;

namespace {

constexpr MethodInfo kDeskMethods[] = {{"add", 0, false, false, false, 0, nullptr, {}},
                                       {"look", 1, true, false, false, 0, nullptr, {}}};
constexpr ServiceInfo kDesk{"Desk", "desk.capnp", 7, 0, 0, 0, 0, 0, kDeskMethods, 2, nullptr, nullptr};
constexpr ServiceInfo kLedge{"Ledge", "desk.capnp", 8, 0, 0, 0, 0, 0, kDeskMethods, 1, nullptr, nullptr};

std::string complaint(const std::function<void(CoveredCalls&)>& change) {
  CoveredCalls entry{.to = "Desk.look"};
  change(entry);
  const auto checked = check({entry});
  return checked.ok() ? std::string() : checked.error().message();
}

bool names(const std::string& message, const char* part) { return message.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a policy that nothing was changed in stands, and turns nothing on") {
  const CallPolicy policy;

  CHECK(complaint([](CoveredCalls&) {}).empty());
  CHECK(policy.retry.tries == 1);
  CHECK(policy.breaker.error_rate == 0);
  CHECK(policy.breaker.slow_call == 0ms);
  CHECK(policy.hedge.after == 0ms);
  CHECK(policy.retry.attempt_timeout == 0ms);
  CHECK(policy.bulkhead.most_in_flight == 0);
  CHECK(policy.bulkhead.most_waiting == 0);
}

TEST_CASE("every number of a policy that cannot stand is named, with its entry") {
  const auto bad = std::numeric_limits<double>::quiet_NaN();
  using Change = std::function<void(CallPolicy&)>;
  const std::pair<const char*, Change> wrong[] = {
      {"retry.tries", [](CallPolicy& p) { p.retry.tries = 0; }},
      {"retry.tries", [](CallPolicy& p) { p.retry.tries = limits::kMaxCallTries + 1; }},
      {"retry.backoff", [](CallPolicy& p) { p.retry.backoff = 0ms; }},
      {"retry.backoff", [](CallPolicy& p) { p.retry.max_backoff = 1ms; }},
      {"retry.jitter", [=](CallPolicy& p) { p.retry.jitter = bad; }},
      {"retry.jitter", [](CallPolicy& p) { p.retry.jitter = 1.1; }},
      {"retry.attempt_timeout", [](CallPolicy& p) { p.retry = {.tries = 2, .attempt_timeout = -1ms}; }},
      {"retry.attempt_timeout", [](CallPolicy& p) { p.retry.attempt_timeout = 1ms; }},
      {"budget.share", [](CallPolicy& p) { p.budget.share = -0.1; }},
      {"budget.per_second", [](CallPolicy& p) { p.budget.per_second = 1'000'001; }},
      {"breaker.error_rate", [=](CallPolicy& p) { p.breaker.error_rate = bad; }},
      {"breaker.slow_call", [](CallPolicy& p) { p.breaker.slow_call = -1ms; }},
      {"breaker.slow_rate", [](CallPolicy& p) { p.breaker.slow_rate = 0; }},
      {"breaker.window", [](CallPolicy& p) { p.breaker.window = 99ms; }},
      {"breaker.window", [](CallPolicy& p) { p.breaker.window = std::chrono::milliseconds::max(); }},
      {"breaker.minimum_calls", [](CallPolicy& p) { p.breaker.minimum_calls = 0; }},
      {"breaker.open_for", [](CallPolicy& p) { p.breaker.open_for = 0ms; }},
      {"breaker.half_open_calls", [](CallPolicy& p) { p.breaker.half_open_calls = 1'001; }},
      {"hedge.after", [](CallPolicy& p) { p.hedge.after = -1ms; }},
      {"hedge.most", [](CallPolicy& p) { p.hedge.most = limits::kMaxHedges + 1; }},
      {"bulkhead.most_waiting", [](CallPolicy& p) { p.bulkhead.most_waiting = limits::kMaxBulkheadWaiting + 1; }},
      {"bulkhead.max_wait", [](CallPolicy& p) { p.bulkhead.max_wait = -1ms; }},
      {"bulkhead.max_wait", [](CallPolicy& p) { p.bulkhead.max_wait = std::chrono::milliseconds::max(); }},
  };
  for (const auto& [field, change] : wrong) {
    CAPTURE(field);
    const std::string said = complaint([&, &apply = change](CoveredCalls& entry) { apply(entry.policy); });
    CHECK(names(said, field));
    CHECK(names(said, "\"Desk.look\""));
  }
}

TEST_CASE("an entry names a service or one of its methods, once") {
  for (const char* name : {"", ".", "Desk.", ".look", "Desk.look.up"}) {
    CAPTURE(name);
    CHECK(names(complaint([&](CoveredCalls& entry) { entry.to = name; }), "an entry is for a service"));
  }
  const auto twice = check({{.to = "Desk"}, {.to = "Desk.look"}, {.to = "Desk"}});
  REQUIRE(!twice.ok());
  CHECK(names(twice.error().message(), "it is there twice"));
  const auto many = check(std::vector<CoveredCalls>(limits::kMaxCallPolicies + 1, CoveredCalls{.to = "Desk"}));
  REQUIRE(!many.ok());
  CHECK(names(many.error().message(), "at most 10000 are allowed"));
}

TEST_CASE("a timeout of attempts needs a method that may run twice") {
  CoveredCalls entry{.to = "Desk", .policy = {.retry = {.tries = 2, .attempt_timeout = std::chrono::hours(1'000'000)}}};
  REQUIRE(check({entry}).ok());

  CHECK(check_fit(entry, kDesk, &kDeskMethods[1]).ok());
  CHECK(check_fit(entry, kDesk, nullptr).ok());
  const auto once = check_fit(entry, kDesk, &kDeskMethods[0]);
  REQUIRE(!once.ok());
  CHECK(names(once.error().message(), "Desk.add is neither $Troupe.readOnly nor $Troupe.retry"));
  CHECK(!check_fit(entry, kLedge, nullptr).ok());
}

TEST_CASE("a hedge needs a method that changes nothing, and an unknown method is told which there are") {
  CoveredCalls entry{.to = "Desk"};
  entry.policy.hedge.after = 10ms;

  CHECK(check_fit(entry, kDesk, &kDeskMethods[1]).ok());
  CHECK(!check_fit(entry, kDesk, &kDeskMethods[0]).ok());
  CHECK(check_fit(entry, kDesk, nullptr).ok());
  CHECK(!check_fit(entry, kLedge, nullptr).ok());
  const auto unknown = find_method(kDesk, "lok");
  REQUIRE(!unknown.ok());
  CHECK(names(unknown.error().message(), "it has add, look"));
}

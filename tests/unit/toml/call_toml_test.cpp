// What a node's file says of calls that it makes: how they fail over, and how they are spread over pools.
#include <doctest/doctest.h>

#include "reading.h"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

TEST_CASE("how calls fail over is read with every key, and what is not there keeps its default") {
  const NodeConfig config = parse(R"(
[node]
[node.calls.Stock]
bulkhead = { most_in_flight = 1, most_waiting = 14, max_wait_ms = 15 }

[node.calls."Stock.reserve"]
retry = { tries = 2, backoff_ms = 3, max_backoff_ms = 4, jitter = 0.5, attempt_timeout_ms = 16 }
budget = { share = 0.25, per_second = 6 }
breaker = { error_rate = 0.75, slow_call_ms = 8, slow_rate = 0.125, window_ms = 900, minimum_calls = 10, open_for_ms = 11, half_open_calls = 12 }
hedge = { after_ms = 13, most = 2 }
)");

  REQUIRE(config.calls.size() == 2);
  CHECK(config.calls[0].to == "Stock");
  CHECK(config.calls[0].policy.bulkhead.most_in_flight == 1);
  CHECK(config.calls[0].policy.bulkhead.most_waiting == 14);
  CHECK(config.calls[0].policy.bulkhead.max_wait == 15ms);
  CHECK(config.calls[0].policy.retry.tries == CallPolicy{}.retry.tries);
  CHECK(config.calls[1].to == "Stock.reserve");
  const CallPolicy& policy = config.calls[1].policy;
  CHECK(policy.retry.tries == 2);
  CHECK(policy.retry.backoff == 3ms);
  CHECK(policy.retry.max_backoff == 4ms);
  CHECK(policy.retry.jitter == 0.5);
  CHECK(policy.retry.attempt_timeout == 16ms);
  CHECK(policy.budget.share == 0.25);
  CHECK(policy.budget.per_second == 6);
  CHECK(policy.breaker.error_rate == 0.75);
  CHECK(policy.breaker.slow_call == 8ms);
  CHECK(policy.breaker.slow_rate == 0.125);
  CHECK(policy.breaker.window == 900ms);
  CHECK(policy.breaker.minimum_calls == 10);
  CHECK(policy.breaker.open_for == 11ms);
  CHECK(policy.breaker.half_open_calls == 12);
  CHECK(policy.hedge.after == 13ms);
  CHECK(policy.hedge.most == 2);
  CHECK(policy.bulkhead.most_in_flight == 0);
}

TEST_CASE("what is wrong with how calls fail over is said with its table and line") {
  CHECK(error_of("[node]\n[node.calls]\nStock = 3\n").find("'Stock' must be a table") != std::string::npos);
  CHECK(error_of("[node]\n[node.calls.Stock]\nretries = 3\n").find("[node.calls.\"Stock\"]: unknown key 'retries'") !=
        std::string::npos);
  CHECK(error_of("[node]\n[node.calls.Stock]\nretry = { tries = 0 }\n").find("'tries' must be a whole number from 1") !=
        std::string::npos);
  CHECK(error_of("[node]\n[node.calls.Stock]\nbreaker = { error_rate = 2 }\n")
            .find("'error_rate' must be a number from 0 to 1") != std::string::npos);
}

TEST_CASE("pools are read by the names of their services, and what is not said stands as in the schema") {
  const NodeConfig config =
      parse("[node]\n[node.pools.Resizer]\nbalance = 'local_first'\ninstances = 8\n[node.pools.Mailer]\n");
  REQUIRE(config.pools.size() == 2);
  CHECK(config.pools.at("Resizer").balance == Balance::local_first);
  CHECK(config.pools.at("Resizer").instances == 8);
  CHECK_FALSE(config.pools.at("Mailer").balance);
  CHECK(config.pools.at("Mailer").instances == 0);
}

TEST_CASE("what is wrong with a pool is said with its table and line") {
  const std::string at = "invalid: /etc/node.toml:";
  CHECK(error_of("[node]\n[node.pools.R]\nbalance = 'fair'\n") ==
        at +
            "3: [node.pools.R]: 'balance' is one of least_outstanding, round_robin, random, weighted, consistent_hash, "
            "local_first, not 'fair'");
  CHECK(
      error_of("[node]\n[node.pools.R]\ninstances = -1\n").starts_with(at + "3: [node.pools.R]: 'instances' must be"));
  CHECK(error_of("[node]\n[node.pools.R]\nsize = 1\n").starts_with(at + "3: [node.pools.R]: unknown key 'size'"));
  CHECK(error_of("[node]\n[node.pools]\nR = 3\n").find("'R' is none") != std::string::npos);
}

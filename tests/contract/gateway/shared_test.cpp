// The actors that all gateways share, by themselves: what they keep, for how long, and what they refuse.
#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "gateway/gateway.h"
#include "gateway/rate_buckets.h"
#include "gateway/used_keys.h"
#include "troupe/testing.h"

using namespace troupe;
using namespace std::chrono_literals;
using gateway::IdempotencyKeys;
using gateway::RateBuckets;

namespace {

using May = IdempotencyKeys::May;

// A node with both, whose time the test moves.
struct Shared : testing::TestNode {
  Shared() : TestNode([](Node& node) { gateway::host(node); }) {}

  struct Opens {
    std::string id = "aaxyz";
    std::uint64_t run = 1;
    std::string fingerprint = "f";
    std::chrono::milliseconds for_at_most = 1min, keep = 1h;
  };
  [[nodiscard]] May open(const Opens& how) const {
    const auto reply = finish(ref<IdempotencyKeys>(how.id.substr(0, 2)).open([&](auto params) {
      params.setId(how.id);
      params.setRun(how.run);
      params.setFingerprint({reinterpret_cast<const kj::byte*>(how.fingerprint.data()), how.fingerprint.size()});
      params.setForMs(static_cast<std::uint32_t>(how.for_at_most.count()));
      params.setKeepMs(static_cast<std::uint64_t>(how.keep.count()));
    }));
    return reply->getMay();
  }
  void close(const std::string& id, std::uint64_t run) const {
    (void)finish(ref<IdempotencyKeys>(id.substr(0, 2)).close([&](auto params) {
      params.setId(id);
      params.setRun(run);
    }));
  }
  void renew(const std::vector<std::pair<std::string, std::uint64_t>>& flights, std::chrono::milliseconds by) const {
    (void)finish(ref<IdempotencyKeys>("aa").renew([&](auto params) {
      params.setForMs(static_cast<std::uint32_t>(by.count()));
      auto list = params.initFlights(static_cast<unsigned>(flights.size()));
      for (unsigned i = 0; i < flights.size(); ++i) {
        list[i].setId(flights[i].first);
        list[i].setRun(flights[i].second);
      }
    }));
  }
  struct Takes {
    std::string bucket = "0fx";
    std::uint32_t wanted = 1, per_minute = 60, burst = 4;
    std::string shard = "0f";
  };
  [[nodiscard]] std::uint32_t take(const Takes& how) const {
    const auto reply = finish(ref<RateBuckets>(how.shard).take([&](auto params) {
      params.setBucket(how.bucket);
      params.setWanted(how.wanted);
      params.setPerMinute(how.per_minute);
      params.setBurst(how.burst);
    }));
    return reply->getGranted();
  }
};

template <class F>
ErrorKind kind_of(F&& call) {
  try {
    (void)call();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::failed;
}

}  // namespace

TEST_CASE("what a key was used for is known over a restart, and forgotten after its time") {
  Shared node;

  CHECK(node.open({.run = 1}) == May::RUN);
  node.close("aaxyz", 1);
  node.restart();
  CHECK(node.open({.run = 2, .fingerprint = "other"}) == May::IS_OTHER);
  CHECK(node.open({.run = 3}) == May::RUN);
  node.close("aaxyz", 3);
  node.clock().advance(59min);
  CHECK(node.open({.run = 4, .fingerprint = "other"}) == May::IS_OTHER);
  node.clock().advance(2min);
  CHECK(node.open({.run = 5, .fingerprint = "other", .keep = 1ms}) == May::RUN);
}

TEST_CASE("keys whose time is over leave nothing behind, however many they were") {
  Shared node;
  constexpr int kKeys = 1'500;  // more than a turn looks at

  for (int i = 0; i < kKeys; ++i)
    CHECK(node.open({.id = "aa" + std::to_string(i), .run = 1, .keep = 5min}) == May::RUN);
  node.clock().advance(4min);
  node.expect_state<gateway::IdempotencyKeysState>({"IdempotencyKeys", "aa"},
                                                   [](auto state) { return state.getPending(); });
  node.clock().advance(1h);

  node.expect_state<gateway::IdempotencyKeysState>({"IdempotencyKeys", "aa"},
                                                   [](auto state) { return !state.getPending(); });
}

TEST_CASE("a request that came to a node before it was started anew is in flight no more when it comes there again") {
  Shared node;
  const auto before = gateway::run_number(7, 1, 1), after = gateway::run_number(7, 2, 2);

  CHECK(node.open({.run = before}) == May::RUN);
  CHECK(node.open({.run = gateway::run_number(7, 1, 9)}) == May::IS_IN_FLIGHT);  // the same life
  CHECK(node.open({.run = gateway::run_number(8, 2, 2)}) == May::IS_IN_FLIGHT);  // another node
  CHECK(node.open({.run = after, .fingerprint = "other"}) == May::IS_OTHER);
  CHECK(node.open({.run = after}) == May::RUN);
  CHECK(node.open({.run = gateway::run_number(7, 2, 3)}) == May::IS_IN_FLIGHT);
}

TEST_CASE("a request is in flight until it ends, or its time is over, and never in its own way") {
  Shared node;

  CHECK(node.open({.run = 1}) == May::RUN);
  CHECK(node.open({.run = 1}) == May::RUN);  // asked again because the first answer was lost
  CHECK(node.open({.run = 2}) == May::IS_IN_FLIGHT);
  node.close("aaxyz", 2);  // which another one cannot say
  CHECK(node.open({.run = 2}) == May::IS_IN_FLIGHT);
  node.close("aaxyz", 1);
  CHECK(node.open({.run = 2}) == May::RUN);
  node.clock().advance(61s);  // whoever ran it died
  CHECK(node.open({.run = 3}) == May::RUN);
}

TEST_CASE("a request stays in flight while its gateway says so, which brings back none that ended or was taken over") {
  Shared node;

  CHECK(node.open({.run = 1, .for_at_most = 3s}) == May::RUN);
  CHECK(node.open({.id = "aaother", .run = 2, .for_at_most = 3s}) == May::RUN);
  node.clock().advance(2s);
  node.renew({{"aaxyz", 1}, {"aanone", 3}}, 3s);
  node.clock().advance(2s);
  CHECK(node.open({.run = 4}) == May::IS_IN_FLIGHT);
  CHECK(node.open({.id = "aaother", .run = 5, .for_at_most = 3s}) == May::RUN);  // its gateway said nothing
  node.renew({{"aaother", 2}}, 1min);                                            // and comes too late
  node.renew({}, 1min);
  node.clock().advance(4s);
  CHECK(node.open({.id = "aaother", .run = 6}) == May::RUN);
  CHECK(node.open({.run = 4, .for_at_most = 3s}) == May::RUN);
  node.close("aaxyz", 4);
  node.renew({{"aaxyz", 4}}, 1min);
  CHECK(node.open({.run = 7}) == May::RUN);
}

TEST_CASE("the actors that gateways share refuse what belongs to another of them, and sizes that cannot be") {
  Shared node;
  const auto refused = [](auto&& call) { return kind_of(call) == ErrorKind::invalid; };

  CHECK(refused([&] { return node.open({.id = "aa"}); }));
  CHECK(refused([&] { return node.open({.id = "aa" + std::string(gateway::kMaxKeyIdBytes, 'x')}); }));
  CHECK(refused([&] { return node.open({.keep = 0ms}); }));
  CHECK(refused([&] { return node.open({.keep = 24h * 7 + 1ms}); }));
  CHECK(node.open({.for_at_most = std::chrono::milliseconds(UINT32_MAX), .keep = 24h * 7}) == May::RUN);
  CHECK(refused([&] { return node.take({.bucket = "0f"}); }));
  CHECK(refused([&] { return node.take({.bucket = "1fx"}); }));
  CHECK(refused([&] { return node.take({.bucket = "0f" + std::string(gateway::kMaxBucketNameBytes, 'x')}); }));
  CHECK(refused([&] { return node.take({.wanted = 0}); }));
  CHECK(refused([&] { return node.take({.per_minute = 0}); }));
  CHECK(refused([&] { return node.take({.per_minute = gateway::kMaxPerMinute + 1}); }));
  CHECK(refused([&] { return node.take({.burst = gateway::kMaxBurst + 1}); }));
  CHECK(node.take({.wanted = UINT32_MAX, .per_minute = gateway::kMaxPerMinute, .burst = gateway::kMaxBurst}) ==
        gateway::kMaxBurst / 4);
}

TEST_CASE("past as many buckets as an actor has, those go that are full, then the one that is full soonest") {
  Shared node;
  for (std::size_t i = 0; i < gateway::kMaxBuckets; ++i) {
    // Each is empty for longer than the one before it.
    const auto per_minute = static_cast<std::uint32_t>(60'000 - i);
    CHECK(node.take({.bucket = "0f" + std::to_string(i), .per_minute = per_minute, .burst = 1}) == 1);
  }

  CHECK(node.take({.bucket = "0fnew", .per_minute = 1, .burst = 1}) == 1);
  CHECK(node.take({.bucket = "0fnew", .per_minute = 1, .burst = 1}) == 0);
  CHECK(node.take({.bucket = "0f0", .per_minute = 60'000, .burst = 1}) == 1);  // it went, and is full again
}

// How calls are spread over the members of a pool, and how soon one that fails or is slow gets less.
#include "cluster/pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "testing/manual_clock.h"
#include "troupe/ids.h"
#include "unit/wire/call_fixture.h"

using namespace troupe;
using namespace troupe::cluster;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

constexpr MemberIndex kSelf = 0;

PoolMember pooled(MemberIndex member, std::uint32_t weight = 100) {
  return {.member = member, .weight = weight, .near = member == kSelf, .name_hash = mix(member + 1U)};
}

// A pool, and the calls that go to it.
class Spread {
 public:
  explicit Spread(Balance balance, const std::vector<PoolMember>& members = {pooled(0), pooled(1), pooled(2)})
      : pool("Resizer", 7, balance, 42) {
    pool.members(members);
  }

  MemberIndex choose(std::string_view key = "k") { return pool.choose(key, kSelf, clock.now()).value(); }
  // A call to `member` that stays under way.
  wire::EnvelopePtr begin(MemberIndex member) {
    auto call = call_to("k", ++calls_);
    call->counted_at = pool.count(nullptr, member, clock);
    call->ends.add(call->counted_at);
    return call;
  }
  void end(MemberIndex member) { wire::answer(begin(member)); }
  void fail(MemberIndex member, ErrorKind kind = ErrorKind::unavailable) {
    wire::answer(begin(member), Error(kind, "as the test wants"));
  }
  void fail_in_a_row(MemberIndex member) {
    for (unsigned i = 0; i < limits::kPoolEjectAfter; ++i) fail(member);
  }
  // How many of so many calls, which end at once, each member gets.
  std::map<MemberIndex, int> shares(int calls) {
    std::map<MemberIndex, int> out;
    for (int i = 0; i < calls; ++i) {
      const MemberIndex member = choose("key-" + std::to_string(i));
      ++out[member];
      end(member);
    }
    return out;
  }
  PoolMemberView of(MemberIndex member) const {
    for (const PoolMemberView& one : pool.view(clock.now()))
      if (one.member == member) return one;
    return {};
  }

  ManualClock clock;
  Pool pool;

 private:
  std::uint64_t calls_ = 0;
};

constexpr auto kAllWays = kBalances;

}  // namespace

TEST_CASE("a pool without members has nobody to choose") {
  for (const Balance balance : kAllWays) {
    Spread spread(balance, {});
    CHECK_FALSE(spread.pool.choose("k", kSelf, spread.clock.now()));
  }
}

TEST_CASE("round robin gives each member the same number of calls") {
  CHECK(Spread(Balance::round_robin).shares(300) == std::map<MemberIndex, int>{{0, 100}, {1, 100}, {2, 100}});
}

TEST_CASE("random and least outstanding give each member about as many calls") {
  for (const Balance balance : {Balance::random, Balance::least_outstanding}) {
    auto shares = Spread(balance).shares(3'000);
    for (MemberIndex member = 0; member < 3; ++member) {
      INFO(to_string(balance), " ", member, ": ", shares[member]);
      CHECK(shares[member] > 850);
      CHECK(shares[member] < 1'150);
    }
  }
}

TEST_CASE("weighted and consistent hash give each member its share by weight, one with no weight next to nothing") {
  for (const Balance balance : {Balance::weighted, Balance::consistent_hash}) {
    auto shares = Spread(balance, {pooled(0, 300), pooled(1, 100), pooled(2, 0)}).shares(4'000);
    INFO(to_string(balance), ": ", shares[0], " ", shares[1], " ", shares[2]);
    CHECK(shares[0] > 2'800);
    CHECK(shares[0] < 3'200);
    CHECK(shares[1] > 800);
    CHECK(shares[1] < 1'200);
    CHECK(shares[2] < 40);
  }
}

TEST_CASE("consistent hash sends a key to the same member, and a member that goes moves its own keys alone") {
  Spread spread(Balance::consistent_hash);
  std::vector<MemberIndex> before;
  for (int key = 0; key < 1'000; ++key) before.push_back(spread.choose("key-" + std::to_string(key)));
  for (int key = 0; key < 1'000; ++key) REQUIRE(spread.choose("key-" + std::to_string(key)) == before[key]);

  spread.pool.members({pooled(0), pooled(2)});

  int moved = 0;
  for (int key = 0; key < 1'000; ++key) {
    const MemberIndex now = spread.choose("key-" + std::to_string(key));
    if (before[key] != 1) CHECK(now == before[key]);
    moved += now != before[key] ? 1 : 0;
  }
  CHECK(moved > 250);
  CHECK(moved < 420);
}

TEST_CASE("local first is this node, then one of its zone, then any") {
  Spread spread(Balance::local_first);
  CHECK(spread.shares(50) == std::map<MemberIndex, int>{{0, 50}});
  PoolMember near = pooled(2);
  near.near = true;
  spread.pool.members({pooled(1), near});
  CHECK(spread.shares(50) == std::map<MemberIndex, int>{{2, 50}});
  spread.pool.members({pooled(1), pooled(2)});
  CHECK(spread.shares(50).size() == 2);
}

TEST_CASE("a slow member gets less from its first slow calls on, by least outstanding, and by weight") {
  Spread spread(Balance::least_outstanding);
  std::vector<wire::EnvelopePtr> slow;
  int got = 0;
  for (int i = 0; i < 300; ++i) {
    const MemberIndex member = spread.choose();
    if (member != 1) {
      spread.end(member);
      continue;
    }
    ++got;
    slow.push_back(spread.begin(member));  // and it does not answer
  }
  INFO("of 300 calls the slow one got ", got);
  CHECK(got < 10);
  CHECK(spread.of(1).under_way == slow.size());
}

TEST_CASE("a member that fails so many calls in a row is left out, for longer each time, and comes back") {
  for (const Balance balance : kAllWays) {
    INFO(to_string(balance));
    Spread spread(balance);
    for (unsigned i = 0; i + 1 < limits::kPoolEjectAfter; ++i) spread.fail(0);
    CHECK(spread.of(0).left_out_for == 0ms);
    spread.fail(0);
    CHECK(spread.of(0).left_out_for == limits::kPoolEjectFor);
    CHECK(spread.shares(100)[0] == 0);

    spread.clock.advance(limits::kPoolEjectFor);
    CHECK(spread.of(0).left_out_for == 0ms);
    CHECK(spread.shares(200)[0] > 0);

    spread.fail_in_a_row(0);  // it had answered in between
    CHECK(spread.of(0).left_out_for == limits::kPoolEjectFor);
    auto time = limits::kPoolEjectFor;
    for (int i = 0; i < 70; ++i) {
      spread.clock.advance(time);
      spread.fail_in_a_row(0);
      time = std::min(2 * time, limits::kPoolEjectMost);
      REQUIRE(spread.of(0).left_out_for == time);
    }
  }
}

TEST_CASE("at least half of the members stay, whatever fails") {
  Spread spread(Balance::round_robin, {pooled(0), pooled(1), pooled(2), pooled(3), pooled(4)});
  for (MemberIndex member = 0; member < 5; ++member) spread.fail_in_a_row(member);
  CHECK(spread.shares(100).size() == 3);
  Spread alone(Balance::round_robin, {pooled(0)});
  alone.fail_in_a_row(0);
  CHECK(alone.choose() == 0);
}

TEST_CASE("answers that say no are answers, and a call that was given up says nothing") {
  Spread spread(Balance::round_robin);
  for (int i = 0; i < 20; ++i) spread.fail(0, ErrorKind::refused);
  CHECK(spread.of(0).failures == 0);
  for (unsigned i = 0; i + 1 < limits::kPoolEjectAfter; ++i) spread.fail(0, ErrorKind::deadline);
  wire::give_up(spread.begin(0), Error(ErrorKind::cancelled, "no longer wanted"));
  spread.fail(0, ErrorKind::overloaded);
  CHECK(spread.of(0).failures == limits::kPoolEjectAfter);
  CHECK(spread.of(0).left_out_for > 0ms);
  CHECK(spread.of(0).under_way == 0);
}

TEST_CASE("a call that goes on to another member is a failure of the first, and counted at one of them") {
  Spread spread(Balance::round_robin);
  auto call = spread.begin(0);
  CHECK(spread.pool.count(call->counted_at, 1, spread.clock).get() == call->counted_at.get());
  CHECK(spread.of(0).under_way == 0);
  CHECK(spread.of(0).failures == 1);
  CHECK(spread.of(1).under_way == 1);
  wire::answer(call);
  CHECK(spread.of(1).under_way == 0);
  CHECK(spread.of(1).failures == 0);
  CHECK_FALSE(spread.pool.count(call->counted_at, 2, spread.clock));
  CHECK(spread.of(2).under_way == 0);
}

TEST_CASE("a call that goes without a word gives its count back") {
  Spread spread(Balance::round_robin);
  { auto call = spread.begin(0); }
  CHECK(spread.of(0).under_way == 0);
}

TEST_CASE("calls are spread while members come and go") {
  Spread spread(Balance::least_outstanding);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i)
    callers.emplace_back([&] {
      while (!stop) {
        const auto member = spread.pool.choose("k", kSelf, spread.clock.now());
        if (!member || *member > 2) ++wrong;
      }
    });
  for (int i = 0; i < 5'000; ++i) {
    spread.pool.members({pooled(0), pooled(1), pooled(2)});
    spread.pool.members({pooled(2)});
  }
  stop = true;
  for (auto& caller : callers) caller.join();
  CHECK(wrong == 0);
}

// How often passwords may be tried: of one user, from one address, on whichever node.
#include "desk.h"

namespace {

using namespace auth_test;
namespace limits = troupe::auth::limits;

IssuerConfig strict_config() {
  auto config = shop_config();
  config.per_user = {3, 10s};
  config.per_address = {5, 20s};
  return config;
}

TEST_CASE("one user's password is tried so often and then slowly, whoever tries") {
  Desk desk(strict_config());
  desk.join("ann", "correct horse");
  for (int i = 0; i < 3; ++i)
    CHECK(desk.log_in("ann", "wrong", "192.0.2." + std::to_string(i)).error() == "invalid_grant");

  const Heard held = desk.log_in("ann", "correct horse", "192.0.2.9");

  CHECK(held.status == 429);
  CHECK(held.retry_after_ms > 9'000);
  CHECK(held.retry_after_ms <= 10'000);
  CHECK(desk.log_in("bob", "wrong", "192.0.2.9").error() == "invalid_grant");  // another user
  desk.bed.clock().advance(10s);
  CHECK(desk.log_in("ann", "correct horse", "192.0.2.9").status == 200);
}

TEST_CASE("one address tries so often and then slowly, whomever it tries") {
  Desk desk(strict_config());
  desk.join("ann", "correct horse");
  for (int i = 0; i < 5; ++i) CHECK(desk.log_in("u" + std::to_string(i), "wrong").error() == "invalid_grant");
  const Heard held = desk.log_in("ann", "correct horse");
  CHECK(held.status == 429);
  CHECK(held.retry_after_ms <= 20'000);
  CHECK(desk.log_in("ann", "correct horse", "192.0.2.200").status == 200);
  CHECK(desk.log_in("ann", "correct horse", "").status == 200);  // a gateway that does not know the address
}

TEST_CASE("who knows the password is not slowed down by having used it") {
  Desk desk(strict_config());
  desk.join("ann", "correct horse");
  for (int i = 0; i < 20; ++i) CHECK(desk.log_in("ann", "correct horse").status == 200);
}

TEST_CASE("secrets of clients that are tried in vain count against their address") {
  Desk desk(strict_config());
  const auto ask = [&](const std::string& secret) {
    return desk.token({{"grant_type", "client_credentials"}, {"client_id", "machine"}, {"client_secret", secret}});
  };
  for (int i = 0; i < 5; ++i) CHECK(ask("wrong").status == 401);
  CHECK(ask("wrong").status == 429);
  CHECK(ask(kMachineSecret).status == 200);
}

TEST_CASE("attempts are counted through a crash of the node") {
  Desk desk(strict_config());
  desk.join("ann", "correct horse");
  for (int i = 0; i < 3; ++i) (void)desk.log_in("ann", "wrong", "");
  desk.bed.crash();
  desk.bed.start();
  CHECK(desk.log_in("ann", "correct horse", "").status == 429);
}

TEST_CASE("attempts leave nothing behind once they have come back") {
  Desk desk(strict_config());
  const auto bucket = desk.bed.ref<LoginBuckets>("bu");
  const auto take = [&] {
    const auto taken = desk.bed.finish(bucket.take([](auto p) {
      p.setBucket("bucket");
      p.setBurst(2);
      p.setRefillMs(1'000);
    }));
    return taken->getTaken();
  };
  CHECK(take());
  CHECK(take());
  CHECK_FALSE(take());
  CHECK(desk.rows("LoginBuckets", "buckets") == 1);
  desk.bed.clock().advance(2min);
  CHECK(desk.rows("LoginBuckets", "buckets") == 0);
}

TEST_CASE("a bucket takes no size and no time out of its limits, and lives through clocks that are set") {
  Desk desk(strict_config());
  const auto bucket = desk.bed.ref<LoginBuckets>("bu");
  const auto take = [&](std::uint32_t burst, std::uint64_t refill_ms) {
    return desk.bed.finish(bucket.take([&](auto p) {
      p.setBucket("bucket");
      p.setBurst(burst);
      p.setRefillMs(refill_ms);
    }));
  };
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (const char* id : {"", "bu", "other"})
    CHECK_THROWS_AS(desk.bed.finish(bucket.take([&](auto p) {
      p.setBucket(id);
      p.setBurst(1);
      p.setRefillMs(1);
    })),
                    Error);
  CHECK_THROWS_AS((void)take(0, 1), Error);
  CHECK_THROWS_AS((void)take(1, 0), Error);
  CHECK_THROWS_AS((void)take(limits::kMaxBurst + 1, 1), Error);
  CHECK_THROWS_AS((void)take(1, most), Error);
  CHECK(take(limits::kMaxBurst, 24ull * 3'600'000)->getTaken());
  desk.bed.finish(bucket.giveBack([](auto p) {
    p.setBucket("bucket");
    p.setRefillMs(most);
  }));
  CHECK(take(1, 1'000)->getTaken());
  desk.bed.member().set_wall_clock(-48h);
  const auto held = take(1, 1'000);
  CHECK_FALSE(held->getTaken());
  CHECK(held->getRetryAfterMs() <= 1'000);
}

TEST_CASE("attempts on different nodes are counted together") {
  Issuer issuer(strict_config(), members::users());
  testing::TestCluster cluster({.nodes = {"a", "b"}, .host = [&](Node& node) {
                                  issuer.host(node);
                                  node.host<members::MemberRole>();
                                }});
  unsigned held = 0;
  for (int i = 0; i < 6; ++i) {
    const auto reply = cluster.finish(cluster.node(i % 2 == 0 ? "a" : "b").ref<TokenEndpoint>().logIn([](auto p) {
      p.setUser("ann");
      p.setPassword("wrong");
    }));
    CHECK_FALSE(reply->getKnown());
    if (reply->getRetryAfterMs() > 0) ++held;
  }
  CHECK(held == 3);
}

}  // namespace

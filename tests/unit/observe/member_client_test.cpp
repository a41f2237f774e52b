// What a member lacks of its share, and orders that reach nobody.
#include <doctest/doctest.h>

#include "troupe/member_client.h"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

MemberReport member(const char* name, const char* state, bool alive, std::uint64_t with_rows,
                    std::uint64_t without_rows, std::uint32_t weight = 100) {
  return {name, state, alive, false, weight, with_rows, without_rows};
}

}  // namespace

TEST_CASE("a member has its share when it owns of both kinds what its weight is worth beside those that serve") {
  ClusterStanding cluster{true,
                          {member("a", "serving", true, 171, 171), member("b", "serving", true, 84, 85),
                           member("c", "left", false, 0, 0), member("d", "draining", true, 1, 0)}};
  cluster.members.push_back({"e", "serving", true, true, 100, 0, 0});

  CHECK(cluster.missing_of("a").empty());
  CHECK(cluster.missing_of("b") == "it owns 169 partitions of 256");
  CHECK(cluster.missing_of("c") == "it does not live");
  CHECK(cluster.missing_of("d") == "it is draining");
  CHECK(cluster.missing_of("e").empty());
  CHECK(cluster.missing_of("f") == "it is no member");
  cluster.members[1].weight = 49;
  CHECK(cluster.missing_of("b").empty());
  cluster.members[1].weight = 0;
  CHECK(cluster.missing_of("b").empty());
  cluster.members[1].weight = 100;
  cluster.joined = false;
  CHECK(cluster.missing_of("b").empty());
}

TEST_CASE("orders to members of whom nobody answers, or that nobody names, say so in time") {
  const MemberClient nobody({}), gone({"/nowhere/to/be/found"});

  CHECK(nobody.look().error().kind() == ErrorKind::unavailable);
  CHECK(gone.drain("a").error().kind() == ErrorKind::unavailable);
  CHECK(gone.await_share("a", {.timeout = 0ms}).error().message().find("member 'a' after 0 ms: ") == 0);
  CHECK(gone.await_empty("a", {.timeout = std::chrono::hours::max(), .stop = [] { return true; }}).error().code() ==
        "stopped");
}

// Moments of this node by the clock of another one, which are never later than they were.
#include "net/peer_clock.h"

#include <doctest/doctest.h>

#include "testing/manual_clock.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::testing;
using namespace std::chrono_literals;

TEST_CASE("until the peer has said its time, and without a time of this node's, moments are said as they came") {
  ManualClock clock;
  NodeTime time(clock);
  PeerClock never_heard(&time), timeless(nullptr);

  never_heard.heard(0);
  timeless.heard(5'000);

  CHECK(never_heard.in_peers_time(123) == 123);
  CHECK(timeless.in_peers_time(123) == 123);
}

TEST_CASE("a moment is as long ago for the peer as for this node, and a millisecond more for what is not seen of one") {
  ManualClock clock;
  NodeTime time(clock);
  PeerClock peer(&time);
  peer.heard(5'000);

  CHECK(peer.in_peers_time(time.now()) == 4'999);
  CHECK(peer.in_peers_time(time.now() - 700) == 4'299);
  clock.advance(2s);
  CHECK(peer.in_peers_time(time.now()) == 6'999);
}

TEST_CASE("the last time that the peer said counts") {
  ManualClock clock;
  NodeTime time(clock);
  PeerClock peer(&time);
  peer.heard(5'000);

  peer.heard(90'000);
  peer.heard(0);  // it does not say

  CHECK(peer.in_peers_time(time.now()) == 89'999);
}

TEST_CASE("a moment before the peer had a time is the first that it has") {
  ManualClock clock;
  NodeTime time(clock);
  PeerClock peer(&time);
  peer.heard(10);

  CHECK(peer.in_peers_time(time.now() - 3'600'000) == 1);
}

TEST_CASE("how long this machine was off since a moment is taken off what it was for the peer") {
  ManualClock clock;
  NodeTime time(clock);
  auto past = time.past("boot");
  past.pauses.push_back({past.now, 1'000});
  time.resume(past, "boot");
  PeerClock peer(&time);
  peer.heard(50'000);

  CHECK(peer.in_peers_time(time.now() + 1) == 50'000);
  CHECK(peer.in_peers_time(time.now() - 10) == 48'989);
}

TEST_CASE("no moment and times that no node's clock shows stay as they are, and are not believed of a peer") {
  ManualClock clock;
  NodeTime time(clock);
  PeerClock peer(&time);
  peer.heard(5'000);

  for (const std::uint64_t never : {std::uint64_t{1} << 60, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    peer.heard(never);
    CHECK(peer.in_peers_time(never) == never);
  }

  CHECK(peer.in_peers_time(0) == 0);
  CHECK(peer.in_peers_time(time.now()) == 4'999);
}

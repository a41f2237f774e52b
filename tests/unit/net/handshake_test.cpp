#include "net/handshake.h"

#include <doctest/doctest.h>

#include "net/link.h"

using namespace troupe;
using namespace troupe::net;

namespace {

LinkOptions node(const std::string& name) {
  LinkOptions options;
  options.cluster = "shop";
  options.node = name;
  options.incarnation = 10;
  options.membership_hash = 77;
  return options;
}

PeerRuns runs(std::initializer_list<Incarnation> in_order) {
  PeerRuns out;
  for (const Incarnation run : in_order) out.came_up(run);
  return out;
}

const PeerLookup kKnowsA = [](const std::string& name) -> std::optional<KnownPeer> {
  if (name == "a") return KnownPeer{3, runs({9, 10})};
  if (name == "c") return KnownPeer{4, {}};
  return std::nullopt;
};

std::string refusal(void (*spoil)(wire::Hello&)) {
  auto hello = make_hello(node("a"), "b");
  spoil(hello);
  auto judged = judge(hello, node("b"), kKnowsA);
  return judged ? "welcome" : judged.error().message();
}

bool says(const std::string& text, const char* word) { return text.find(word) != std::string::npos; }

}  // namespace

TEST_CASE("a member of the same cluster is welcome") {
  auto judged = judge(make_hello(node("a"), "b"), node("b"), kKnowsA);

  REQUIRE(judged);
  CHECK(*judged == 3);
}

TEST_CASE("each wrong word of a hello is refused and named") {
  CHECK(says(refusal([](wire::Hello& h) { h.magic = 1; }), "not a Troupe node"));
  CHECK(says(refusal([](wire::Hello& h) { h.version = 9; }), "version 9"));
  CHECK(says(refusal([](wire::Hello& h) { h.cluster = "bank"; }), "cluster 'bank'"));
  CHECK(says(refusal([](wire::Hello& h) { h.peer = "z"; }), "looks for node 'z'"));
  CHECK(says(refusal([](wire::Hello& h) { h.node = "q"; }), "not a member"));
  CHECK(says(refusal([](wire::Hello& h) { h.membership_hash = 1; }), "different lists"));
  CHECK(says(refusal([](wire::Hello& h) { h.incarnation = 9; }), "incarnation 9"));
  CHECK(says(refusal([](wire::Hello& h) { h.window = 1; }), "window of 1"));
  CHECK(says(refusal([](wire::Hello& h) { h.window = ~0ull; }), "window of"));
}

TEST_CASE("an incarnation that no other has followed is welcome, whatever its number") {
  CHECK(refusal([](wire::Hello& h) { h.incarnation = 11; }) == "welcome");
  CHECK(refusal([](wire::Hello& h) { h.incarnation = 10; }) == "welcome");
  CHECK(refusal([](wire::Hello& h) { h.incarnation = 8; }) == "welcome");
}

TEST_CASE("as many past incarnations as may be are known to be over, and the oldest is forgotten first") {
  PeerRuns seen;
  for (Incarnation run = 1; run <= limits::kPastIncarnations + 2; ++run) seen.came_up(run);
  seen.came_up(limits::kPastIncarnations + 2);  // a new connection of the same

  CHECK(!seen.is_over(1));
  CHECK(seen.is_over(2));
  CHECK(seen.is_over(limits::kPastIncarnations + 1));
  CHECK(!seen.is_over(seen.latest()));
}

TEST_CASE("of two nodes only the one whose name sorts first may connect") {
  CHECK(dials("a", "b"));
  CHECK(!dials("b", "a"));
  CHECK(says(refusal([](wire::Hello& h) { h.node = "c"; }), "the former that connects"));
}

TEST_CASE("the side that connected checks who answered") {
  CHECK(judge(make_welcome(node("b")), "b", runs({9, 10})));
  CHECK(!judge(make_welcome(node("c")), "b", {}));
  CHECK(!judge(make_welcome(node("b")), "b", runs({10, 11})));
  auto no_window = make_welcome(node("b"));
  no_window.window = 0;
  CHECK(!judge(no_window, "b", {}));
}

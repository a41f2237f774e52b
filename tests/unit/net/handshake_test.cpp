#include "net/handshake.h"

#include <doctest/doctest.h>

#include "net/link.h"
#include "unit/wire/call_fixture.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::testing;

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

KeptFrame frame_of(const wire::Bytes& bytes) {
  FrameKeeper keeper;
  wire::FrameParser().feed(bytes, keeper).value();
  return keeper.frames.at(0);
}

// Both sides of a handshake, word by word.
struct Hands {
  Hands(const std::string& secret_of_a, const std::string& secret_of_b) : self_a(node("a")), self_b(node("b")) {
    self_a.secret = std::make_shared<const LinkSecret>(secret_of_a);
    self_b.secret = std::make_shared<const LinkSecret>(secret_of_b);
    begin();
  }
  void begin() {
    said_by_a.clear();
    const PeerLookup knows = [this](auto& name) { return KnownPeer{1, name == "a" ? runs_of_a : PeerRuns()}; };
    wire::Bytes hello;
    a.emplace(self_a, knows, "b", hello);
    b.emplace(self_b, knows);
    said_by_a.push_back(hello);
  }
  // One word for one side: "ok", "welcome" when it believes the other now, or what it says against it.
  std::string hear(std::optional<Handshake>& side, const wire::Bytes& word) {
    wire::Bytes answer;
    auto proved = side->take(frame_of(word).frame(), answer, &side == &a ? verified_by_a : verified_by_b);
    if (!proved) return proved.error().message();
    if (*proved && side->side() == Side::accepts) side->welcome(answer);
    if (!answer.empty()) (side->side() == Side::connects ? said_by_a : said_by_b).push_back(answer);
    return *proved ? "welcome" : "ok";
  }
  // To its end, or to what one side says against the other.
  std::string shake() {
    for (std::size_t word = 0;; ++word) {
      if (const auto heard = hear(b, said_by_a.at(word)); heard != "ok" && heard != "welcome") return heard;
      if (const auto heard = hear(a, said_by_b.at(word)); heard != "ok") return heard;
    }
  }

  LinkOptions self_a, self_b;
  PeerRuns runs_of_a;
  std::optional<Handshake> a, b;
  std::optional<std::string> verified_by_a, verified_by_b;  // of the other, by the transport
  std::vector<wire::Bytes> said_by_a, said_by_b;
};

bool says(const std::string& text, const char* word) { return text.find(word) != std::string::npos; }

}  // namespace

TEST_CASE("a member of the same cluster is welcome") {
  auto judged = judge(make_hello(node("a"), "b"), node("b"), kKnowsA);

  REQUIRE(judged);
  CHECK(*judged == 3);
}

TEST_CASE("each wrong word of a hello is refused and named") {
  CHECK(says(refusal([](wire::Hello& h) { h.magic = 1; }), "not a Troupe node"));
  CHECK(says(refusal([](wire::Hello& h) { h.protocol = {9, 10, 0}; }), "versions 9 to 10"));
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
  const auto self = node("a");
  CHECK(judge(make_challenge(node("b")), self, "b", runs({9, 10})));
  CHECK(!judge(make_challenge(node("c")), self, "b", {}));
  CHECK(!judge(make_challenge(node("b")), self, "b", runs({10, 11})));
  auto no_window = make_challenge(node("b"));
  no_window.window = 0;
  CHECK(!judge(no_window, self, "b", {}));
}

TEST_CASE("two nodes with the same secret prove it to each other, and without one they prove nothing") {
  for (const char* secret : {"", "open sesame, open sesame, open sesame"}) {
    Hands hands(secret, secret);

    CHECK(hands.shake() == "welcome");
    CHECK(hands.b->peer().node == "a");
    CHECK(hands.a->peer().incarnation == 10);
  }
}

TEST_CASE("a wrong secret, and one that only one side has, is refused and named") {
  CHECK(says(Hands("one", "another").shake(), "does not have the secret of node 'b'"));
  CHECK(says(Hands("one", "").shake(), "'a' alone has a secret"));
  CHECK(says(Hands("", "one").shake(), "'b' alone has a secret"));
}

TEST_CASE("a node whose name was verified is to call itself so, or is refused with both names") {
  Hands right("", ""), wrong_a("", ""), wrong_b("", ""), nameless("", "");
  right.verified_by_a = "b";
  right.verified_by_b = "a";
  wrong_a.verified_by_b = "c";
  wrong_b.verified_by_a = "c";
  nameless.verified_by_b = "";

  CHECK(right.shake() == "welcome");
  CHECK(says(wrong_a.shake(), "says that it is node 'a' has proved that it is node 'c'"));
  CHECK(says(wrong_b.shake(), "says that it is node 'b' has proved that it is node 'c'"));
  CHECK(says(nameless.shake(), "node 'a' has proved that it is node ''"));
  CHECK(wrong_a.said_by_b.empty());
}

TEST_CASE("what was said once proves nothing the next time") {
  Hands first("secret", "secret");
  REQUIRE(first.shake() == "welcome");
  Hands second("secret", "secret");

  CHECK(says(second.hear(second.b, first.said_by_a.at(0)), "ok"));
  CHECK(says(second.hear(second.b, first.said_by_a.at(1)), "does not have the secret"));
}

TEST_CASE("what a node said is no proof to itself") {
  Hands hands("secret", "secret");
  REQUIRE(says(hands.hear(hands.b, hands.said_by_a.at(0)), "ok"));
  REQUIRE(says(hands.hear(hands.a, hands.said_by_b.at(0)), "ok"));
  const wire::Mac own = wire::read_proof(frame_of(hands.said_by_a.at(1)).frame()).value();
  wire::Bytes reflected;
  append_proof(reflected, wire::FrameKind::welcome, own);

  CHECK(says(hands.hear(hands.a, reflected), "does not have the secret of node 'a'"));
}

TEST_CASE("a proof is of every word that was said") {
  for (auto* spoil : {+[](wire::Hello& h) { ++h.incarnation; }, +[](wire::Hello& h) { h.window = kMinWindowBytes; },
                      +[](wire::Hello& h) { ++h.nonce[31]; }, +[](wire::Hello& h) { h.protocol.highest = 4; },
                      +[](wire::Hello& h) { h.protocol.features = 1; }}) {
    Hands hands("secret", "secret");
    auto hello = wire::read_hello(frame_of(hands.said_by_a.at(0)).frame()).value();
    spoil(hello);
    wire::Bytes changed;
    append(changed, hello);

    REQUIRE(says(hands.hear(hands.b, changed), "ok"));
    REQUIRE(says(hands.hear(hands.a, hands.said_by_b.at(0)), "ok"));
    CHECK(says(hands.hear(hands.b, hands.said_by_a.at(1)), "does not have the secret"));
  }
}

TEST_CASE("both sides agree on the highest version of both, and on the features that both have") {
  Hands hands("secret", "secret");
  hands.self_a.protocol = {4, 7, 0b1011};
  hands.self_b.protocol = {5, 9, 0b1'0110};
  hands.begin();

  REQUIRE(hands.shake() == "welcome");

  for (const auto* side : {&*hands.a, &*hands.b}) {
    CHECK(side->peer().protocol.version == 7);
    CHECK(side->peer().protocol.features == 0b0010);
  }
}

TEST_CASE("a link of the version before features has none") {
  CHECK(wire::agree({4, 5, ~0ull}, {4, 4, ~0ull})->features == 0);
  CHECK(wire::agree({4, 5, ~0ull}, {4, 5, ~0ull})->features == ~0ull);
}

TEST_CASE("versions that do not meet, or are no range, are refused by the side that hears of them") {
  const auto self = node("a");
  auto challenge = make_challenge(node("b"));
  for (const wire::Offer& offer : {wire::Offer{6, 9, 0}, wire::Offer{1, 3, 0}, wire::Offer{5, 4, 0}}) {
    challenge.protocol = offer;

    const auto judged = judge(challenge, self, "b", {});

    REQUIRE(!judged);
    CHECK(says(judged.error().message(), "node 'b' speaks protocol versions"));
    CHECK(says(judged.error().message(), "node 'a' versions 4 to 5"));
  }
}

TEST_CASE("no word comes out of its turn") {
  Hands hands("secret", "secret");
  wire::Bytes welcome;
  append_proof(welcome, wire::FrameKind::welcome, {});

  CHECK(says(hands.hear(hands.a, welcome), "a welcome instead of a challenge"));
  CHECK(says(hands.hear(hands.b, welcome), "a welcome instead of a hello"));
}

TEST_CASE("an incarnation that ended while its proof was on its way is refused") {
  Hands hands("secret", "secret");
  hands.hear(hands.b, hands.said_by_a.at(0));
  hands.hear(hands.a, hands.said_by_b.at(0));
  hands.runs_of_a = runs({10, 11});

  CHECK(says(hands.hear(hands.b, hands.said_by_a.at(1)), "incarnation 10 of node a is over"));
}

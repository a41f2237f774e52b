// Sessions alone, by bytes in memory: what is proved, what is refused, and bytes that are cut, damaged or without end.
#include "tls_stage.h"

using namespace troupe;
using namespace troupe::tls;
using namespace troupe::tls::testing;

namespace {

std::string text_of(const wire::Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

TestAuthority& shop() {
  static TestAuthority authority;
  static const bool issued = (authority.issue("a").issue("b").issue("c"), true);
  (void)issued;
  return authority;
}

// How a client that shows this certificate is received by node "b".
Result<void> received(const TestAuthority& by, const std::string& node, int highest = TLS1_3_VERSION) {
  RawClient client({.certificate = by.certificate(node), .key = by.key(node), .highest = highest});
  Session b(shop().present("b"), std::nullopt);
  return client.talk_to(b);
}
void check_refused(const Result<void>& ended, const std::string& part, ErrorKind kind = ErrorKind::denied) {
  REQUIRE(!ended.ok());
  INFO(ended.error().message());
  CHECK(ended.error().kind() == kind);
  CHECK(ended.error().message().find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("sessions prove both names and carry bytes both ways, however these are cut") {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, SIZE_MAX}) {
    Pair pair(shop(), "a", "b", "b");
    pair.talk(piece);
    REQUIRE(pair.connects.established());
    REQUIRE(pair.accepts.established());
    CHECK(pair.connects.verified_peer() == "b");
    CHECK(pair.accepts.verified_peer() == "a");
    const std::string much(100'000, 'x');

    REQUIRE(pair.connects.seal(std::span(much.data(), much.size()), pair.to_accepting));
    REQUIRE(pair.accepts.seal(std::span("hello", 5), pair.to_connecting));
    CHECK(text_of(pair.to_accepting).find("xxxxxxxx") == std::string::npos);
    pair.talk(piece);

    CHECK(text_of(pair.heard_by_accepting) == much);
    CHECK(text_of(pair.heard_by_connecting) == "hello");
    CHECK(pair.connects.standing());
  }
}

TEST_CASE("a session that ends says so, and the other side hears it after all that was sealed") {
  Pair pair(shop(), "a", "b", "b");
  pair.talk();
  REQUIRE(pair.connects.seal(std::span("bye", 3), pair.to_accepting));

  pair.connects.close(pair.to_accepting);
  pair.talk();

  CHECK(text_of(pair.heard_by_accepting) == "bye");
  REQUIRE(pair.accepting_ended);
  CHECK(pair.accepting_ended->kind() == ErrorKind::unavailable);
}

TEST_CASE("a node that answers with the certificate of another is refused by who called it") {
  Pair pair(shop(), "a", "c", "b");

  pair.talk();

  REQUIRE(pair.connecting_ended);
  CHECK(pair.connecting_ended->kind() == ErrorKind::denied);
  CHECK(pair.connecting_ended->message().find("node 'b' was called, and it is of node 'c'") != std::string::npos);
  REQUIRE(pair.accepting_ended);
  CHECK(pair.accepting_ended->kind() == ErrorKind::denied);
  CHECK(!pair.accepts.established());
}

TEST_CASE("a client is refused without a certificate, with an old or early one, and with another authority's") {
  TestAuthority imposter;
  imposter.issue("a");
  shop().issue("old", past()).issue("early", future());
  RawClient bare({});
  Session b(shop().present("b"), std::nullopt);

  check_refused(bare.talk_to(b), "peer did not return a certificate; both sides show one");
  check_refused(received(shop(), "old"), "certificate has expired");
  check_refused(received(shop(), "early"), "not yet valid");
  check_refused(received(imposter, "a"), "not by the cluster's authority");
  CHECK(received(shop(), "a").ok());
}

TEST_CASE("a client of another cluster is refused, although the same authority made its certificate") {
  TestAuthority two;
  // The authority's own cluster is what its directory says; so another name is made by hand.
  const auto by = load_certificates(two.bundle(), "it").value();
  const Key by_key = load_key(two.path() / "authority.key", "it").value();
  const Key key = new_key().value();
  const auto made = [&](const std::string& uri) {
    const Certificate one = new_certificate({.subject = "x", .uri = uri}, *key, by.front().get(), *by_key).value();
    write_private(two.certificate("x"), to_pem(*one).value(), true).value();
  };
  write_private(two.key("x"), to_pem(*key).value(), true).value();
  two.issue("b");
  const auto ended = [&] {
    RawClient client({.certificate = two.certificate("x"), .key = two.key("x")});
    Session b(two.present("b"), std::nullopt);
    return client.talk_to(b);
  };

  made("troupe://other/a");
  check_refused(ended(), "it is of cluster 'other', and this is cluster 'shop'");
  made("https://shop/a");
  check_refused(ended(), "it is of no node");
  made("troupe://shop/%61");
  check_refused(ended(), "is not as troupe://CLUSTER/NODE is written");
  made("troupe://shop/a,URI:troupe://shop/b");
  check_refused(ended(), "the names of several nodes");
  made("troupe://shop/a");
  CHECK(ended().ok());
}

TEST_CASE("a peer that is denied gets no session, and one that has a session is found out at the next look") {
  TestAuthority authority;
  authority.issue("a").issue("b");
  auto present = std::make_shared<Present>();
  present->credentials = authority.load("b").value();
  RawClient client({.certificate = authority.certificate("a"), .key = authority.key("a")});
  Session before(present, std::nullopt);
  REQUIRE(client.talk_to(before));
  CHECK(before.standing());

  authority.deny("serial " + authority.serial("a"));
  present->credentials = authority.load("b").value();

  check_refused(before.standing(), "is on the deny list");
  RawClient again({.certificate = authority.certificate("a"), .key = authority.key("a")});
  Session after(present, std::nullopt);
  check_refused(again.talk_to(after), "it is on the deny list");
}

TEST_CASE("a peer whose certificate runs out while it has a session should be renewed") {
  TestAuthority authority;
  authority.issue("b").issue("a", {std::chrono::system_clock::now() - 1h, 3602s});
  RawClient client({.certificate = authority.certificate("a"), .key = authority.key("a")});
  Session b(authority.present("b"), std::nullopt);
  REQUIRE(client.talk_to(b));

  while (b.standing().ok()) {
  }

  CHECK(b.standing().error().kind() == ErrorKind::unavailable);
}

TEST_CASE("a client that shows more certificates than there is room for is refused before they are looked at") {
  TestAuthority many;
  many.issue("a");
  std::string chain = text_in(many.certificate("a"));
  for (int i = 0; i < 100; ++i) chain += text_in(many.bundle());
  write_text(many.certificate("a"), chain);

  check_refused(received(many, "a"), "excessive message size", ErrorKind::corrupt);
}

TEST_CASE("what is no TLS 1.3 is told what it is") {
  const auto ended = [](const std::string& bytes) {
    Session b(shop().present("b"), std::nullopt);
    wire::Bytes plain, out;
    return b.open(std::span(bytes.data(), bytes.size()), plain, out);
  };

  check_refused(received(shop(), "a", TLS1_2_VERSION), "links are TLS 1.3 and no other version", ErrorKind::corrupt);
  check_refused(ended("GET / HTTP/1.1\r\n\r\n"), "is no TLS: was it given NodeConfig::tls?", ErrorKind::corrupt);
  check_refused(ended(std::string(100, '\0')), "no TLS", ErrorKind::corrupt);
  CHECK(ended("\x16\x03\x01").ok());
}

TEST_CASE("a bit that is turned anywhere in what a peer says ends the session, and nothing of it is taken") {
  for (const std::size_t at : {std::size_t{0}, std::size_t{3}, std::size_t{5}, std::size_t{20}, std::size_t{60}}) {
    Pair pair(shop(), "a", "b", "b");
    pair.talk();
    REQUIRE(pair.connects.seal(std::span("a record of some length, long enough", 36), pair.to_accepting));
    REQUIRE(at < pair.to_accepting.size() + 20);
    pair.to_accepting[std::min(at, pair.to_accepting.size() - 1)] ^= 1;
    pair.to_accepting.resize(pair.to_accepting.size() + 20'000, 'g');

    pair.talk();

    REQUIRE(pair.accepting_ended);
    CHECK(pair.accepting_ended->kind() == ErrorKind::corrupt);
    CHECK(pair.heard_by_accepting.empty());
  }
}

TEST_CASE("a handshake damaged at any byte establishes nothing for who was to be convinced by it") {
  std::size_t length = 0;
  {
    Pair whole(shop(), "a", "b", "b");
    length = whole.to_accepting.size();
  }
  for (std::size_t at = 0; at < length; at += 7) {
    Pair pair(shop(), "a", "b", "b");
    pair.to_accepting[at] = static_cast<char>(~pair.to_accepting[at]);

    pair.talk();

    CHECK(!pair.connects.established());
    CHECK(!pair.accepts.established());
  }
}

TEST_CASE("new keys are taken after so many records, and bytes go on both ways") {
  Pair pair(shop(), "a", "b", "b");
  pair.talk();
  pair.connects.records_per_key(10);

  for (int i = 0; i < 100; ++i) {
    REQUIRE(pair.connects.seal(std::span("x", 1), pair.to_accepting));
    pair.talk();
    REQUIRE(pair.accepts.seal(std::span("y", 1), pair.to_connecting));
    pair.talk();
  }

  CHECK(pair.connects.keys_taken() == 10);
  CHECK(pair.heard_by_accepting.size() == 100);
  CHECK(pair.heard_by_connecting.size() == 100);
  CHECK(!pair.accepting_ended);
}

TEST_CASE("a peer that takes new keys for ever and says nothing is cut") {
  RawClient client({.certificate = shop().certificate("a"), .key = shop().key("a")});
  Session b(shop().present("b"), std::nullopt);
  REQUIRE(client.talk_to(b));
  wire::Bytes plain, out;
  Result<void> ended;

  int asked = 0;
  while (ended.ok() && asked < 1000) {
    REQUIRE(SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(client.ssl()) == 1);
    ++asked;
    ended = b.open(client.said(), plain, out);
    client.hear(std::exchange(out, {}));
  }

  check_refused(ended, "asks for new keys without end", ErrorKind::corrupt);
  CHECK(asked == static_cast<int>(kMostKeyUpdates) + 1);
}

TEST_CASE("no session can be resumed: a client is given no ticket") {
  RawClient client({.certificate = shop().certificate("a"), .key = shop().key("a")});
  Session b(shop().present("b"), std::nullopt);
  REQUIRE(client.talk_to(b));
  wire::Bytes out;
  REQUIRE(b.seal(std::span("x", 1), out));
  client.hear(out);

  CHECK(SSL_SESSION_is_resumable(SSL_get0_session(client.ssl())) == 0);
}

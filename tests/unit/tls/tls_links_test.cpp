// Links over TLS on real sockets: calls, refusals that are logged and counted, strangers of every sort, moves to new
// connections under load, and denied peers.
#include <poll.h>

#include <atomic>
#include <thread>

#include "net/link.h"
#include "net/link_table.h"
#include "support/child_process.h"
#include "tls_stage.h"
#include "unit/net/link_stage.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::net::testing;
using troupe::testing::ChildProcess;
using troupe::tls::testing::TestAuthority;

namespace {

// Of the test that runs: link_stage.h changes options by plain functions.
TestAuthority* the_authority = nullptr;
std::chrono::milliseconds the_age{0};

void with_tls(LinkOptions& o) {
  o.transport = tls::TlsTransport::load(the_authority->config(), {o.cluster, o.node}, o.log).value();
  o.max_age = the_age;
  o.backoff_max = 100ms;
}

struct Authority : TestAuthority {
  explicit Authority(std::chrono::milliseconds age = 0ms) {
    issue("a").issue("b");
    the_authority = this;
    the_age = age;
  }
};

// "a" connects to "b".
struct TlsTwo {
  engine::Engine engine{engine::EngineOptions{}};
  Node a{engine, "a", 1, with_tls};
  Node b{engine, "b", 1, with_tls};
  TlsTwo() {
    b.links().add_peer({"a", "127.0.0.1", 1}).value();
    a.links().add_peer({"b", "127.0.0.1", b.links().listen("127.0.0.1", 0).value()}).value();
    a.links().connect();
  }
  [[nodiscard]] bool are_up() {
    return a.wait([this] { return a.ups == 1; }) && b.wait([this] { return b.ups == 1; });
  }
};

// True: it was answered with what it said.
bool echoed(Node& from, std::uint64_t id, std::size_t bytes) {
  auto waiter = make_counted<Waiter>();
  auto call = call_to("sku-1", id, bytes);
  call->reply_to = waiter;
  if (!from.links().send(0, wire::EnvelopePtr(call))) return false;
  waiter->wait();
  return !call->error && data_in(call->results) == std::string(bytes, 'x');
}

template <class Condition>
bool comes_true(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

// What `openssl s_client` with these arguments says, to a port, until the node has cut it.
std::string s_client(std::uint16_t port, const std::string& arguments) {
  ChildProcess client({"/bin/sh", "-c",
                       "openssl s_client -ign_eof -connect 127.0.0.1:" + std::to_string(port) + " " + arguments +
                           " </dev/null; exit 0"});
  client.finish(20s);
  return client.said();
}
std::string shows(const TestAuthority& by, const std::string& node) {
  return "-cert " + by.certificate(node).string() + " -key " + by.key(node).string() + " ";
}

struct Guarded {
  engine::Engine engine{engine::EngineOptions{}};
  Node b{engine, "b", 1, with_tls};
  std::uint16_t port = 0;
  Guarded() {
    b.links().add_peer({"a", "127.0.0.1", 1}).value();
    port = b.links().listen("127.0.0.1", 0).value();
  }
  bool refuses(std::uint64_t so_far, const std::string& words) {
    return b.logged(words) && comes_true([&] { return b.links().refused() == so_far; });
  }
};

}  // namespace

TEST_CASE("calls go both ways over TLS, large ones too, and nothing of them is in clear") {
  const Authority authority;
  TlsTwo t;
  REQUIRE(t.are_up());

  CHECK(echoed(t.a, 1, 64));
  CHECK(echoed(t.b, 2, 64));
  CHECK(echoed(t.a, 3, 8u << 20));
  CHECK(echoed(t.b, 4, 8u << 20));
  CHECK(t.a.downs == 0);
  CHECK(t.b.links().refused() == 0);
}

TEST_CASE("every stranger that openssl can be is refused, logged with the reason, and counted") {
  const Authority authority;
  TestAuthority imposter;
  imposter.issue("a");
  the_authority->issue("old", tls::testing::past()).issue("c");
  the_authority->deny("node c");
  Guarded g;

  const auto bare = s_client(g.port, "-tls1_3");
  CHECK(g.refuses(1, "both sides show one"));
  CHECK(bare.find("Verify return code: 19") != std::string::npos);
  (void)s_client(g.port, "-tls1_2 " + shows(*the_authority, "a"));
  CHECK(g.refuses(2, "links are TLS 1.3 and no other version"));
  (void)s_client(g.port, shows(imposter, "a"));
  CHECK(g.refuses(3, "is not by the cluster's authority"));
  (void)s_client(g.port, shows(*the_authority, "old"));
  CHECK(g.refuses(4, "certificate has expired"));
  const auto denied = s_client(g.port, shows(*the_authority, "c"));
  CHECK(g.refuses(5, "it is on the deny list (troupe://shop/c, serial "));
  CHECK(denied.find("revoked") != std::string::npos);
  const auto mute = s_client(g.port, shows(*the_authority, "a") + "-CAfile " + the_authority->bundle().string());
  CHECK(g.refuses(6, "no handshake in 2000 ms"));
  CHECK(mute.find("Verify return code: 0 (ok)") != std::string::npos);
  CHECK(g.b.ups == 0);
}

TEST_CASE("who proves another name than it says in its hello is refused") {
  const Authority authority;
  the_authority->issue("c");
  Guarded g;
  tls::Session c(the_authority->present("c"), "b");
  Stranger socket(g.port);
  wire::Bytes out, plain;
  REQUIRE(c.begin(out));
  socket.say(out);
  out.clear();
  const int fd = socket.fd();
  char some[4096];
  while (!c.established()) {
    const ssize_t n = ::recv(fd, some, sizeof some, 0);
    REQUIRE(n > 0);
    REQUIRE(c.open({some, static_cast<std::size_t>(n)}, plain, out));
  }

  REQUIRE(c.seal(bytes_of(hello_of_a(1)), out));
  socket.say(out);

  CHECK(g.refuses(1, "what says that it is node 'a' has proved that it is node 'c'"));
}

TEST_CASE("plain and TLS do not link, whichever side is which, and each says what the other lacks") {
  const Authority authority;
  Guarded tls_node;
  const auto plain = [](LinkOptions&) {};
  Node plain_a(tls_node.engine, "a", 1, plain);
  plain_a.links().add_peer({"b", "127.0.0.1", tls_node.port}).value();
  plain_a.links().connect();
  CHECK(tls_node.b.logged("was it given NodeConfig::tls?"));

  Listening plain_b;
  Node tls_a(plain_b.engine, "a", 1, with_tls);
  tls_a.links().add_peer({"b", "127.0.0.1", plain_b.port}).value();
  tls_a.links().connect();
  CHECK(plain_b.b.logged("it speaks TLS, and this node has none"));
  CHECK(tls_a.logged("no link to node b"));
  CHECK(plain_a.ups + tls_a.ups + tls_node.b.ups + plain_b.b.ups == 0);
}

TEST_CASE("garbage, cut records and silence are cut, and a member comes in while strangers keep handshakes busy") {
  const Authority authority;
  engine::Engine engine{engine::EngineOptions{}};
  Node b(engine, "b", 1, [](LinkOptions& o) {
    with_tls(o);
    o.handshake = 300ms;
  });
  b.links().add_peer({"a", "127.0.0.1", 1}).value();
  const auto port = b.links().listen("127.0.0.1", 0).value();
  tls::Session one(the_authority->present("a"), "b");
  wire::Bytes hello;
  REQUIRE(one.begin(hello));

  Stranger garbage(port), half(port), silent(port);
  garbage.say(std::string(5000, '\x17'));
  half.say(wire::Bytes(hello.begin(), hello.begin() + 50));
  CHECK(garbage.is_cut());
  CHECK(half.is_cut());
  CHECK(silent.is_cut());
  CHECK(b.logged("no handshake in 300 ms"));
  // Each begins a handshake, which costs the loop its half a millisecond, and leaves it there.
  std::atomic<bool> stop{false};
  std::thread strangers([&] {
    while (!stop) {
      std::vector<std::unique_ptr<Stranger>> crowd;
      for (int i = 0; i < 40 && !stop; ++i) {
        crowd.push_back(std::make_unique<Stranger>(port));
        crowd.back()->say(hello);
      }
    }
  });
  Node a(engine, "a", 1, with_tls);
  a.links().add_peer({"b", "127.0.0.1", port}).value();
  a.links().connect();
  const bool came_in = a.wait([&] { return a.ups == 1; });
  stop = true;
  strangers.join();

  CHECK(came_in);
  CHECK(echoed(a, 1, 64));
}

TEST_CASE("a link moves to new connections under load before it is too old, and no call of either side is lost") {
  const Authority authority(1000ms);
  TlsTwo t;
  REQUIRE(t.are_up());
  std::atomic<std::uint64_t> id{1};
  std::atomic<int> lost{0}, answered{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> callers;
  for (Node* from : {&t.a, &t.b})
    for (const std::size_t bytes : {std::size_t{8}, std::size_t{300'000}})
      callers.emplace_back([&, from, bytes] {
        while (!stop) echoed(*from, id++, bytes) ? ++answered : ++lost;
      });

  const bool moved = comes_true([&] { return t.a.links().moved() >= 4 && t.b.links().moved() >= 4; });
  stop = true;
  for (auto& caller : callers) caller.join();

  CHECK(moved);
  CHECK(lost == 0);
  CHECK(answered > 100);
  CHECK(t.a.ups == 1);
  CHECK(t.a.downs + t.b.downs == 0);
  CHECK(t.a.links().status().at(0).up);
}

TEST_CASE("an authority is changed under load: bundle, certificates, and the end of the old one, and no call fails") {
  const Authority authority(1000ms);
  TlsTwo t;
  REQUIRE(t.are_up());
  std::atomic<int> lost{0}, answered{0};
  std::atomic<bool> stop{false};
  std::thread caller([&] {
    for (std::uint64_t id = 1; !stop; ++id) echoed(t.a, id, 1000) ? ++answered : ++lost;
  });
  const auto both_say = [&](int times, const std::string& words) {
    const auto said = [&](Node& node) {
      int found = 0;
      for (const auto& line : node.lines.all()) found += line.find(words) != std::string::npos;
      return found >= times;
    };
    return comes_true([&] { return said(t.a) && said(t.b); });
  };

  begin_authority_change(the_authority->path()).value();
  CHECK(both_say(1, "new links are with the certificate"));
  the_authority->issue("a").issue("b");
  const std::string serials[] = {the_authority->serial("a"), the_authority->serial("b")};
  CHECK(t.a.logged("new links are with the certificate troupe://shop/a, serial " + serials[0]));
  CHECK(t.b.logged("new links are with the certificate troupe://shop/b, serial " + serials[1]));
  finish_authority_change(the_authority->path()).value();
  const auto moved = t.a.links().moved();
  CHECK(comes_true([&] { return t.a.links().moved() >= moved + 3; }));
  stop = true;
  caller.join();

  CHECK(lost == 0);
  CHECK(answered > 10);
  CHECK(t.a.downs + t.b.downs == 0);
}

TEST_CASE("a broken new file keeps the old certificates and is logged once, and a mended one is taken") {
  const Authority authority;
  TlsTwo t;
  REQUIRE(t.are_up());
  const std::string whole = tls::testing::text_in(the_authority->certificate("b"));

  tls::testing::write_text(the_authority->certificate("b"), "half");
  CHECK(t.b.logged("links go on with the certificates of before"));
  CHECK(echoed(t.a, 1, 64));
  int more_looks = 0;
  CHECK(comes_true([&] { return ++more_looks > 50; }));
  int said = 0;
  for (const auto& line : t.b.lines.all()) said += line.find("links go on with") != std::string::npos;
  CHECK(said == 1);
  tls::testing::write_text(the_authority->certificate("b"), whole);

  CHECK(t.b.logged("new links are with the certificate"));
  CHECK(t.b.downs == 0);
}

TEST_CASE("a member that is denied loses its link at once, and the others keep theirs") {
  const Authority authority;
  TlsTwo t;
  REQUIRE(t.are_up());

  the_authority->deny("serial " + the_authority->serial("a"));

  CHECK(t.b.wait([&] { return t.b.downs == 1; }));
  CHECK(t.b.down_why.find("is on the deny list") != std::string::npos);
  CHECK(t.a.wait([&] { return t.a.downs == 1; }));
  CHECK(comes_true([&] { return t.b.links().refused() > 0; }));
  CHECK(t.b.ups == 1);
}

TEST_CASE("links with TLS listen on all addresses, and plain ones say how to get there") {
  const Authority authority;
  Guarded g;
  engine::Engine engine{engine::EngineOptions{}};
  Node plain(engine, "p", 1);

  CHECK(g.b.links().listen("0.0.0.0", 0));
  CHECK(g.b.links().add_peer({"x", "10.1.2.3", 7}));
  CHECK(!g.b.links().listen("", 0));
  const auto refused = plain.links().listen("0.0.0.0", 0);
  REQUIRE(!refused.ok());
  CHECK(refused.error().message().find("give every node NodeConfig::tls") != std::string::npos);
}

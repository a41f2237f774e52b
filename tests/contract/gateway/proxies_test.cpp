// Whose a request is behind proxies: who is believed, what is read of headers that anybody may send.
#include "gallery.h"
#include "gateway/client_address.h"
#include "gateway/forwarded.h"

using namespace troupe;
using namespace troupe::bazaar;
using gateway::ForwardedBy;
using gateway::IpNetwork;
using gateway::Proxies;
using gateway::TrustedProxies;

namespace {

// 10.0.0.0/8 and fd00::/8 are ours.
const Proxies kByList{.trusted = {"10.0.0.0/8", "fd00::/8", "192.0.2.7"}};
const Proxies kByStandard{.trusted = kByList.trusted, .header = ForwardedBy::forwarded, .scheme = true};

http::Request from(const std::string& peer, std::initializer_list<http::Field> fields) {
  http::Request out;
  out.peer = {peer, 4711};
  out.headers = http::Headers(fields);
  return out;
}

// "address port", as it is seen with these headers by a proxy at 10.0.0.1.
std::string seen(const Proxies& proxies, std::initializer_list<http::Field> fields,
                 const std::string& peer = "10.0.0.1") {
  auto request = from(peer, fields);
  TrustedProxies::of(proxies).value().see_through(request);
  return request.peer.address + " " + std::to_string(request.peer.port);
}
std::string listed(const std::string& value) { return seen(kByList, {{"X-Forwarded-For", value}}); }
std::string standard(const std::string& value) { return seen(kByStandard, {{"Forwarded", value}}); }

const std::string kOwn = "10.0.0.1 4711";  // the connection's

}  // namespace

TEST_CASE("the last address that is no trusted proxy's is who sent a request, whatever stands before it") {
  CHECK(listed("198.51.100.1") == "198.51.100.1 0");
  CHECK(listed("203.0.113.9, 198.51.100.1") == "198.51.100.1 0");  // the first is what a client made up
  CHECK(listed("203.0.113.9,198.51.100.1 , 10.9.9.9,\t192.0.2.7") == "198.51.100.1 0");
  CHECK(listed("10.1.1.1, 10.2.2.2") == "10.1.1.1 0");  // all are trusted: the first of them
  CHECK(listed("nonsense \" ; \\, 198.51.100.1") == "198.51.100.1 0");
  CHECK(listed(", 198.51.100.1,, ,") == "198.51.100.1 0");
  CHECK(seen(kByList, {{"x-forwarded-for", "203.0.113.9"}, {"X-Other", "1"}, {"X-Forwarded-For", "198.51.100.1"}}) ==
        "198.51.100.1 0");
  CHECK(seen(kByList, {{"X-Forwarded-For", "198.51.100.1"}, {"X-Forwarded-For", "10.2.2.2"}}) == "198.51.100.1 0");
}

TEST_CASE("addresses are read with ports and brackets, and IPv4 within IPv6 is IPv4") {
  CHECK(listed("198.51.100.1:8080") == "198.51.100.1 8080");
  CHECK(listed("2001:db8::1") == "2001:db8::1 0");
  CHECK(listed("[2001:db8:0:0::1]") == "2001:db8::1 0");
  CHECK(listed("[2001:db8::1]:65535") == "2001:db8::1 65535");
  CHECK(listed("198.51.100.1, ::ffff:10.3.3.3") == "198.51.100.1 0");
  CHECK(listed("198.51.100.1, fd00::5") == "198.51.100.1 0");
  CHECK(listed("::ffff:198.51.100.1") == "198.51.100.1 0");
  CHECK(seen(kByList, {{"X-Forwarded-For", "198.51.100.1"}}, "::ffff:10.0.0.1") == "198.51.100.1 0");
  CHECK(seen(kByList, {{"X-Forwarded-For", "198.51.100.1"}}, "fd00::1%eth0") == "198.51.100.1 0");
}

TEST_CASE("what cannot be read where a trusted proxy wrote it leaves the connection's own address") {
  for (const std::string& bad :
       {std::string("unknown"), std::string("_hidden"), std::string("198.51.100"), std::string("198.51.100.1:"),
        std::string("198.51.100.1:65536"), std::string("198.51.100.1:-1"), std::string("198.51.100.1:80x"),
        std::string("[198.51.100.1]"), std::string("[2001:db8::1"), std::string("[2001:db8::1]80"),
        std::string("2001:db8::1]:80"), std::string("fe80::1%eth0"), std::string("198.51.100.1 203.0.113.9"),
        std::string("198.51.100.1/32"), std::string("\"198.51.100.1\""), std::string("[]"), std::string("[]:80"),
        std::string(":80"), std::string(46, '1')}) {
    CAPTURE(bad);
    CHECK(listed(bad) == kOwn);
    CHECK(listed("198.51.100.1, " + bad + ", 10.2.2.2") == kOwn);
    CHECK(listed(bad + ", 198.51.100.1") == "198.51.100.1 0");
  }
  CHECK(listed("") == kOwn);
  CHECK(listed(" , ,") == kOwn);
  CHECK(seen(kByList, {}) == kOwn);
}

TEST_CASE("Forwarded is read as RFC 7239 has it") {
  CHECK(standard("for=198.51.100.1") == "198.51.100.1 0");
  CHECK(standard("For=\"[2001:db8:cafe::17]:4711\";by=10.0.0.1") == "2001:db8:cafe::17 4711");
  CHECK(standard("by=_a;proto=http;host=\"a,b;c\" ; FOR=198.51.100.1, for=10.2.2.2") == "198.51.100.1 0");
  CHECK(standard("for=\"198.51.100.1:_port\"") == "198.51.100.1 0");
  CHECK(standard("for=\"1.2.3.4, for=198.51.100.1") == "198.51.100.1 0");  // a quote of somebody's
  CHECK(seen(kByStandard, {{"Forwarded", "for=203.0.113.9"}, {"Forwarded", "for=198.51.100.1"}}) == "198.51.100.1 0");
  for (const char* bad :
       {"for=unknown", "for=_hidden", "by=198.51.100.1", "for", "for=", "=198.51.100.1",
        "for=198.51.100.1;for=203.0.113.9", "for=2001:db8::1", "for=\"198.51.100.1", "198.51.100.1",
        "for=\"198.51.100.\\1\"", "for=198.51.100.1;;", "for = 198.51.100.1", "for=198.51.100.1;proto"}) {
    CAPTURE(bad);
    CHECK(standard(bad) == kOwn);
  }
}

TEST_CASE("nobody else's word is believed, and no other header than the one that the proxies write") {
  CHECK(seen(kByList, {{"X-Forwarded-For", "198.51.100.1"}}, "192.0.2.8") == "192.0.2.8 4711");
  CHECK(seen(kByList, {{"X-Forwarded-For", "198.51.100.1"}}, "fe00::1") == "fe00::1 4711");
  CHECK(seen(kByList, {{"X-Forwarded-For", "198.51.100.1"}}, "") == " 4711");
  CHECK(seen(kByList, {{"Forwarded", "for=198.51.100.1"}}) == kOwn);
  CHECK(seen(kByStandard, {{"X-Forwarded-For", "198.51.100.1"}}) == kOwn);
  CHECK(seen({}, {{"X-Forwarded-For", "198.51.100.1"}}) == kOwn);
}

TEST_CASE("the scheme is who trusted proxies say it is, where that is wanted") {
  const auto secure = [](Proxies proxies, std::initializer_list<http::Field> fields, const char* peer = "10.0.0.1") {
    auto request = from(peer, fields);
    TrustedProxies::of(proxies).value().see_through(request);
    return request.secure;
  };
  Proxies by_list = kByList;
  by_list.scheme = true;
  const http::Field client{"X-Forwarded-For", "198.51.100.1"};

  CHECK(secure(by_list, {client, {"X-Forwarded-Proto", "HTTPS"}}));
  CHECK_FALSE(secure(by_list, {client, {"X-Forwarded-Proto", "http"}}));
  CHECK_FALSE(secure(by_list, {client, {"X-Forwarded-Proto", "https, http"}}));  // of which nobody knows whose they are
  CHECK_FALSE(secure(by_list, {client, {"X-Forwarded-Proto", "wss"}}));
  CHECK_FALSE(secure(by_list, {{"X-Forwarded-Proto", "https"}}));  // with no address
  CHECK_FALSE(secure(by_list, {client, {"X-Forwarded-Proto", "https"}}, "198.51.100.1"));
  CHECK_FALSE(secure(kByList, {client, {"X-Forwarded-Proto", "https"}}));
  CHECK(secure(kByStandard, {{"Forwarded", "for=203.0.113.9;proto=http, for=198.51.100.1;proto=https, for=10.2.2.2"}}));
  CHECK_FALSE(secure(kByStandard, {{"Forwarded", "for=203.0.113.9;proto=https, for=198.51.100.1;proto=http"}}));
  CHECK_FALSE(secure(kByStandard, {{"Forwarded", "for=198.51.100.1"}, {"X-Forwarded-Proto", "https"}}));
}

TEST_CASE("a list as long as a header may be is read from its end") {
  std::string ours, theirs;
  while (ours.size() < 16u << 10) ours += ", 10.0.0.2", theirs += ", 203.0.113.9";

  CHECK(listed("198.51.100.1" + ours) == "198.51.100.1 0");
  CHECK(listed(theirs + ", 198.51.100.1") == "198.51.100.1 0");
  CHECK(listed(std::string(16u << 10, ',') + "198.51.100.1") == "198.51.100.1 0");
  CHECK(listed(std::string(16u << 10, '"')) == kOwn);
}

TEST_CASE("networks are what is written of them, and what is none is refused") {
  const auto has = [](const char* network, const char* address) {
    return IpNetwork::of(network)->has(*gateway::IpAddress::of(address));
  };

  CHECK(has("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(has("10.0.0.0/8", "11.0.0.1"));
  CHECK(has("10.32.0.0/11", "10.63.1.1"));
  CHECK_FALSE(has("10.32.0.0/11", "10.64.1.1"));
  CHECK(has("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(has("0.0.0.0/0", "2001:db8::1"));
  CHECK_FALSE(has("::/0", "203.0.113.9"));
  CHECK(has("::ffff:10.0.0.0/104", "10.1.1.1"));
  CHECK(has("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(has("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(has("::1", "::1"));
  CHECK_FALSE(has("10.0.0.1", "10.0.0.2"));
  for (const char* bad :
       {"", "/", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.1/8", "2001:db8::/129", "2001:db8::1/64", "10.0.0.0/8/8",
        "10.0.0.0/-1", "10.0.0.0/0x8", "10.0.0.0/00000008", "proxy.example", "::ffff:10.0.0.0/80", "10.0.0.0 /8"}) {
    CAPTURE(bad);
    CHECK_FALSE(IpNetwork::of(bad));
    gateway::GatewayOptions options;
    options.proxies.trusted = {"10.0.0.1", bad};
    CHECK_THROWS_WITH_AS(Stage{options}, doctest::Contains("GatewayOptions::proxies.trusted has \""), Error);
  }
  gateway::GatewayOptions many;
  many.proxies.trusted.assign(gateway::kMaxTrustedProxies + 1, "10.0.0.1");
  CHECK_THROWS_WITH_AS(Stage{many}, doctest::Contains("has 257 entries; at most 256"), Error);
  many.proxies.trusted.pop_back();
  CHECK_NOTHROW(Stage{many});
}

TEST_CASE(
    "limits of an address are those of whoever a trusted proxy passes on, and nobody is somebody else by a header") {
  gateway::GatewayOptions options;
  options.limits = {.per_address = {.per_minute = 1, .burst = 2}};
  const auto sent_by = [](Stage& stage, const std::string& list) {
    return stage.get("/mirror/special/literal", "X-Forwarded-For: " + list + "\r\n").status;
  };

  SUBCASE("behind a proxy") {
    options.proxies.trusted = {"127.0.0.1"};
    Stage stage(options);
    for (const char* client : {"198.51.100.1", "2001:db8::1"}) {
      CHECK(sent_by(stage, client) == 200);
      CHECK(sent_by(stage, std::string("203.0.113.9, ") + client) == 200);
      CHECK(sent_by(stage, std::string("203.0.113.10, ") + client) == 429);
    }
    CHECK(sent_by(stage, "2001:db8::2") == 429);  // the same network
    CHECK(sent_by(stage, "unknown") == 200);      // the proxy's own
  }
  SUBCASE("behind none") {
    Stage stage(options);
    CHECK(sent_by(stage, "198.51.100.1") == 200);
    CHECK(sent_by(stage, "198.51.100.2") == 200);
    CHECK(sent_by(stage, "198.51.100.3") == 429);
  }
}

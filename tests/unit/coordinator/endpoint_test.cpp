// Endpoints of an etcd.
#include "coordinator/etcd/endpoint.h"

#include <doctest/doctest.h>

#include "coordinator/config.h"

namespace troupe::coordinator::etcd {

TEST_CASE("an endpoint is a host or an address, with a port or without, with TLS or without") {
  const auto one = [](const char* text) { return parse_endpoints({text}).value().front(); };

  CHECK(one("10.0.0.1:2379").shown == "10.0.0.1:2379");
  CHECK_FALSE(one("10.0.0.1:2379").tls);
  CHECK(one("etcd-1").port == "2379");
  CHECK(one("http://etcd-1.example:1").host == "etcd-1.example");
  CHECK(one("https://a:65535/").tls);
  CHECK(one("https://a:65535/").port == "65535");
  CHECK(one("[::1]").host == "::1");
  CHECK(one("https://[fe80::1]:99").shown == "[fe80::1]:99");
  CHECK(parse_endpoints(std::vector<std::string>{"a:1", "a:2", "b:1"}).value().size() == 3);
}

TEST_CASE("what is no endpoint is refused with what is wrong") {
  for (const char* text :
       {"",         ":",      ":1",   "a:",    "a:0",    "a:65536", "a:-1", "a:1x", "a b",   "a/b",  "ftp://a",
        "https://", "user@a", "[::1", "[a]:1", "[::1]x", "[::1]:",  "::1",  "a\n",  "a:1:2", "\xff", "https://a:1/x"}) {
    CAPTURE(text);
    const auto parsed = parse_endpoints({text});
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind() == ErrorKind::invalid);
    CHECK(parsed.error().message().find("https://HOST:PORT") != std::string::npos);
  }
  CHECK_FALSE(parse_endpoints({}));
  CHECK_FALSE(parse_endpoints({std::string(254, 'a')}));
  CHECK(parse_endpoints({std::string(253, 'a')}));
  CHECK_FALSE(parse_endpoints({"a:2379", "a"}));
  CHECK_FALSE(parse_endpoints({"http://a", "https://b"}));
  std::vector<std::string> many;
  for (std::size_t i = 0; i < kMaxEndpoints; ++i) many.push_back("a:" + std::to_string(i + 1));
  CHECK(parse_endpoints(many));
  many.push_back("b");
  CHECK_FALSE(parse_endpoints(many));
}

TEST_CASE("loopback is what means this machine") {
  for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "localhost"}) CHECK(is_loopback(host));
  for (const char* host : {"128.0.0.1", "10.0.0.1", "::2", "localhost.example", "0.0.0.0", ""})
    CHECK_FALSE(is_loopback(host));
}

}  // namespace troupe::coordinator::etcd

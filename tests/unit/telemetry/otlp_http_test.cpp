// Where a collector is, and what its answers mean.
#include "telemetry/otlp_http.h"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::telemetry;
using namespace std::chrono_literals;

TEST_CASE("a collector's URL has a host, a port and a path, and defaults for the last two") {
  const auto whole = parse_collector_url("http://127.0.0.1:4318/v1/traces").value();
  CHECK(whole.host == "127.0.0.1");
  CHECK(whole.port == "4318");
  CHECK(whole.path == "/v1/traces");
  CHECK_FALSE(whole.tls);

  const auto bare = parse_collector_url("https://collector").value();
  CHECK(bare.port == "443");
  CHECK(bare.path == "/");
  CHECK(bare.tls);

  const auto six = parse_collector_url("http://[::1]:80/x?y=1").value();
  CHECK(six.host == "::1");
  CHECK(six.port == "80");
  CHECK(six.path == "/x?y=1");
}

TEST_CASE("what is no URL of a collector is refused with what it should be") {
  for (const std::string url : {"", "4318", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:70000",
                                "http://a:x", "http://a b", "http://user@a", "http://a\n", "http://[::1"}) {
    const auto parsed = parse_collector_url(url);
    REQUIRE_MESSAGE(!parsed.ok(), url);
    CHECK(parsed.error().kind() == ErrorKind::invalid);
    CHECK(parsed.error().message().find("http://HOST:PORT/v1/traces") != std::string::npos);
  }
}

TEST_CASE("a collector that is busy is asked again, when it says; one that refuses is not") {
  CHECK(judge_status(200, "").done);
  CHECK(judge_status(202, "").done);
  for (const unsigned busy : {429u, 502u, 503u, 504u}) CHECK(judge_status(busy, "").again);
  for (const unsigned no : {301u, 400u, 401u, 404u, 500u}) {
    CHECK_FALSE(judge_status(no, "").done);
    CHECK_FALSE(judge_status(no, "").again);
  }
  CHECK(judge_status(503, "7").after == 7s);
  CHECK(judge_status(503, "999999").after == 5min);
  CHECK(judge_status(503, "soon").after == 0s);
}

TEST_CASE("a collector that nobody runs is worth trying again, and says why") {
  const auto post = collector({.url = "http://127.0.0.1:1/v1/traces", .timeout = 500ms}).value();

  const auto delivered = post("{}");

  CHECK_FALSE(delivered.done);
  CHECK(delivered.again);
  CHECK(delivered.why.find("it cannot be reached") != std::string::npos);
}

TEST_CASE("a file that holds no authorities is refused before anything is sent") {
  const auto made = collector({.url = "https://127.0.0.1:1", .ca_file = "/nowhere/ca.pem"});

  REQUIRE(!made.ok());
  CHECK(made.error().message().find("/nowhere/ca.pem") != std::string::npos);
}

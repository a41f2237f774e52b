// The flight recorder of a node, as the admin API shows it.
#include <doctest/doctest.h>
#include <troupe/testing.h>

#include <nlohmann/json.hpp>

#include "till.h"

using namespace std::chrono_literals;
using troupe::testing::TestNode;
using Json = nlohmann::json;

namespace {

Json events_of(TestNode& node, const std::string& query) {
  const auto [status, json] = node.node().admin("GET", "/events" + query, "");
  INFO(json);
  REQUIRE(status == 200);
  return Json::parse(json)["events"];
}

void sell(TestNode& node, const std::string& till, const std::string& article, std::int64_t amount) {
  node.finish(node.ref<tills::Till>(till).sell([&](auto p) { p.setArticle(article), p.setAmount(amount); }));
}

}  // namespace

TEST_CASE("the last turns of an actor are told with who called, with which parameters, and how they ended") {
  TestNode node({.host = tills::host, .time = troupe::testing::Time::runs});
  node.finish(node.ref<tills::Bank>("b").setRate([](auto p) { p.setRate(2); }));
  sell(node, "a", "tea", 10);
  node.finish(node.ref<tills::Till>("a").exchange([](auto p) { p.setArticle("tea"), p.setBank("b"); }));
  CHECK_THROWS_AS(node.finish(node.ref<tills::Till>("a").refund()), troupe::Error);

  const Json of_till = events_of(node, "?actor=Till%2Fa");
  const Json of_bank = events_of(node, "?actor=Bank%2Fb");

  REQUIRE(of_till.size() == 3);
  CHECK(of_till[0]["method"] == "refund");
  CHECK(of_till[0]["outcome"] == "refused");
  CHECK(of_till[1]["method"] == "exchange");
  CHECK(of_till[1]["edited"] == true);
  CHECK(of_till[2]["input"]["article"] == "tea");
  CHECK(of_till[2]["input"]["amount"] == "10");
  CHECK(of_till[2]["request"].get<std::string>().size() == 32);
  REQUIRE(of_bank.size() == 2);
  CHECK(of_bank[0]["method"] == "rate");
  CHECK(of_bank[0]["caller"] == "Till/a");
  CHECK(events_of(node, "").size() == 5);
  CHECK(events_of(node, "?last=2").size() == 2);
}

TEST_CASE("a turn that waits, and that of an actor which crashed, are among the last turns") {
  TestNode node({.host = tills::host, .time = troupe::testing::Time::runs});
  auto waits = node.ref<tills::Till>("a").wait([](auto p) { p.setBank("b"); });
  node.settle();
  sell(node, "c", "tea", 10);
  node.finish(node.ref<tills::Bank>("d").setRate([](auto p) { p.setRate(0); }));
  CHECK_THROWS_AS(node.finish(node.ref<tills::Till>("c").exchange([](auto p) { p.setArticle("tea"), p.setBank("d"); })),
                  troupe::Error);

  const Json waiting = events_of(node, "?actor=Till%2Fa");
  const Json crashed = events_of(node, "?actor=Till%2Fc");

  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0]["outcome"] == "begun");
  CHECK(waiting[0]["ranUs"].is_null());
  CHECK(crashed[0]["outcome"] == "crashed");
  CHECK(crashed[0]["error"] == "failed");
  CHECK(crashed[0]["input"]["article"] == "tea");
  waits.cancel();
}

TEST_CASE("what a schema calls secret is masked in the last turns, and what is too large is told by its size") {
  TestNode node({.host = tills::host, .time = troupe::testing::Time::runs});
  node.finish(node.ref<tills::Till>("a").unlock([](auto p) { p.setPin("4711"); }));
  node.finish(node.ref<tills::Till>("b").unlock([](auto p) { p.setPin(std::string(4'000, 'x')); }));

  CHECK(events_of(node, "?actor=Till%2Fa")[0]["input"]["pin"] == "***");
  const Json large = events_of(node, "?actor=Till%2Fb")[0];
  CHECK(large["input"].is_null());
  CHECK(large["inputBytes"].get<std::uint64_t>() >= 4'000);
}

TEST_CASE("a node whose flight recorder is off says so, and one of any allowed size records") {
  TestNode off({.host = tills::host, .configure = [](troupe::NodeConfig& c) { c.flight_recorder.bytes = 0; }});
  const auto [status, json] = off.node().admin("GET", "/events", "");
  CHECK(status == 400);
  CHECK(json.find("flight_recorder") != std::string::npos);

  TestNode least({.host = tills::host, .configure = [](troupe::NodeConfig& c) {
                    c.flight_recorder = {troupe::limits::kMinRecorderBytes, troupe::limits::kMaxRecorderInputBytes};
                  }});
  for (int i = 0; i < 100; ++i)
    least.finish(least.ref<tills::Till>("a").unlock([](auto p) { p.setPin(std::string(2'000, 'x')); }));
  CHECK_FALSE(events_of(least, "?actor=Till%2Fa").empty());

  TestNode none({.host = tills::host, .configure = [](troupe::NodeConfig& c) { c.flight_recorder.input_bytes = 0; }});
  sell(none, "a", "tea", 1);
  CHECK(events_of(none, "?actor=Till%2Fa")[0]["input"].is_null());

  const auto refused = [](troupe::FlightRecorderOptions options) {
    CHECK_THROWS_AS(troupe::Node({.name = "x", .flight_recorder = options}), troupe::Error);
  };
  refused({.bytes = 1});
  refused({.bytes = troupe::limits::kMaxRecorderBytes + 1});
  refused({.input_bytes = troupe::limits::kMaxRecorderInputBytes + 1});
  CHECK_THROWS_AS(troupe::Node({.name = "x", .crash_files = {.files = troupe::limits::kMaxCrashFiles + 1}}),
                  troupe::Error);
}

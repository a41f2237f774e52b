// What a key is worth when the gateway that it came to is gone for good.
#include "lost_gateway.h"

#include "contract/second_process.h"
#include "gallery.h"
#include "gateway/flights.h"
#include "gateway/used_keys.h"

using namespace troupe;
using namespace troupe::bazaar;
using namespace std::chrono_literals;
using gateway::Flights;
using nlohmann::json;

namespace {

std::vector<Member> pair_of(std::uint16_t owner, std::uint16_t client) {
  return {{.name = "owner", .port = owner}, {.name = "client", .port = client, .client = true}};
}

std::string wait_under(const std::string& key) {
  return http::post("/tills/a/wait", "", "Idempotency-Key: " + key + "\r\n");
}

}  // namespace

int bazaar::run_gateway(const std::vector<std::string>& arguments) {
  const auto port = [&](std::size_t i) { return static_cast<std::uint16_t>(std::stoi(arguments.at(i))); };
  Node node({.name = "client",
             .data_dir = arguments.at(0),
             .members = pair_of(port(1), port(2)),
             .threads = 2,
             .admin = false});
  node.start();
  gateway::Gateway gateway(node, {.server = {.port = port(3)}});
  gateway.offer<Till>().start();
  if (!node.wait_connected(20s)) return testing::say("no owner"), 1;
  testing::say_ready_and_wait();
  return 0;
}

TEST_CASE("a request whose gateway was killed goes on at another one, once, and before its time is over") {
  const testing::ScratchDirectory directory;
  const auto gate = std::make_shared<Gate>();
  const auto ports = pair_of(testing::free_port(), testing::free_port());
  Node owner({.name = "owner", .data_dir = directory / "owner", .members = ports, .threads = 2, .admin = false});
  gateway::host(owner);
  gallery(gate).host(owner);
  owner.start();
  gateway::Gateway here(owner, {});
  here.offer<Till>().start();
  const std::uint16_t there = testing::free_port();
  testing::SecondProcess other({"--gateway", (directory / "client").string(), std::to_string(ports[0].port),
                                std::to_string(ports[1].port), std::to_string(there)});
  http::RawClient first(there);
  const auto again = [&] { return http::RawClient(here.port()).ask(wait_under("k")); };

  first.send(wait_under("k"));
  gate->await_visitor();
  // As long as its gateway lives it is in flight, for longer than a gateway is believed that says nothing.
  const auto begun = std::chrono::steady_clock::now();
  int refused = 0;
  while (std::chrono::steady_clock::now() < begun + gateway::kFlightLease + 500ms) {
    REQUIRE(again().status == 409);
    ++refused;
  }
  other.kill();
  gate->open();
  std::optional<http::Answer> taken;
  CHECK(testing::eventually(
      [&] {
        taken = again();
        return taken->status != 409;
      },
      gateway::kFlightLease * 3));

  CHECK(refused > 1);
  REQUIRE(taken->status == 200);
  CHECK(json::parse(taken->body)["times"] == 1);
}

TEST_CASE(
    "what is under way is renewed in messages of one actor each, of so many at most, and until its time is over") {
  Flights flights;
  const Flights::Moment now{};
  constexpr std::size_t kMany = gateway::kMostRenewed + 1;

  CHECK(flights.due(now).empty());
  for (std::uint64_t run = 0; run < kMany; ++run) flights.begin("aa" + std::to_string(run), run, now, now + 10s);
  flights.begin("bbx", kMany, now, now + 10s);
  flights.begin("ccx", kMany + 1, now, now);  // never under way
  flights.begin("ddx", kMany + 2, now, now + 1s);
  flights.end(kMany);
  flights.end(kMany + 9);  // which nobody knows

  std::map<std::string, std::size_t> of_actor;
  std::size_t messages = 0;
  for (const auto& message : flights.due(now)) {
    ++messages;
    CHECK(message.size() <= gateway::kMostRenewed);
    for (const auto& flight : message) CHECK(flight.id.substr(0, 2) == message.front().id.substr(0, 2));
    of_actor[message.front().id.substr(0, 2)] += message.size();
  }
  CHECK(messages == 3);
  CHECK(of_actor == std::map<std::string, std::size_t>{{"aa", kMany}, {"dd", 1}});
  CHECK(flights.due(now + 1s).size() == 2);
  CHECK(flights.due(now + 10s).empty());
  CHECK(flights.empty());
}

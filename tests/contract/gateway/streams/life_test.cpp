// How streams begin and end: limits, heartbeats, drains, nodes that go, WebSockets.
#include <optional>

#include "gateway/streams/cursor.h"
#include "stage.h"

using namespace troupe;
using namespace troupe::ticker;
using namespace std::chrono_literals;

namespace {

std::string bearer(const std::string& who) { return "Authorization: Bearer " + who + "\r\n"; }

const std::string kUpgrade =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

// The next message of a WebSocket; nothing: it is closed.
std::optional<json> message(http::RawClient& client) {
  const std::string head = client.take(2);
  std::size_t size = static_cast<unsigned char>(head[1]);
  if (size == 126) {
    const std::string length = client.take(2);
    size = static_cast<std::size_t>(static_cast<unsigned char>(length[0])) << 8 | static_cast<unsigned char>(length[1]);
  }
  const std::string text = client.take(size);
  if (static_cast<unsigned char>(head[0]) == 0x88) return std::nullopt;
  REQUIRE(static_cast<unsigned char>(head[0]) == 0x81);
  return json::parse(text);
}

}  // namespace

TEST_CASE("a quiet stream says that it is there, and how far it is") {
  gateway::StreamLimits limits{.heartbeat = 20ms, .look_every = 5ms};
  Stage stage({.topic = prices(1), .limits = limits});
  auto client = stage.listen("/prices/mine", bearer("alice"));
  const std::string before = client.last_id();

  stage.publish("bob", 3);
  client.await_other_id();
  auto again = stage.listen("/prices/mine", bearer("alice") + "Last-Event-ID: " + client.last_id() + "\r\n");
  stage.publish("alice");

  CHECK(before == "0:0");
  CHECK(client.last_id() == "0:3");
  CHECK(again.next().data["event"]["number"] == 3);
}

TEST_CASE("a client has so many streams and a gateway so many, and who closes one may open another") {
  gateway::StreamLimits limits{.streams = 3, .streams_per_client = 2, .heartbeat = 20ms, .look_every = 5ms};
  Stage stage({.limits = limits});
  auto one = std::make_unique<EventClient>(stage.port(), "/prices/mine", bearer("alice"));
  auto two = stage.listen("/prices/mine", bearer("alice"));

  const auto third = stage.refusal("/prices", bearer("alice"));
  auto other = stage.listen();
  const auto fourth = stage.refusal("/prices", bearer("carl"));

  CHECK(third == std::pair<int, std::string>(429, "2 streams of yours are open; close one first"));
  CHECK(fourth.first == 503);
  CHECK(stage.streams().open() == 3);
  one.reset();
  CHECK(testing::eventually([&] { return stage.streams().open() == 2; }));
  auto last = stage.listen("/prices/mine", bearer("alice"));
  CHECK(stage.streams().open() == 3);
}

TEST_CASE("a gateway that drains sends its streams away with the time after which to come again") {
  Stage stage;
  auto client = stage.listen();

  CHECK(stage.gateway().drain(10s));

  CHECK(client.ends());
  CHECK(std::stoi(client.retry()) >= 2'000);
  CHECK(std::stoi(client.retry()) <= 4'000);
  CHECK(testing::eventually([&] { return stage.streams().open() == 0; }));
}

TEST_CASE("a stream ends after its longest time, so that who reads it is asked again") {
  Stage stage({.limits = {.heartbeat = 20ms, .longest = 100ms, .look_every = 5ms}});
  auto client = stage.listen();

  CHECK(client.ends());
  CHECK(testing::eventually([&] { return stage.streams().open() == 0; }));
}

TEST_CASE("a client that takes nothing is closed, and others are told meanwhile") {
  http::Limits limits;
  limits.stream_bytes = 16u << 10;
  limits.write = 300ms;
  Stage stage({.topic = prices(1), .http = limits});
  const EventClient stuck(stage.port(), "/prices", "", 4'096);
  auto other = stage.listen();

  for (unsigned i = 0; i < 4'000; i += 100) stage.publish("a", 100, std::string(2'000, 'x'));
  for (unsigned i = 0; i < 4'000; ++i) REQUIRE(other.next().data["event"]["number"] == i);

  CHECK(testing::eventually([&] { return stage.streams().open() == 1; }));
  stage.publish("a");
  CHECK(other.next().data["event"]["number"] == 4'000);
}

TEST_CASE("streams that are ended by their program end, and later ones are refused") {
  Stage stage;
  auto client = stage.listen();

  stage.end_streams();

  CHECK(client.ends());
  CHECK(stage.refusal("/prices").first == 503);
}

TEST_CASE("a stream goes on when the node of its partition dies and comes back") {
  Stage stage({.topic = prices(4), .nodes = {"a", "b"}});
  auto client = stage.listen();
  for (int i = 0; i < 8; ++i) stage.publish("k" + std::to_string(i));
  std::map<std::uint64_t, int> seen;
  for (int i = 0; i < 8; ++i) ++seen[client.next().data["event"]["number"]];

  for (const std::string name : {"a", "b"}) {
    stage.cluster().member(name).crash();
    stage.cluster().member(name).start();
    for (int i = 0; i < 8; ++i)
      CHECK(testing::eventually([&] {
        try {
          stage.publish("k" + std::to_string(i));
          return true;
        } catch (const Error&) {
          return false;  // the node is not linked again yet
        }
      }));
    for (int i = 0; i < 8; ++i) ++seen[client.next().data["event"]["number"]];
  }

  CHECK(seen.size() == 24);
}

TEST_CASE("a gateway that cannot read a topic says so before the stream begins") {
  Stage stage({.topic = prices(4), .nodes = {"a", "b"}});
  stage.cluster().member("a").stop();
  stage.cluster().member("b").stop();

  const auto refused = stage.refusal("/prices");

  CHECK(refused.first == 503);
  CHECK(stage.streams().open() == 0);
}

TEST_CASE("a WebSocket is told the same as messages, and goes on behind the event it names") {
  Stage stage({.topic = prices(1)});
  http::RawClient client(stage.port());
  client.send(http::get("/prices", kUpgrade));
  REQUIRE(client.read_head()->status == 101);
  const auto begins = message(client);
  stage.publish("a", 2);

  const auto first = message(client);
  const auto second = message(client);
  http::RawClient again(stage.port());
  again.send(http::get("/prices?after=" + (*first)["id"].get<std::string>(), kUpgrade));
  REQUIRE(again.read_head()->status == 101);

  CHECK(*begins == json{{"id", "0:0"}});
  CHECK((*first)["event"] == json{{"number", 0}, {"re-marked", ""}});
  CHECK((*first)["key"] == "a");
  CHECK((*second)["id"] == "0:2");
  CHECK(*message(again) == json{{"id", "0:1"}});
  CHECK((*message(again))["event"]["number"] == 1);
  http::RawClient lost(stage.port());
  lost.send(http::get("/prices?after=0:9", kUpgrade));
  REQUIRE(lost.read_head()->status == 101);
  CHECK(message(lost)->at("id") == "0:9");
  CHECK(message(lost)->at("gap") == json{{"partition", 0}, {"from", 9}, {"to", 2}});
  client.close();
  again.close();
  lost.close();
  CHECK(testing::eventually([&] { return stage.streams().open() == 0; }));
}

TEST_CASE("a page of another origin opens no WebSocket unless it was named") {
  Stage stage;
  const auto opens = [&](const std::string& target, const std::string& fields) {
    http::RawClient client(stage.port());
    client.send(http::get(target, kUpgrade + fields));
    return client.read_head()->status;
  };

  CHECK(opens("/prices", "Origin: http://test\r\n") == 101);  // the host that the request names
  CHECK(opens("/prices", "Origin: https://shop.example\r\n") == 403);
  CHECK(opens("/prices", "Origin: null\r\n") == 403);
  CHECK(opens("/prices", "Origin: https://test.evil\r\n") == 403);
  CHECK(opens("/prices/of/alice", bearer("alice") + "Origin: https://shop.example\r\n") == 101);
  CHECK(opens("/prices/of/alice", bearer("bob") + "Origin: https://shop.example\r\n") == 403);
}

TEST_CASE("a HEAD of a stream tells what it is, and ends") {
  Stage stage;
  http::RawClient client(stage.port());

  const auto head = client.ask("HEAD /prices HTTP/1.1\r\nHost: test\r\n\r\n", true);

  CHECK(head.status == 200);
  CHECK(head.headers.find("Content-Type") == "text/event-stream");
  CHECK(client.ask(http::get("/healthz")).status == 200);
  CHECK(stage.streams().open() == 0);
}

TEST_CASE("limits and streams that cannot be are refused by name") {
  Stage stage;
  const auto limit = [&](gateway::StreamLimits limits) {
    try {
      gateway::TopicStreams streams(stage.node(), limits);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::invalid);
      return std::string(error.message());
    }
    return std::string("taken");
  };
  const auto made = [&](const topic::TopicConfig& topic, gateway::StreamOptions options) {
    try {
      (void)stage.streams().of<Price>(topic, std::move(options));
    } catch (const Error& error) {
      return std::string(error.message());
    }
    return std::string("taken");
  };
  using Who = AccessRule::Who;
  using gateway::StreamKeys;

  CHECK(limit({.streams = 0}).starts_with("StreamLimits::streams is 0"));
  CHECK(limit({.streams_per_client = 0}).starts_with("StreamLimits::streams_per_client is 0"));
  CHECK(limit({.heartbeat = 9ms}).starts_with("StreamLimits::heartbeat is 9"));
  CHECK(limit({.longest = 0ms}).starts_with("StreamLimits::longest is 0"));
  CHECK(limit({.retry = -1ms}).starts_with("StreamLimits::retry is -1"));
  CHECK(limit({.look_every = 0ms}).starts_with("StreamLimits::look_every is 0"));
  CHECK(limit({.streams = SIZE_MAX,
               .streams_per_client = SIZE_MAX,
               .heartbeat = std::chrono::milliseconds::max(),
               .longest = std::chrono::milliseconds::max(),
               .retry = std::chrono::milliseconds::max(),
               .look_every = std::chrono::milliseconds::max()}) == "taken");
  CHECK(made(prices(), {}).find("has no rule") != std::string::npos);
  CHECK(made(prices(), {.who = {.who = Who::some}}).find("does not say for whom") != std::string::npos);
  CHECK(made(prices(), {.who = {.who = Who::some, .own = true}}).find("nobody's own") != std::string::npos);
  CHECK(made(prices(65), {.who = {.who = Who::known}}).find("would read 65 partitions") != std::string::npos);
  CHECK(made(prices(65), {.who = {.who = Who::known}, .keys = StreamKeys::own}) == "taken");
  CHECK(made({.name = "a b"}, {.who = {.who = Who::known}}) != "taken");
  CHECK_THROWS_AS((void)stage.streams().of(prices(), {.who = {.who = Who::known}}, {}), const Error&);
}

TEST_CASE("a place in a log is the same after it was a text, and a text that is none is refused") {
  using gateway::Cursor;
  CHECK(gateway::to_text(Cursor{{0, 12}, {3, 7}}) == "0:12,3:7");
  CHECK(gateway::cursor_of("3:7,0:12") == Cursor{{0, 12}, {3, 7}});
  CHECK(gateway::cursor_of("0:18446744073709551615") == Cursor{{0, UINT64_MAX}});
  for (const char* bad : {"", ",", "0", "0:1,", "a:1", "0:1 ", "+1:2", "0:1,0:1", "0:1:2"}) {
    INFO(bad);
    CHECK_FALSE(gateway::cursor_of(bad).has_value());
  }
  std::string many;
  for (int i = 0; i < 65; ++i) many += (i == 0 ? "" : ",") + std::to_string(i) + ":1";
  CHECK_FALSE(gateway::cursor_of(many).has_value());
  CHECK(gateway::cursor_of(many.substr(0, many.rfind(','))).has_value());
}

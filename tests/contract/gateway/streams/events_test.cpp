// What a stream shows, to whom, and from where on.
#include <set>

#include "stage.h"

using namespace troupe;
using namespace troupe::ticker;

namespace {

std::string as(const std::string& who) { return "Authorization: Bearer " + who + "\r\n"; }
std::string from(const std::string& id) { return "Last-Event-ID: " + id + "\r\n"; }

}  // namespace

TEST_CASE("a stream shows what is published from then on, as JSON by its schema, and no event of another struct") {
  Stage stage;
  stage.publish("a", 3);
  auto client = stage.listen();

  stage.whisper("a");
  stage.publish("a", 1, "\"new\"\nline");
  const auto shown = client.next();

  CHECK(client.head().headers.find("Content-Type") == "text/event-stream");
  CHECK(client.head().headers.find("Cache-Control") == "no-store");
  CHECK(client.head().headers.find("X-Content-Type-Options") == "nosniff");
  CHECK(client.retry() == "2000");
  CHECK(shown.name == "Price");
  CHECK(shown.data["type"] == "Price");
  CHECK(shown.data["key"] == "a");
  CHECK(shown.data["timeMs"].get<std::uint64_t>() > 1'600'000'000'000);
  CHECK(shown.data["event"] == json{{"number", 3}, {"re-marked", "\"new\"\nline"}});
  CHECK(shown.data.size() == 4);
  CHECK_FALSE(shown.id.empty());
}

TEST_CASE("a stream that loses its connection again and again goes on where it was, without gap or repeat") {
  Stage stage;
  constexpr unsigned kKeys = 4, kOfKey = 50;
  std::string id = stage.listen().last_id();
  std::map<std::string, std::vector<std::uint64_t>> seen;

  for (unsigned round = 0; round < kOfKey; ++round) {
    for (unsigned key = 0; key < kKeys; ++key) stage.publish("k" + std::to_string(key));
    auto client = stage.listen("/prices", from(id));
    // Sometimes it takes less than there is, and sometimes more comes than it waited for.
    const unsigned takes = round + 1 == kOfKey ? 0 : round % (kKeys + 1);
    for (unsigned i = 0; i < takes; ++i) {
      const auto shown = client.next();
      seen[shown.data["key"]].push_back(shown.data["event"]["number"]);
      id = shown.id;
    }
  }
  auto client = stage.listen("/prices", from(id));
  std::size_t count = 0;
  for (const auto& [key, numbers] : seen) count += numbers.size();
  for (; count < kKeys * kOfKey; ++count) {
    const auto shown = client.next();
    seen[shown.data["key"]].push_back(shown.data["event"]["number"]);
  }

  for (unsigned key = 0; key < kKeys; ++key) {
    const auto& numbers = seen["k" + std::to_string(key)];
    REQUIRE(numbers.size() == kOfKey);
    for (unsigned i = 0; i < kOfKey; ++i) CHECK(numbers[i] == i * kKeys + key);
  }
}

TEST_CASE("a client begins at the end, at the beginning, or behind an event, and hears of an id that is none") {
  Stage stage;
  stage.publish("a", 3);

  auto all = stage.listen("/prices?after=beginning");
  const auto first = all.next();
  auto rest = stage.listen("/prices?after=" + first.id);
  const auto header_wins = stage.listen("/prices?after=beginning", from(first.id)).next();

  CHECK(first.data["event"]["number"] == 0);
  CHECK(all.next().data["event"]["number"] == 1);
  CHECK(rest.next().data["event"]["number"] == 1);
  CHECK(rest.next().data["event"]["number"] == 2);
  CHECK(header_wins.data["event"]["number"] == 1);
  for (const std::string bad : {"x", "1", "0:", ":1", "0:1,", "0:-1", "0:1,0:2", "0:99999999999999999999",
                                "4294967296:0", "0:1%202:1", "begin"}) {
    INFO(bad);
    CHECK(stage.refusal("/prices?after=" + bad).first == 400);
  }
  CHECK(stage.refusal("/prices", from("nonsense"))
            .second.starts_with("the header \"Last-Event-ID\": it is the id of no"));
  CHECK(stage.refusal("/prices?since=1").second == "the query has no \"since\" here; there is: after");
  CHECK(stage.refusal("/prices?after=end&after=end").first == 400);
}

TEST_CASE("a stream of one's own shows the events of one's own key alone, and others' are for those with the role") {
  Stage stage;
  auto alice = stage.listen("/prices/mine", as("alice"));
  auto clerk = stage.listen("/prices/of/alice", as("carl:clerk"));
  auto self = stage.listen("/prices/of/alice", as("alice"));

  for (int i = 0; i < 20; ++i) stage.publish("key" + std::to_string(i));
  stage.publish("alice");
  stage.whisper("alice");

  for (EventClient* client : {&alice, &clerk, &self}) {
    const auto shown = client->next();
    CHECK(shown.data["key"] == "alice");
    CHECK(shown.data["event"]["number"] == 20);
  }
  CHECK(self.next().name == "Whisper");
  CHECK(stage.refusal("/prices/mine").first == 401);
  CHECK(stage.refusal("/prices/of/alice").first == 401);
  CHECK(stage.refusal("/prices/of/alice", as("bob")).first == 403);
  CHECK(stage.refusal("/prices/of/alice", as("bob:reader")).first == 403);
}

TEST_CASE("a stream that is asked for events which retention has removed says so, and goes on with the oldest") {
  auto topic = prices(1);
  topic.retention_bytes = 4'000;
  Stage stage({.topic = topic});
  stage.publish("a");
  const std::string id = stage.listen("/prices?after=beginning").next().id;
  topic::TopicClient client(stage.node(), stage.topic());
  const auto oldest = [&] {
    const auto reply = client.partition(0).fetch([](auto) {}).get();
    return reply->getFirst();
  };
  while (oldest() < 5) stage.publish("a", 10);

  auto late = stage.listen("/prices", from(id));
  const auto gap = late.next();
  const auto next = late.next();

  CHECK(gap.name == "gap");
  CHECK(gap.data["partition"] == 0);
  CHECK(gap.data["from"] == 1);
  CHECK(gap.data["to"].get<std::uint64_t>() >= 5);
  CHECK(gap.id == "0:" + std::to_string(gap.data["to"].get<std::uint64_t>()));
  CHECK(next.data["event"]["number"] == gap.data["to"]);
  CHECK(stage.listen("/prices?after=beginning").next().name == "Price");
}

TEST_CASE("a stream that is asked for events which the log never had says so, and shows what comes") {
  Stage stage({.topic = prices(1)});
  stage.publish("a", 2);

  auto client = stage.listen("/prices", from("0:1000"));
  const auto gap = client.next();
  stage.publish("a");

  CHECK(gap.name == "gap");
  CHECK(gap.data == json{{"partition", 0}, {"from", 1000}, {"to", 2}});
  CHECK(client.next().data["event"]["number"] == 2);
}

TEST_CASE("a client that reads slowly gets every event once and in order, and is not kept in memory for") {
  http::Limits small;
  small.stream_bytes = 16u << 10;
  Stage stage({.topic = prices(1), .http = small});
  EventClient slow(stage.port(), "/prices", "", 4'096);
  auto quick = stage.listen();
  constexpr unsigned kEvents = 2'000;

  for (unsigned i = 0; i < kEvents; i += 100) stage.publish("a", 100, std::string(2'000, 'x'));
  for (unsigned i = 0; i < kEvents; ++i) REQUIRE(quick.next().data["event"]["number"] == i);

  for (unsigned i = 0; i < kEvents; ++i) REQUIRE(slow.next().data["event"]["number"] == i);
  stage.publish("a");
  CHECK(slow.next().data["event"]["number"] == kEvents);
}

TEST_CASE("streams are in /openapi.json, with who may see them and what an event is") {
  Stage stage;
  http::RawClient client(stage.port());

  const json told = json::parse(client.ask(http::get("/openapi.json")).body);

  const json& all = told["paths"]["/prices"]["get"];
  CHECK(all["operationId"] == "stream_prices");
  CHECK(all["summary"] == "Events of topic 'prices'");
  CHECK(all["tags"] == json{"Streams"});
  CHECK(all["security"] == json::array());
  CHECK(all["parameters"].size() == 2);
  CHECK(all["parameters"][0]["name"] == "after");
  CHECK(all["parameters"][1]["name"] == "Last-Event-ID");
  CHECK(all["responses"]["200"]["content"]["text/event-stream"]["schema"]["$ref"] ==
        "#/components/schemas/stream_prices_event");
  for (const char* status : {"101", "400", "429", "503", "default"}) CHECK(all["responses"].contains(status));
  CHECK_FALSE(all["responses"].contains("401"));
  const json& own = told["paths"]["/prices/mine"]["get"];
  CHECK(own["security"] == json::array({{{"bearer", json::array()}}}));
  CHECK(own["responses"].contains("401"));
  const json& schemas = told["components"]["schemas"];
  CHECK(schemas["stream_prices_event"]["properties"]["event"]["$ref"] == "#/components/schemas/Price");
  CHECK(schemas["Price"]["required"] == json{"number", "re-marked"});
  CHECK(schemas["stream_prices_of_key_event"]["anyOf"].size() == 2);
  CHECK(schemas.contains("Whisper"));
  const json& named = told["paths"]["/prices/of/{key}"]["get"];
  CHECK(named["parameters"][0]["name"] == "key");
  CHECK(named["parameters"][0]["in"] == "path");
}

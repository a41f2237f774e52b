// Nodes that stop in the middle, and start again on what they kept.
#include <future>
#include <map>
#include <set>

#include "contract/topic/stage.h"

using namespace troupe;
using namespace troupe::topic_contract;

namespace {

// 20 turns of 25 events under 5 keys from one teller, whatever happens to the nodes: under one idempotency key each.
void tell_all(Stage& stage, const std::function<void(int)>& between) {
  for (int turn = 0; turn < 20; ++turn) {
    between(turn);
    auto teller = stage.node().ref<Teller>("ann");
    teller.idempotency_key("turn-" + std::to_string(turn));
    (void)teller
        .tell([&](auto p) {
          p.setKey("key-" + std::to_string(turn % 5));
          p.setCount(25);
          p.setBatch(turn % 2 == 0);
        })
        .get(30s);
  }
}

void check_heard_once(const std::vector<Stage::Heard>& heard) {
  std::map<std::uint32_t, std::uint64_t> next;
  std::set<std::string> texts;
  for (const auto& event : heard) {
    CHECK(event.offset == next[event.partition]++);
    CHECK(texts.insert(event.text).second);
  }
  CHECK(texts.size() == 500);
}

}  // namespace

TEST_CASE("every event takes effect once although nodes stop and start while they are published and delivered") {
  on_every_stage([](Stage& stage) {
    auto group = listening("g", "ear");
    group.batch_events = 7;
    auto keyed = listening("keyed", "");
    keyed.batch_events = 7;
    stage.declare(news(), {group, keyed});

    tell_all(stage, [&](int turn) {
      if (turn % 4 == 1) stage.restart_owner(static_cast<std::size_t>(turn / 4) % stage.owners());
    });
    stage.restart_all();

    stage.wait_heard("ear", 500);
    check_heard_once(stage.heard("ear"));
    for (int i = 0; i < 5; ++i) {
      const std::string key = "key-" + std::to_string(i);
      stage.wait_heard(key, 100);
      CHECK(stage.heard_count(key) == 100);
    }
  });
}

TEST_CASE("offsets go on where they were, and a group that slept through a restart is woken") {
  on_every_stage([](Stage& stage) {
    stage.declare(news(), {listening("g", "ear")});
    stage.tell("ann", "k", 3);
    stage.wait_heard("ear", 3);
    const auto partition = topic::partition_of(news(), "k");
    stage.wait_status(news(), partition, "g", "caught_up");

    stage.restart_all();
    stage.tell("ann", "k", 1);

    stage.wait_heard("ear", 4);
    CHECK(stage.heard("ear").back().offset == 3);
  });
}

TEST_CASE("a stopped group stays stopped over a restart") {
  on_every_back_end([](Stage& stage) {
    stage.fail_at("ear", "bad");
    topic::TopicConfig topic{.name = "kept"};
    stage.declare(topic, {listening("g", "ear")});
    stage.publish(topic, "k", "bad");
    stage.publish(topic, "k", "good");
    stage.wait_status(topic, 0, "g", "stopped");

    stage.restart_all();

    CHECK(text(at_once(stage.group_status(topic, 0, "g"))->getStatus().getStatus()) == "stopped");
    CHECK(stage.heard_count("ear") == 0);
    (void)stage.client(topic).group(0, "g").skip().get();
    stage.wait_heard("ear", 1);
    CHECK(stage.heard("ear")[0].text == "good");
  });
}

// Delivery: every event's effects once at each group's subscriber, in order.
#include <map>
#include <set>

#include "contract/topic/stage.h"

using namespace troupe;
using namespace troupe::topic_contract;

TEST_CASE("every group's subscriber hears every event once, in the order of its partition") {
  on_every_stage([](Stage& stage) {
    stage.declare(news(), {listening("one", "ear-1"), listening("two", "ear-2")});
    for (int i = 0; i < 20; ++i) stage.tell("ann", "key-" + std::to_string(i % 7), 10, true);

    for (const char* ear : {"ear-1", "ear-2"}) {
      stage.wait_heard(ear, 200);

      std::map<std::uint32_t, std::uint64_t> next;
      for (const auto& event : stage.heard(ear)) CHECK(event.offset == next[event.partition]++);
      CHECK(next.size() == 3);
      CHECK(stage.heard_count(ear) == 200);
    }
    CHECK(stage.heard("ear-2")[0].group == "two");
  });
}

TEST_CASE("by event key, every key's actor hears its own events in order, and no others") {
  on_every_stage([](Stage& stage) {
    stage.declare(news(), {listening("g", "")});
    for (int i = 0; i < 12; ++i)
      for (const char* key : {"a", "b", "c", "d"}) stage.tell("ann", key, 2);

    for (const char* key : {"a", "b", "c", "d"}) {
      stage.wait_heard(key, 24);

      std::uint64_t last = 0;
      for (const auto& event : stage.heard(key)) {
        CHECK(event.key == key);
        const std::uint64_t number = std::stoull(event.text.substr(4));
        CHECK(number > last);
        last = number;
      }
      CHECK(stage.heard_count(key) == 24);
    }
  });
}

TEST_CASE("events come in batches that keep to the group's limits") {
  on_every_back_end([](Stage& stage) {
    topic::TopicConfig topic{.name = "batches"};
    auto by_count = listening("count", "ear-1");
    by_count.batch_events = 10;
    auto by_bytes = listening("bytes", "ear-2");
    by_bytes.batch_bytes = 500;
    topic::NewEvents events(topic);
    for (int i = 0; i < 100; ++i) events.add("k", "t", std::string(100, 'x'));
    stage.declare(topic);
    (void)stage.client(topic).publish(events);
    stage.publish(topic, "k", std::string(5000, 'x'));  // larger than a batch may be, and given all the same

    stage.declare(topic, {by_count, by_bytes});

    const auto batches = [&](const char* ear) {
      stage.wait_heard(ear, 101);
      return at_once(stage.node().ref<Listener>(ear).seen([](auto p) { p.setFrom(1'000'000); }).get())->getBatches();
    };
    CHECK(batches("ear-1") == 11);
    CHECK(batches("ear-2") > 33);
  });
}

TEST_CASE("a group says how far it is behind, in events and in time") {
  on_every_back_end([](Stage& stage) {
    topic::TopicConfig topic{.name = "behind"};
    stage.declare(topic, {listening("g", "ear")});
    stage.wait_status(topic, 0, "g", "caught_up");
    (void)stage.client(topic).group(0, "g").pause().get();
    for (int i = 0; i < 5; ++i) stage.publish(topic, "k", "x");

    CHECK(eventually([&] { return at_once(stage.group_status(topic, 0, "g"))->getStatus().getLagMs() > 0; }));
    auto whole = stage.client(topic).topic().status().get();

    REQUIRE(whole->getGroups().size() == 1);
    const auto group = whole->getGroups()[0];
    CHECK(group.getLagEvents() == 5);
    CHECK(text(group.getStatus()) == "paused");
    CHECK(whole->getPartitions()[0].getNext() == 5);
    CHECK(whole->getPartitions()[0].getBacklogBytes() == whole->getPartitions()[0].getBytes());
    (void)stage.client(topic).group(0, "g").resume().get();
    stage.wait_heard("ear", 5);
    stage.wait_status(topic, 0, "g", "caught_up");
    auto after = stage.group_status(topic, 0, "g");
    CHECK(after->getStatus().getLagEvents() == 0);
    CHECK(after->getStatus().getLagMs() == 0);
    CHECK(after->getStatus().getCounts().getDelivered() == 5);
  });
}

TEST_CASE("a program that fetches by itself goes on where its group has committed") {
  on_every_back_end([](Stage& stage) {
    topic::TopicConfig topic{.name = "pulled"};
    stage.declare(topic, {{.name = "program"}});
    for (int i = 0; i < 10; ++i) stage.publish(topic, "k", std::to_string(i));
    CHECK(eventually(
        [&] { return text(at_once(stage.group_status(topic, 0, "program"))->getStatus().getStatus()) == "pulls"; }));
    {
      topic::PullConsumer consumer(stage.client(topic), 0, "program");
      CHECK(at_once(consumer.fetch(4))->getEvents().size() == 4);
      consumer.commit();
      CHECK(at_once(consumer.fetch(4))->getEvents().size() == 4);  // and dies before it commits
    }

    topic::PullConsumer consumer(stage.client(topic), 0, "program");
    auto page = consumer.fetch();

    REQUIRE(page->getEvents().size() == 6);
    CHECK(page->getEvents()[0].getOffset() == 4);
    consumer.commit();
    CHECK(at_once(consumer.fetch())->getEvents().size() == 0);
    CHECK(at_once(stage.group_status(topic, 0, "program"))->getStatus().getLagEvents() == 0);
    const auto commit = [&](std::uint64_t offset) {
      return stage.client(topic).group(0, "program").commit([&](auto p) { p.setOffset(offset); }).get();
    };
    CHECK(error_of([&] { return commit(11); }).code() == "past_the_end");
    (void)commit(3);  // never goes back
    CHECK(at_once(stage.group_status(topic, 0, "program"))->getStatus().getCommitted() == 10);
  });
}

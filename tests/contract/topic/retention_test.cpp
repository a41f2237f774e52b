// What retention removes, and what a group that was too slow learns of it.
#include "contract/topic/stage.h"

using namespace troupe;
using namespace troupe::topic_contract;

namespace {

Reply<topic::TopicPartition::FetchResults> extent(Stage& stage, const topic::TopicConfig& topic) {
  return stage.client(topic).partition(0).fetch([](auto p) { p.setMaxEvents(10'000), p.setMaxBytes(8 << 20); }).get();
}

}  // namespace

TEST_CASE("events past a partition's bytes are removed, the oldest first") {
  on_every_stage([](Stage& stage) {
    topic::TopicConfig topic{.name = "small", .retention_bytes = 10'000};
    stage.declare(topic);

    for (int i = 0; i < 50; ++i) stage.publish(topic, "k", std::string(1000, 'x'));

    auto log = extent(stage, topic);
    CHECK(log->getNext() == 50);
    CHECK(log->getFirst() > 38);
    CHECK(log->getFirst() < 45);
    CHECK(log->getEvents().size() == 50 - log->getFirst());
    auto status = stage.client(topic).partition(0).status([](auto) {}).get();
    CHECK(status->getStatus().getBytes() <= 10'000);
    CHECK(status->getStatus().getBytes() > 8'000);
  });
}

TEST_CASE("events past their age are removed, also when nobody publishes") {
  on_every_back_end([](Stage& stage) {
    topic::TopicConfig topic{.name = "brief", .retention_age = 50ms};
    stage.declare(topic);
    for (int i = 0; i < 5; ++i) stage.publish(topic, "k", "x");

    CHECK(eventually([&] { return at_once(extent(stage, topic))->getFirst() == 5; }));

    CHECK(at_once(extent(stage, topic))->getNext() == 5);
    stage.publish(topic, "k", "y");
    CHECK(eventually([&] { return at_once(extent(stage, topic))->getFirst() == 6; }));
  });
}

TEST_CASE("retention that is declared anew holds for what is there") {
  on_every_back_end([](Stage& stage) {
    topic::TopicConfig topic{.name = "tightened"};
    stage.declare(topic);
    for (int i = 0; i < 20; ++i) stage.publish(topic, "k", std::string(1000, 'x'));
    CHECK(at_once(extent(stage, topic))->getFirst() == 0);

    topic.retention_bytes = 5'000;
    stage.declare(topic);

    CHECK(eventually([&] { return at_once(extent(stage, topic))->getFirst() > 14; }));
  });
}

TEST_CASE("a group that retention overtakes goes on at the oldest event, and what it lost is counted") {
  on_every_back_end([](Stage& stage) {
    topic::TopicConfig topic{.name = "overtaken", .retention_bytes = 5'000};
    stage.declare(topic, {listening("g", "ear")});
    stage.publish(topic, "k", "0");
    stage.wait_heard("ear", 1);
    stage.wait_status(topic, 0, "g", "caught_up");
    (void)stage.client(topic).group(0, "g").pause().get();
    for (int i = 1; i < 30; ++i) stage.publish(topic, "k", std::to_string(i) + std::string(1000, 'x'));
    const std::uint64_t oldest = at_once(extent(stage, topic))->getFirst();

    (void)stage.client(topic).group(0, "g").resume().get();

    stage.wait_heard("ear", 1 + 30 - oldest);
    auto status = stage.group_status(topic, 0, "g");
    CHECK(status->getStatus().getCounts().getLost() == oldest - 1);
    CHECK(status->getStatus().getCounts().getLastLossMs() > 0);
    CHECK(stage.heard("ear")[1].offset == oldest);
  });
}

TEST_CASE("a program that fetches by itself is told what retention took") {
  on_every_back_end([](Stage& stage) {
    topic::TopicConfig topic{.name = "overtaken", .retention_bytes = 5'000};
    stage.declare(topic, {{.name = "program"}});
    topic::PullConsumer consumer(stage.client(topic), 0, "program");
    for (int i = 0; i < 30; ++i) stage.publish(topic, "k", std::string(1000, 'x'));

    auto page = consumer.fetch();

    REQUIRE(page->getEvents().size() > 0);
    CHECK(consumer.lost() == page->getEvents()[0].getOffset());
    CHECK(consumer.lost() > 20);
    CHECK(consumer.next() == 30);
  });
}

// What every back end of the log promises, seen through the partition that owns it.
#include "contract/topic/stage.h"
#include "topic/event_log.h"
#include "topic/group_tags.h"
#include "topic/payload.h"

using namespace troupe;
using namespace troupe::topic_contract;

namespace {

const topic::TopicConfig kTopic{.name = "log"};

Reply<topic::TopicPartition::FetchResults> fetch(Stage& stage, std::uint64_t from, std::uint32_t events,
                                                 std::uint32_t bytes = 1 << 20) {
  return stage.client(kTopic)
      .partition(0)
      .fetch([&](auto p) { p.setFrom(from), p.setMaxEvents(events), p.setMaxBytes(bytes); })
      .get();
}

}  // namespace

TEST_CASE("offsets are dense, positions add up and times never go back") {
  on_every_stage([](Stage& stage) {
    stage.declare(kTopic);
    for (int i = 0; i < 20; ++i) {
      topic::NewEvents events(kTopic);
      for (int j = 0; j <= i % 3; ++j) events.add("key", "Type", std::string(static_cast<std::size_t>(i), 'x'));
      (void)stage.client(kTopic).publish(events);
    }

    auto page = fetch(stage, 0, 1000);

    CHECK(page->getEvents().size() == page->getNext());
    std::uint64_t offset = 0, position = 0, time = 0;
    for (const auto event : page->getEvents()) {
      CHECK(event.getOffset() == offset++);
      CHECK(event.getPosition() == position);
      CHECK(event.getTimeMs() >= time);
      CHECK(event.getPublishedMs() > 0);
      CHECK(text(event.getKey()) == "key");
      CHECK(text(event.getType()) == "Type");
      position += topic::event_bytes(event);
      time = event.getTimeMs();
    }
    CHECK(page->getNextPosition() == position);
  });
}

TEST_CASE("a page begins where it is asked to and keeps to its limits, but is never empty before the end") {
  on_every_back_end([](Stage& stage) {
    stage.declare(kTopic);
    topic::NewEvents events(kTopic);
    for (int i = 0; i < 600; ++i) events.add("k", "t", std::string(1000, static_cast<char>('a' + i % 26)));
    (void)stage.client(kTopic).publish(events);

    CHECK(at_once(fetch(stage, 0, 0))->getEvents().size() == 0);
    CHECK(at_once(fetch(stage, 590, 100))->getEvents().size() == 10);
    CHECK(at_once(fetch(stage, 600, 100))->getEvents().size() == 0);
    CHECK(at_once(fetch(stage, 700, 100))->getEvents().size() == 0);
    CHECK(at_once(fetch(stage, 17, 500))->getEvents().size() == 500);
    CHECK(at_once(fetch(stage, 17, 500, 10'000))->getEvents().size() == 9);
    auto one = fetch(stage, 17, 500, 1);
    REQUIRE(one->getEvents().size() == 1);
    CHECK(one->getEvents()[0].getOffset() == 17);
    CHECK(one->getEvents()[0].getPayload().size() == 1000);
    CHECK(one->getEvents()[0].getPayload()[0] == 'a' + 17);
  });
}

TEST_CASE("the first event of a time is found") {
  on_every_back_end([](Stage& stage) {
    stage.declare(kTopic);
    for (int i = 0; i < 30; ++i) stage.publish(kTopic, "k", "x");
    auto page = fetch(stage, 0, 100);
    const auto find = [&](std::uint64_t time) {
      return stage.client(kTopic).partition(0).find([&](auto p) { p.setTimeMs(time); }).get()->getOffset();
    };

    for (const auto event : page->getEvents()) {
      const auto found = find(event.getTimeMs());
      CHECK(found <= event.getOffset());
      CHECK(page->getEvents()[static_cast<unsigned>(found)].getTimeMs() == event.getTimeMs());
      if (found > 0) CHECK(page->getEvents()[static_cast<unsigned>(found) - 1].getTimeMs() < event.getTimeMs());
    }
    CHECK(find(0) == 0);
    CHECK(find(~std::uint64_t{0}) == 30);
  });
}

TEST_CASE("a struct comes out as it went in, and a reader that takes it for another is told") {
  on_every_back_end([](Stage& stage) {
    stage.declare(kTopic);
    (void)stage.client(kTopic).publish(topic::NewEvents(kTopic).add<Greeting>("k", [](auto event) {
      event.setText("hello");
      event.setNumber(42);
    }));

    auto page = fetch(stage, 0, 10);

    const auto event = page->getEvents()[0];
    CHECK(text(event.getType()) == "Greeting");
    const topic::Payload<Greeting> greeting(event);
    CHECK(text(greeting->getText()) == "hello");
    CHECK(greeting->getNumber() == 42);
    CHECK(error_of([&] { return troupe::at_once(topic::Payload<Seen>(event))->getOffset(); }).kind() ==
          ErrorKind::invalid);
    capnp::MallocMessageBuilder broken;
    auto copy = broken.initRoot<topic::Event>();
    copy.setSchema(capnp::typeId<Greeting>());
    copy.initPayload(3);
    CHECK(error_of([&] { return troupe::at_once(topic::Payload<Greeting>(copy.asReader()))->getNumber(); }).kind() ==
          ErrorKind::corrupt);
  });
}

TEST_CASE("the tag of a group's message reads back, and rubbish does not") {
  const topic::Tag tag{.kind = topic::Tag::Kind::single, .epoch = 7, .first = 1'234'567'890'123, .events = 256};

  const topic::Tag read = topic::parse_tag(topic::text_of(tag));

  CHECK(read.kind == tag.kind);
  CHECK(read.epoch == tag.epoch);
  CHECK(read.first == tag.first);
  CHECK(read.events == tag.events);
  for (const char* rubbish : {"", "p", "p1", "p1:2", "p1:2:", "px:2:3"})
    CHECK(error_of([&] { return topic::parse_tag(rubbish).epoch; }).kind() == ErrorKind::corrupt);
}

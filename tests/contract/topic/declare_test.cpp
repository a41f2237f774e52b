// What a topic can be declared to be, and what it can become.
#include "contract/topic/stage.h"
#include "topic/limits.h"

using namespace troupe;
using namespace troupe::topic_contract;

namespace {

Error refused(Stage& stage, const topic::TopicConfig& topic, std::vector<topic::GroupConfig> groups = {}) {
  return error_of([&] {
    stage.declare(topic, std::move(groups));
    return 0;
  });
}

}  // namespace

TEST_CASE("a topic may gain partitions, and never loses any") {
  on_every_stage([](Stage& stage) {
    topic::TopicConfig topic{.name = "grows", .partitions = 2};
    stage.declare(topic, {listening("g", "ear")});
    stage.wait_status(topic, 0, "g", "caught_up");
    topic.partitions = 1;
    CHECK(refused(stage, topic).code() == "partitions_shrink");

    topic.partitions = 4;
    stage.declare(topic, {listening("g", "ear")});

    topic::NewEvents events(topic);
    for (int i = 0; i < 40; ++i) events.add("key-" + std::to_string(i), "Bytes", "x");
    CHECK(stage.client(topic).publish(events).size() == 4);
    stage.wait_heard("ear", 40);
  });
}

TEST_CASE("declaring the same again changes nothing") {
  on_every_back_end([](Stage& stage) {
    stage.declare(news(), {listening("g", "ear")});

    stage.declare(news(), {listening("g", "ear")});
    stage.declare(news());

    auto described = stage.client().topic().describe().get();
    CHECK(described->getGeneration() == 1);
    CHECK(described->getGroups().size() == 1);
    CHECK(described->getOptions().getPartitions() == 3);
  });
}

TEST_CASE("a group that names what cannot take events is refused") {
  on_every_back_end([](Stage& stage) {
    const auto with_method = [](const char* method) {
      auto group = listening("g", "ear");
      group.method = method;
      return group;
    };
    auto nowhere = listening("g", "ear");
    nowhere.service = "Nobody";

    CHECK(refused(stage, news(), {with_method("noSuch")}).code() == "no_such_method");
    CHECK(refused(stage, news(), {with_method("notForEvents")}).code() == "not_for_events");
    CHECK(refused(stage, news(), {with_method("readOnlyEvents")}).code() == "not_for_events");
    CHECK(refused(stage, news(), {nowhere}).kind() == ErrorKind::not_found);
    CHECK(at_once(stage.client().topic().describe().get())->getGeneration() == 0);
  });
}

TEST_CASE("a configuration that is wrong is named before anything is sent") {
  topic::Topics topics;
  topics.add({.name = "good"});
  const auto kind = [&](const topic::TopicConfig& topic, std::vector<topic::GroupConfig> groups = {}) {
    return error_of([&] {
             topics.add(topic, std::move(groups));
             return 0;
           })
        .kind();
  };

  CHECK(kind({.name = ""}) == ErrorKind::invalid);
  CHECK(kind({.name = "with/slash"}) == ErrorKind::invalid);
  CHECK(kind({.name = std::string(65, 'n')}) == ErrorKind::invalid);
  CHECK(kind({.name = "t", .partitions = 0}) == ErrorKind::invalid);
  CHECK(kind({.name = "t", .partitions = topic::limits::kMaxPartitions + 1}) == ErrorKind::invalid);
  CHECK(kind({.name = "t", .retention_age = -1ms}) == ErrorKind::invalid);
  CHECK(kind({.name = "good"}) == ErrorKind::invalid);
  CHECK(kind({.name = "t"}, {{.name = "with space"}}) == ErrorKind::invalid);
  CHECK(kind({.name = "t"}, {{.name = "g", .service = "S"}}) == ErrorKind::invalid);
  CHECK(kind({.name = "t"}, {{.name = "g", .batch_events = 0}}) == ErrorKind::invalid);
  CHECK(kind({.name = "t"}, {{.name = "g", .batch_bytes = 1u << 30}}) == ErrorKind::invalid);
  CHECK(kind({.name = "t"}, {{.name = "g"}, {.name = "g"}}) == ErrorKind::invalid);
}

TEST_CASE("the partition of a key never changes") {
  const topic::TopicConfig topic{.name = "t", .partitions = 16};

  CHECK(topic::partition_of(topic, "order-1") == topic::partition_of({.name = "other", .partitions = 16}, "order-1"));
  std::string partitions;
  for (const char* key : {"a", "b", "order-1", "order-2", "sku-17", ""})
    partitions += std::to_string(topic::partition_of(topic, key)) + " ";
  CHECK(partitions == "13 12 13 10 12 15 ");
}

// What happens to events that their subscriber fails at.
#include "contract/topic/stage.h"

using namespace troupe;
using namespace troupe::topic_contract;

namespace {

const topic::TopicConfig kPoisoned{.name = "poisoned"};

topic::GroupConfig group(topic::GroupConfig::OnPoison policy, const std::string& listener = "ear") {
  auto config = listening("g", listener);
  config.on_poison = policy;
  return config;
}

// Ten events; the listener fails at number four.
void poison(Stage& stage, const topic::GroupConfig& group, const std::string& how = "refuse") {
  stage.fail_at("ear", "4", how);
  stage.declare(kPoisoned);
  topic::NewEvents events(kPoisoned);
  for (int i = 0; i < 10; ++i) events.add("ear", "Bytes", std::to_string(i));
  (void)stage.client(kPoisoned).publish(events);
  stage.declare(kPoisoned, {group});
}

std::string texts(const Stage& stage, const std::string& listener = "ear") {
  std::string all;
  for (const auto& event : stage.heard(listener)) all += event.text;
  return all;
}

}  // namespace

TEST_CASE("a group stops at an event its subscriber fails at alone: all before it done, nothing after") {
  on_every_stage([](Stage& stage) {
    poison(stage, group(topic::GroupConfig::OnPoison::stop));

    stage.wait_status(kPoisoned, 0, "g", "stopped");

    CHECK(texts(stage) == "0123");
    auto status = stage.group_status(kPoisoned, 0, "g");
    CHECK(status->getStatus().getPoisonedOffset() == 4);
    CHECK(status->getStatus().getLagEvents() == 10);
    CHECK(text(status->getStatus().getStoppedBy()).find("the listener dislikes 4") != std::string::npos);
  });
}

TEST_CASE("a stopped group that resumes tries its event again, and goes on when that works") {
  on_every_back_end([](Stage& stage) {
    poison(stage, group(topic::GroupConfig::OnPoison::stop));
    stage.wait_status(kPoisoned, 0, "g", "stopped");
    (void)stage.client(kPoisoned).group(0, "g").resume().get();
    stage.wait_status(kPoisoned, 0, "g", "stopped");
    CHECK(texts(stage) == "0123");

    stage.fail_at("ear", "");
    (void)stage.client(kPoisoned).group(0, "g").resume().get();

    stage.wait_status(kPoisoned, 0, "g", "caught_up");
    CHECK(texts(stage) == "0123456789");
  });
}

TEST_CASE("a stopped group that is told to skip leaves the event out, and counts it") {
  on_every_back_end([](Stage& stage) {
    poison(stage, group(topic::GroupConfig::OnPoison::stop));
    stage.wait_status(kPoisoned, 0, "g", "stopped");

    CHECK(stage.client(kPoisoned).group(0, "g").skip().get()->getOffset() == 4);

    stage.wait_status(kPoisoned, 0, "g", "caught_up");
    CHECK(texts(stage) == "012356789");
    CHECK(at_once(stage.group_status(kPoisoned, 0, "g"))->getStatus().getCounts().getSkipped() == 1);
    CHECK(error_of([&] { return stage.client(kPoisoned).group(0, "g").skip().get(); }).code() == "nothing_to_skip");
  });
}

TEST_CASE("a group that sets events aside goes on, and keeps them to be retried or dropped") {
  on_every_stage([](Stage& stage) {
    poison(stage, group(topic::GroupConfig::OnPoison::set_aside));

    stage.wait_status(kPoisoned, 0, "g", "caught_up");

    CHECK(texts(stage) == "012356789");
    const auto handle = stage.client(kPoisoned).group(0, "g");
    auto dead = handle.deadEvents([](auto) {}).get();
    REQUIRE(dead->getEvents().size() == 1);
    CHECK(dead->getEvents()[0].getEvent().getOffset() == 4);
    CHECK(text(dead->getEvents()[0].getError()).find("the listener dislikes 4") != std::string::npos);
    (void)handle.retryDead([](auto p) { p.setOffset(4); }).get();  // fails again
    CHECK(eventually([&] { return !at_once(handle.deadEvents([](auto) {}).get())->getEvents()[0].getRetrying(); }));
    stage.fail_at("ear", "");
    (void)handle.retryDead([](auto p) { p.setOffset(4); }).get();
    CHECK(eventually([&] { return at_once(handle.status().get())->getStatus().getDeadEvents() == 0; }));
    CHECK(texts(stage) == "0123567894");
    CHECK(error_of([&] { return handle.retryDead([](auto p) { p.setOffset(4); }).get(); }).code() == "no_such_event");
  });
}

TEST_CASE("an event that was set aside can be dropped") {
  on_every_back_end([](Stage& stage) {
    poison(stage, group(topic::GroupConfig::OnPoison::set_aside));
    stage.wait_status(kPoisoned, 0, "g", "caught_up");
    const auto handle = stage.client(kPoisoned).group(0, "g");

    (void)handle.dropDead([](auto p) { p.setOffset(4); }).get();

    CHECK(at_once(handle.deadEvents([](auto) {}).get())->getEvents().size() == 0);
    CHECK(error_of([&] { return handle.dropDead([](auto p) { p.setOffset(4); }).get(); }).code() == "no_such_event");
    CHECK(at_once(handle.status().get())->getStatus().getCounts().getSetAside() == 1);
  });
}

TEST_CASE("a subscriber that crashes is tried again, and then its event is poisoned") {
  on_every_back_end([](Stage& stage) {
    poison(stage, group(topic::GroupConfig::OnPoison::set_aside), "crash");

    stage.wait_status(kPoisoned, 0, "g", "caught_up");

    CHECK(texts(stage) == "012356789");
    CHECK(at_once(stage.group_status(kPoisoned, 0, "g"))->getStatus().getDeadEvents() == 1);
  });
}

TEST_CASE("by event key, a poisoned event holds up its own key's events, and those of its round go on") {
  on_every_back_end([](Stage& stage) {
    stage.fail_at("ear", "4");
    stage.declare(kPoisoned);
    topic::NewEvents events(kPoisoned);
    for (int i = 0; i < 10; ++i) events.add(i % 2 == 0 ? "ear" : "odd-ear", "Bytes", std::to_string(i));
    (void)stage.client(kPoisoned).publish(events);

    stage.declare(kPoisoned, {group(topic::GroupConfig::OnPoison::stop, "")});

    stage.wait_status(kPoisoned, 0, "g", "stopped");
    CHECK(texts(stage) == "02");
    CHECK(texts(stage, "odd-ear") == "13579");
    (void)stage.client(kPoisoned).group(0, "g").skip().get();
    stage.wait_status(kPoisoned, 0, "g", "caught_up");
    CHECK(texts(stage) == "0268");
    CHECK(texts(stage, "odd-ear") == "13579");
  });
}

TEST_CASE("a stopped group that seeks goes on from there") {
  on_every_back_end([](Stage& stage) {
    poison(stage, group(topic::GroupConfig::OnPoison::stop));
    stage.wait_status(kPoisoned, 0, "g", "stopped");

    (void)stage.client(kPoisoned).group(0, "g").seek([](auto p) { p.initTo().setOffset(8); }).get();

    stage.wait_status(kPoisoned, 0, "g", "caught_up");
    CHECK(texts(stage) == "012389");
  });
}

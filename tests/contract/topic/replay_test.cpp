// Where groups begin, and where they are told to go.
#include "contract/topic/stage.h"

using namespace troupe;
using namespace troupe::topic_contract;

namespace {

const topic::TopicConfig kReplayed{.name = "replayed"};

template <class Fill>
std::uint64_t seek(Stage& stage, Fill&& fill) {
  return stage.client(kReplayed).group(0, "g").seek([&](auto p) { fill(p.initTo()); }).get()->getOffset();
}

}  // namespace

TEST_CASE("a group replays from an offset, from a time and from the beginning, and goes to the end") {
  on_every_stage([](Stage& stage) {
    stage.declare(kReplayed, {listening("g", "ear"), listening("other", "other-ear")});
    for (int i = 0; i < 10; ++i) stage.publish(kReplayed, "k", std::to_string(i));
    stage.wait_heard("ear", 10);
    auto all =
        stage.client(kReplayed).partition(0).fetch([](auto p) { p.setMaxEvents(100), p.setMaxBytes(1 << 20); }).get();
    const std::uint64_t time = all->getEvents()[8].getTimeMs();
    std::uint64_t at_time = 8;
    while (at_time > 0 && all->getEvents()[static_cast<unsigned>(at_time) - 1].getTimeMs() == time) --at_time;

    CHECK(seek(stage, [](auto to) { to.setOffset(7); }) == 7);
    stage.wait_heard("ear", 13);
    CHECK(seek(stage, [&](auto to) { to.setTimeMs(time); }) == at_time);
    stage.wait_heard("ear", 13 + 10 - at_time);
    CHECK(seek(stage, [](auto to) { to.setBeginning(); }) == 0);
    stage.wait_heard("ear", 33 - at_time);
    CHECK(seek(stage, [](auto to) { to.setEnd(); }) == 10);
    stage.publish(kReplayed, "k", "last");

    stage.wait_heard("ear", 34 - at_time);
    stage.wait_heard("other-ear", 11);
    const auto heard = stage.heard("ear");
    CHECK(heard.back().text == "last");
    CHECK(heard[10].text == "7");
    CHECK(stage.heard_count("other-ear") == 11);  // groups do not know of each other
    const Error past = error_of([&] { return seek(stage, [](auto to) { to.setOffset(12); }); });
    CHECK(past.code() == "past_the_end");
  });
}

TEST_CASE("a new group begins where it is declared to") {
  on_every_back_end([](Stage& stage) {
    stage.declare(kReplayed);
    for (int i = 0; i < 5; ++i) stage.publish(kReplayed, "k", std::to_string(i));
    auto late = listening("late", "late-ear");
    late.start = topic::GroupConfig::Start::end;

    stage.declare(kReplayed, {listening("g", "ear"), late});
    stage.wait_status(kReplayed, 0, "late", "caught_up");
    stage.publish(kReplayed, "k", "5");

    stage.wait_heard("ear", 6);
    stage.wait_heard("late-ear", 1);
    CHECK(stage.heard("late-ear")[0].text == "5");
  });
}

TEST_CASE("a group that is dropped begins anew when it is declared again") {
  on_every_back_end([](Stage& stage) {
    stage.declare(kReplayed, {listening("g", "ear")});
    stage.publish(kReplayed, "k", "0");
    stage.wait_heard("ear", 1);
    stage.wait_status(kReplayed, 0, "g", "caught_up");

    (void)stage.client(kReplayed).topic().dropGroup([](auto p) { p.setGroup("g"); }).get();
    CHECK(eventually([&] {
      try {
        return at_once(stage.group_status(kReplayed, 0, "g"))->getStatus().getCommitted() == 0;
      } catch (const Error& e) {  // it was being erased
        if (e.kind() != ErrorKind::unavailable) throw;
        return false;
      }
    }));
    stage.publish(kReplayed, "k", "1");
    stage.declare(kReplayed, {listening("g", "ear")});

    stage.wait_heard("ear", 3);
    CHECK(stage.heard("ear")[1].text == "0");
    CHECK(error_of([&] {
            return stage.client(kReplayed).topic().dropGroup([](auto p) { p.setGroup("nobody"); }).get();
          }).code() == "no_such_group");
  });
}

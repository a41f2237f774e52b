// The reminder clock under a wall clock that the test sets: nothing early, nothing lost, and limits on what it holds.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "actor/reminder_listing.h"
#include "actor/reminder_rows.h"
#include "base/limits.h"
#include "contract/cast.h"
#include "contract/sleeper.h"
#include "core_node.h"
#include "troupe/testing.h"

using namespace troupe;
using namespace troupe::contract;
using testing::eventually;
using namespace std::chrono_literals;

namespace {

// Deadlines and timers pass by themselves; the wall clock stands until it is set.
class SetClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return system_clock().now(); }
  TimePoint exact_now() const noexcept override { return system_clock().exact_now(); }
  std::uint64_t wall_ms() const noexcept override { return wall_ms_.load(); }
  void set(std::uint64_t wall_ms) noexcept { wall_ms_ = wall_ms; }

 private:
  std::atomic<std::uint64_t> wall_ms_{1'767'225'600'000};
};

class NodeOfSleepers {
 public:
  NodeOfSleepers() { start(); }

  void start(bool with_sleepers = true) {
    node_.host_nothing();
    node_.host<Account>(make_account);
    node_.host<Latch>(make_latch);
    if (with_sleepers) node_.host<Sleeper>(make_sleeper);
    node_.start();
  }
  void stop() { node_.stop(); }

  template <class Interface>
  [[nodiscard]] Ref<Interface> ref(const std::string& key) {
    return node_.ref<Interface>(key);
  }
  void remind_in(const std::string& sleeper, const std::string& name, std::chrono::milliseconds delay) {
    (void)ref<Sleeper>(sleeper).remindIn([&](auto p) { p.setName(name), p.setMilliseconds(delay.count()); }).get();
  }
  void remind_every(const std::string& sleeper, const std::string& name, std::chrono::milliseconds period) {
    (void)ref<Sleeper>(sleeper).remindEvery([&](auto p) { p.setName(name), p.setMilliseconds(period.count()); }).get();
  }
  void remind_many(const std::string& sleeper, const std::string& name, std::uint32_t count,
                   std::chrono::milliseconds delay) {
    (void)ref<Sleeper>(sleeper)
        .remindMany([&](auto p) { p.setName(name), p.setCount(count), p.setMilliseconds(delay.count()); })
        .get();
  }
  [[nodiscard]] std::uint64_t count(const std::string& sleeper) {
    return at_once(ref<Sleeper>(sleeper).rings().get())->getCount();
  }
  void be_lenient(const std::string& sleeper) { (void)ref<Sleeper>(sleeper).beLenient().get(); }

  // The wall clock, and the clock's notice of it.
  void pass(std::chrono::milliseconds time) {
    clock_.set(clock_.wall_ms() + static_cast<std::uint64_t>(time.count()));
    node_.running().reminders()->look();
  }
  [[nodiscard]] std::uint64_t fired() { return node_.running().reminders()->fired(); }
  // What was due at the last look has been handed over by then.
  [[nodiscard]] RemindersView view() { return node_.running().reminders()->view(10); }
  [[nodiscard]] store::Store& store() { return *node_.running().store(); }
  [[nodiscard]] std::uint64_t wall_ms() const { return clock_.wall_ms(); }

  std::atomic<int> errors{0};

 private:
  SetClock clock_;
  testing::CoreNode node_{clock_,
                          {.delivery = {.tries = 3, .backoff = 5ms, .max_backoff = 20ms},
                           .log = [this](const LogLine& line) { errors += line.level == LogLevel::error; }}};
};

// Nothing has been handed over, nor would be by a look.
bool at_rest(NodeOfSleepers& node) {
  node.pass(0ms);
  const auto view = node.view();
  return view.under_way == 0 && view.fired == 0 && view.due == 0;
}

}  // namespace

TEST_CASE("a reminder runs when the wall clock says so, to the millisecond, and not before") {
  NodeOfSleepers node;
  node.remind_in("s", "tea", 1h);
  CHECK(at_rest(node));
  CHECK(node.view().next_due_ms == node.wall_ms() + 3'600'000);

  node.pass(1h - 1ms);
  CHECK(at_rest(node));
  node.pass(1ms);

  CHECK(eventually([&] { return node.fired() == 1; }));
  CHECK(node.count("s") == 1);
  CHECK(node.view().next_due_ms == 0);
}

TEST_CASE("a wall clock that is set back makes no reminder early") {
  NodeOfSleepers node;
  node.remind_in("s", "far", 1h);
  node.pass(30min);
  CHECK(at_rest(node));  // the look has ended: it goes by the time at which it began
  node.pass(-2h);
  node.remind_in("s", "near", 1h);
  node.pass(1h - 1ms);
  CHECK(at_rest(node));

  node.pass(1ms);
  CHECK(eventually([&] { return node.fired() == 1; }));
  node.pass(90min);

  CHECK(eventually([&] { return node.fired() == 2; }));
  CHECK(node.count("s") == 2);
}

TEST_CASE("reminders set for times before what was read are run, and those of one moment all are") {
  NodeOfSleepers node;
  node.remind_many("s", "first", 150, 10ms);
  node.pass(10ms);
  REQUIRE(eventually([&] { return node.fired() == 150; }));

  node.remind_many("s", "second", 150, 0ms);
  node.remind_many("s", "third", 150, -1h);

  CHECK(eventually([&] { return node.fired() == 450; }));
  CHECK(node.count("s") == 450);
  CHECK(node.view().due == 0);
}

TEST_CASE("what a periodic reminder missed is one run, and the next is counted from when it was due") {
  NodeOfSleepers node;
  node.remind_every("s", "tick", 10s);
  const auto set_at = node.wall_ms();

  node.pass(35s);

  REQUIRE(eventually([&] { return node.fired() == 1; }));
  CHECK(node.count("s") == 1);
  CHECK(eventually([&] { return node.view().next_due_ms == set_at + 40'000; }));
  node.pass(5s);
  CHECK(eventually([&] { return node.count("s") == 2; }));
}

TEST_CASE("a hundred thousand reminders wait in the store alone, and each runs once") {
  constexpr std::uint32_t kSleepers = 100, kEach = 1000;
  NodeOfSleepers node;
  for (std::uint32_t i = 0; i < kSleepers; ++i) node.remind_many("s" + std::to_string(i), "r", kEach, 1h);
  CHECK(at_rest(node));

  SUBCASE("in one life") {}
  SUBCASE("across a restart") {
    node.stop();
    node.start();
    CHECK(at_rest(node));
  }
  node.pass(1h);

  CHECK(eventually([&] { return node.fired() == kSleepers * kEach; }, 60s));
  std::uint64_t rung = 0;
  for (std::uint32_t i = 0; i < kSleepers; ++i) rung += node.count("s" + std::to_string(i));
  CHECK(rung == kSleepers * kEach);
  CHECK(node.view().due == 0);
}

TEST_CASE("a reminder set again for the same time after it ran is another, and its calls are made again") {
  NodeOfSleepers node;
  node.be_lenient("s");
  node.remind_in("s", "add", 0ms);
  REQUIRE(eventually([&] { return node.fired() == 1; }));

  node.remind_in("s", "add", 0ms);

  REQUIRE(eventually([&] { return node.fired() == 2; }));
  CHECK(node.ref<Account>("rung").balance().get()->getBalance() == 2);
}

TEST_CASE("on_reminder may set the reminder again for the very same time") {
  NodeOfSleepers node;

  node.remind_in("s", "at once", 0ms);

  CHECK(eventually([&] { return node.fired() == 3; }));
  CHECK(node.count("s") == 3);
  CHECK(node.view().due == 0);
}

TEST_CASE("a reminder that fails is shown with its error, said once in the log, and tried without end") {
  NodeOfSleepers node;
  node.remind_in("s", "fail", 0ms);

  REQUIRE(eventually([&] {
    const auto view = node.view();
    return view.failing == 1 && view.worst.size() == 1 && view.worst[0].tries >= 6;
  }));
  const auto worst = node.view().worst.at(0);
  CHECK(worst.actor == "Sleeper/s");
  CHECK(worst.name == "fail");
  CHECK(worst.last_error.find("nobody was lenient") != std::string::npos);
  CHECK(node.errors == 1);
  CHECK(node.view().due == 1);
  node.be_lenient("s");

  CHECK(eventually([&] { return node.fired() == 1; }));
  CHECK(node.view().failing == 0);
  CHECK(node.count("s") == 1);
}

TEST_CASE("a failing reminder that is cancelled is forgotten") {
  NodeOfSleepers node;
  node.remind_in("s", "fail", 0ms);
  REQUIRE(eventually([&] { return node.view().failing == 1; }));

  (void)node.ref<Sleeper>("s").cancel([](auto p) { p.setName("fail"); }).get();

  CHECK(eventually([&] { return node.view().failing == 0; }));
  CHECK(node.count("s") == 0);
}

TEST_CASE("more failing reminders than are remembered one by one hold up no others, and none is lost") {
  constexpr std::uint32_t kSleepers = 12, kEach = 1000;
  static_assert(kSleepers * kEach > limits::kFailingReminders);
  NodeOfSleepers node;
  for (std::uint32_t i = 0; i < kSleepers; ++i) node.remind_many("s" + std::to_string(i), "fail", kEach, 0ms);
  REQUIRE(eventually([&] { return node.view().failing == limits::kFailingReminders; }, 60s));

  node.remind_in("healthy", "fine", 0ms);
  CHECK(eventually([&] { return node.count("healthy") == 1; }));
  CHECK(eventually([&] { return node.view().left_behind; }));
  for (std::uint32_t i = 0; i < kSleepers; ++i) node.be_lenient("s" + std::to_string(i));

  CHECK(eventually([&] { return node.fired() == kSleepers * kEach + 1; }, 60s));
  CHECK(node.view().failing == 0);
  CHECK(node.view().due == 0);
}

TEST_CASE("a slow actor holds up no other partition's reminders") {
  NodeOfSleepers node;
  node.remind_many("slow", "wait", 2000, 0ms);
  REQUIRE(eventually([&] { return node.ref<Latch>("rung").arrived().get()->getCount() == 1; }));
  CHECK(node.view().under_way <= limits::kRemindersUnderWayPerPartition);

  node.remind_in("quick", "fine", 0ms);
  CHECK(eventually([&] { return node.count("quick") == 1; }));
  (void)node.ref<Latch>("rung").open().get();

  CHECK(eventually([&] { return node.fired() == 2001; }, 60s));
  CHECK(node.count("slow") == 2000);
}

TEST_CASE("reminders of a service that is not hosted stay, are counted, and run when it is back") {
  NodeOfSleepers node;
  node.remind_many("s", "r", 100, 1h);
  node.stop();
  node.errors = 0;
  node.start(false);
  node.pass(1h);

  CHECK(eventually([&] { return node.view().not_hosted == 100; }));
  CHECK(node.errors == 1);
  CHECK(node.view().due == 100);
  node.stop();
  node.start();

  CHECK(eventually([&] { return node.count("s") == 100; }));
  CHECK(node.view().due == 0);
}

TEST_CASE("a row of a reminder that nobody has by name is taken away, and runs nothing") {
  NodeOfSleepers node;
  class Row final : public store::Commit {
   public:
    void durable() noexcept override { delete this; }
    void failed(const Error&) noexcept override { delete this; }
  };
  const auto& service = ServiceOf<Sleeper>::info();
  auto* row = new Row;
  row->partition = partition_of(service.id, "s");
  row->epoch = kFirstEpoch;
  row->writes.push_back({actor::due_key({row->partition, service.id, "s"}, 1, "nobody's"), actor::due_row(1)});
  row->writes.push_back(
      {actor::due_prefix(row->partition, 2), store::value_of({})});  // and one that is no reminder's at all
  node.store().commits().submit(row);
  node.remind_in("s", "fine", -1h);

  CHECK(eventually([&] { return node.count("s") == 1; }));
  node.stop();
  node.start();

  CHECK(eventually([&] { return node.view().due == 1; }));
  CHECK(eventually([&] { return node.view().not_hosted == 1; }));
  CHECK(node.count("s") == 1);
}

TEST_CASE("reminders are listed by actor, and of all actors by time") {
  NodeOfSleepers node;
  node.remind_every("b", "tick", 20s);
  node.remind_in("a", "late", 30s);
  node.remind_in("a", "early", 10s);
  const auto now = node.wall_ms();
  const auto& service = ServiceOf<Sleeper>::info();

  const auto of_a = actor::reminders_of(node.store(), {partition_of(service.id, "a"), service.id, "a"}, 10).value();
  REQUIRE(of_a.size() == 2);
  CHECK(of_a[0].name == "early");
  CHECK(of_a[1].due_ms == now + 30'000);
  CHECK(
      actor::reminders_of(node.store(), {partition_of(service.id, "a"), service.id, "a"}, 10, "early").value().size() ==
      1);

  const auto all = actor::reminders_by_time(node.store(), 10).value();
  REQUIRE(all.size() == 3);
  CHECK(all[0].name == "early");
  CHECK(all[1].key == "b");
  CHECK(all[1].period_ms == 20'000);
  CHECK(all[2].name == "late");
  CHECK(actor::reminders_by_time(node.store(), 1).value().size() == 1);
  CHECK(actor::reminders_by_time(node.store(), 10, now + 20'000).value().size() == 2);
}

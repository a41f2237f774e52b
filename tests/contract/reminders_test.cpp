// Reminders: set with a turn's commit, run when they are due and not before, once, whoever dies meanwhile.
#include <doctest/doctest.h>
#include <time.h>

#include <algorithm>

#include "contract/distance.h"
#include "contract/impatient.h"
#include "contract/sleeper.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

// The wall clock that nodes go by: it lags behind others by up to its grain.
std::uint64_t wall_ms() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME_COARSE, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1000 + static_cast<std::uint64_t>(t.tv_nsec) / 1'000'000;
}

struct Sleeping {
  explicit Sleeping(const Distance& distance, const std::string& key = "s") : ref(distance.node().ref<Sleeper>(key)) {}

  void remind_in(const std::string& name, std::int64_t milliseconds, const std::string& ending = "") const {
    (void)ref.remindIn([&](auto p) { p.setName(name), p.setMilliseconds(milliseconds), p.setEnding(ending); }).get();
  }
  void remind_every(const std::string& name, std::int64_t milliseconds) const {
    (void)ref.remindEvery([&](auto p) { p.setName(name), p.setMilliseconds(milliseconds); }).get();
  }
  void cancel(const std::string& name) const {
    (void)ref.cancel([&](auto p) { p.setName(name); }).get();
  }
  [[nodiscard]] std::uint64_t count() const { return at_once(ref.rings().get())->getCount(); }
  [[nodiscard]] std::vector<std::string> rung() const {
    std::vector<std::string> names;
    auto reply = ref.rings().get();
    for (auto ring : reply->getRings()) names.push_back(text(ring.getName()));
    return names;
  }
  // Everything that was due before has rung when a reminder that is set now has.
  [[nodiscard]] bool wait_for_the_rest(const std::string& last) const {
    remind_in(last, 1);
    return eventually([&] {
      const auto names = rung();
      return std::find(names.begin(), names.end(), last) != names.end();
    });
  }

  Ref<Sleeper> ref;
};

using Names = std::vector<std::string>;

}  // namespace

AT_EVERY_DISTANCE("a reminder runs once, and not before it is due") {
  const Sleeping sleeping(distance);
  const auto set_at = wall_ms();

  sleeping.remind_in("tea", 30);

  REQUIRE(eventually([&] { return sleeping.count() > 0; }));
  CHECK(at_once(sleeping.ref.rings().get())->getRings()[0].getAtMs() >= set_at + 30);
  CHECK(sleeping.wait_for_the_rest("last"));
  CHECK(sleeping.rung() == Names{"tea", "last"});
}

AT_EVERY_DISTANCE("reminders run in the order of time, whatever the order they were set in") {
  const Sleeping sleeping(distance);
  Names rung;

  // What was set in less than a gap is due in the order that is meant; a busy machine gets longer ones.
  std::int64_t took = 0;
  std::int64_t gap_ms = 20;
  for (unsigned rounds = 1; rounds == 1 || took >= gap_ms; ++rounds) {
    gap_ms *= 2;
    const auto began = wall_ms();
    sleeping.remind_in("third", 3 * gap_ms);
    sleeping.remind_in("first", gap_ms);
    sleeping.remind_in("second", 2 * gap_ms);
    took = static_cast<std::int64_t>(wall_ms() - began);
    REQUIRE(eventually([&] { return sleeping.count() == 3 * rounds; }));
    rung = sleeping.rung();
  }

  rung.erase(rung.begin(), rung.end() - 3);
  CHECK(rung == Names{"first", "second", "third"});
}

AT_EVERY_DISTANCE("a reminder set again replaces the one of that name, and a cancelled one never runs") {
  const Sleeping sleeping(distance);
  sleeping.remind_in("moved", 50);
  sleeping.remind_in("moved", 3'600'000);
  sleeping.remind_in("dropped", 50);
  sleeping.cancel("dropped");
  sleeping.cancel("never set");
  sleeping.remind_in("sooner", 3'600'000);
  sleeping.remind_in("sooner", 60);

  REQUIRE(eventually([&] { return sleeping.count() > 0; }));

  CHECK(sleeping.wait_for_the_rest("last"));
  CHECK(sleeping.rung() == Names{"sooner", "last"});
}

AT_EVERY_DISTANCE("a periodic reminder runs again and again until it is cancelled") {
  const Sleeping sleeping(distance);
  const auto set_at = wall_ms();

  sleeping.remind_every("tick", 5);

  REQUIRE(eventually([&] { return sleeping.count() >= 5; }));
  sleeping.cancel("tick");
  auto reply = sleeping.ref.rings().get();
  for (unsigned i = 0; i < reply->getRings().size(); ++i) CHECK(reply->getRings()[i].getAtMs() >= set_at + 5 * (i + 1));
  const auto ticks = sleeping.count();
  CHECK(sleeping.wait_for_the_rest("last"));
  CHECK(sleeping.count() == ticks + 1);
}

AT_EVERY_DISTANCE("a turn that ends badly sets no reminder") {
  const Sleeping sleeping(distance);
  for (const std::string ending : {"refuse", "crash"}) {
    (void)error_of([&] {
      sleeping.remind_in("never", 1, ending);
      return 0;
    });
  }

  CHECK(sleeping.wait_for_the_rest("last"));
  CHECK(sleeping.rung() == Names{"last"});
}

AT_EVERY_DISTANCE("on_reminder may set the reminder again, and cancel it and others") {
  const Sleeping sleeping(distance);
  sleeping.remind_in("again", 1);
  REQUIRE(eventually([&] { return sleeping.count() == 3; }));

  sleeping.remind_in("other", 3'600'000);
  sleeping.remind_every("cancel", 1);

  CHECK(sleeping.wait_for_the_rest("last"));
  CHECK(sleeping.rung() == Names{"again", "again", "again", "cancel", "last"});
}

AT_EVERY_DISTANCE("a reminder is an error outside its limits, in readOnly methods, and with no period") {
  const Sleeping sleeping(distance);
  const auto kind_of = [&](auto&& call) { return error_of([&] { return call(), 0; }).kind(); };

  CHECK(kind_of([&] { sleeping.remind_in("", 1); }) == ErrorKind::invalid);
  CHECK(kind_of([&] { sleeping.remind_in(std::string(65, 'n'), 1); }) == ErrorKind::invalid);
  CHECK(kind_of([&] { sleeping.cancel(""); }) == ErrorKind::invalid);
  CHECK(kind_of([&] { sleeping.remind_every("tick", 0); }) == ErrorKind::invalid);
  CHECK(kind_of([&] { (void)sleeping.ref.remindReadOnly().get(); }) == ErrorKind::invalid);

  sleeping.remind_in(std::string(64, 'n'), -5);
  CHECK(eventually([&] { return sleeping.rung() == Names{std::string(64, 'n')}; }));
}

AT_EVERY_DISTANCE("an erased actor has no reminders") {
  const Sleeping sleeping(distance);
  sleeping.remind_in("never", 50);
  sleeping.remind_every("nor this", 50);

  (void)sleeping.ref.eraseAll().get();
  sleeping.remind_in("later", 70);

  REQUIRE(eventually([&] { return sleeping.count() > 0; }));
  CHECK(sleeping.wait_for_the_rest("last"));
  CHECK(sleeping.rung() == Names{"later", "last"});
}

TEST_CASE("a reminder whose turn fails or crashes is run again, and takes effect once") {
  at_every_distance(
      [](Distance& distance) {
        const Sleeping sleeping(distance);
        sleeping.remind_in("fail", 1);
        sleeping.remind_in("crash", 1);
        sleeping.remind_in("fine", 5);
        REQUIRE(eventually([&] { return sleeping.count() == 1; }));
        CHECK(sleeping.rung() == Names{"fine"});

        (void)sleeping.ref.beLenient().get();

        REQUIRE(eventually([&] { return sleeping.count() == 3; }));
        CHECK(sleeping.wait_for_the_rest("last"));
        CHECK(sleeping.count() == 4);
      },
      be_impatient);
}

TEST_CASE("a reminder that is run again repeats none of the calls it had made") {
  at_every_distance(
      [](Distance& distance) {
        const Sleeping sleeping(distance);
        sleeping.remind_in("add", 1);
        REQUIRE(eventually([&] { return distance.balance("rung") == 1; }));

        (void)sleeping.ref.beLenient().get();

        REQUIRE(eventually([&] { return sleeping.count() == 1; }));
        CHECK(distance.balance("rung") == 1);
      },
      be_impatient);
}

TEST_CASE("reminders survive their node's death, and run when it is back") {
  Distance distance(Length::processes);
  const Sleeping sleeping(distance);
  sleeping.remind_in("once", 40);
  sleeping.remind_in("far", 3'600'000);
  distance.kill_owner();
  // Due while nobody is there.
  const auto due = wall_ms() + 45;
  while (wall_ms() < due) std::this_thread::yield();

  distance.start_owner();

  REQUIRE(eventually([&] { return sleeping.count() > 0; }));
  CHECK(sleeping.wait_for_the_rest("last"));
  CHECK(sleeping.rung() == Names{"once", "last"});
}

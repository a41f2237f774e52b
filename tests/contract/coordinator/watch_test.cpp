// Watching.
#include <atomic>
#include <thread>

#include "contract/coordinator/ground.h"

namespace troupe::coordinator_test {

AT_EVERY_COORDINATOR("a watch tells every change of its prefix after its version, in order, each once") {
  const auto coordinator = ground.open(), writer = ground.open();
  const Version before = put(*writer, "w/old", "0");
  Version first = put(*writer, "w/a", "1");
  Listener listener;

  const auto watch = coordinator->watch("w/", before, listener);
  (void)put(*writer, "other", "x");
  const Version second = put(*writer, "w/a", "2");
  const Version third = erase(*writer, "w/a");

  REQUIRE(listener.hears(3));
  const auto heard = listener.heard();
  REQUIRE(heard.size() == 3);
  CHECK(heard[0].key == "w/a");
  CHECK(heard[0].value == "1");
  CHECK(heard[0].version == first);
  CHECK(heard[1].value == "2");
  CHECK(heard[1].version == second);
  CHECK(heard[2].key == "w/a");
  CHECK_FALSE(heard[2].value);
  CHECK(heard[2].version == third);
}

AT_EVERY_COORDINATOR("the changes of a transaction come in one call, and those of two in two") {
  const auto coordinator = ground.open();
  Listener listener;
  const auto watch = coordinator->watch("w/", put(*coordinator, "a", ""), listener);

  REQUIRE(
      coordinator
          ->commit({.conditions = {},
                    .writes = {{"w/3", std::string(kMaxValueBytes, 'x')}, {"other", "x"}, {"w/1", "y"}, {"w/2", ""}}},
                   kPatience)
          .value()
          .applied);
  (void)put(*coordinator, "w/4", "z");

  REQUIRE(listener.hears(4));
  CHECK(listener.calls() == std::vector<std::size_t>{3, 1});
  CHECK(listener.heard()[2].value == "");
}

AT_EVERY_COORDINATOR("a watch of the empty prefix tells of all, and one of no possible key of nothing") {
  const auto coordinator = ground.open();
  Listener all, none;
  const Version start = put(*coordinator, "a", "");
  const auto watch = coordinator->watch("", start, all);
  const auto nothing = coordinator->watch("a b", start, none);
  const auto long_one = coordinator->watch(std::string(kMaxKeyBytes + 1, 'k'), start, none);

  (void)put(*coordinator, "~", "1");
  (void)put(*coordinator, "!", "2");

  CHECK(all.hears(2));
  CHECK(none.heard().empty());
  CHECK(none.lost().empty());
}

AT_EVERY_COORDINATOR("many watchers hear what many writers write, none of it twice or out of order") {
  constexpr int kWriters = 3, kEach = 25;
  const auto coordinator = ground.open();
  const Version start = put(*coordinator, "a", "");
  Listener listeners[3];
  std::vector<std::unique_ptr<Watch>> watches;
  for (Listener& listener : listeners) watches.push_back(coordinator->watch("w/", start, listener));
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i)
    writers.emplace_back([&, i] {
      const auto own = ground.open();
      for (int n = 0; n < kEach; ++n)
        (void)own->commit({.conditions = {}, .writes = {{"w/" + std::to_string(i), std::to_string(n)}}}, kPatience)
            .value();
    });
  for (auto& writer : writers) writer.join();

  for (Listener& listener : listeners) {
    REQUIRE(listener.hears(kWriters * kEach));
    Version last = start;
    int next[kWriters] = {};
    for (const Change& change : listener.heard()) {
      CHECK(change.version > last);
      last = change.version;
      CHECK(change.value == std::to_string(next[change.key.back() - '0']++));
    }
  }
}

AT_EVERY_COORDINATOR("a watch that ended tells nothing more, and another goes on where it was") {
  const auto coordinator = ground.open();
  Listener first, second;
  auto watch = coordinator->watch("w/", put(*coordinator, "a", ""), first);
  const Version one = put(*coordinator, "w/1", "");
  REQUIRE(first.hears(1));

  watch.reset();
  (void)put(*coordinator, "w/2", "");
  watch = coordinator->watch("w/", one, second);
  (void)put(*coordinator, "w/3", "");

  REQUIRE(second.hears(2));
  CHECK(second.heard()[0].key == "w/2");
  CHECK(second.heard()[1].key == "w/3");
  CHECK(first.heard().size() == 1);
}

AT_EVERY_COORDINATOR("a watch from a version that has not been is lost: the coordinator was restored") {
  const auto coordinator = ground.open();
  const Version last = put(*coordinator, "a", "");
  Listener listener, at_the_end;

  const auto watch = coordinator->watch("w/", last + 1000, listener);
  const auto ending = coordinator->watch("w/", ~Version{0} >> 1, at_the_end);

  CHECK(listener.loses());
  CHECK(at_the_end.loses());
  CHECK(listener.lost().find("read the records anew") != std::string::npos);
}

AT_EVERY_COORDINATOR("the end of a watch waits for the call that is under way") {
  struct Slow final : Watcher {
    std::atomic<bool> in{false}, out{false};
    void on_changes(std::span<const Change>) noexcept override {
      in = true;
      std::this_thread::sleep_for(50ms);
      out = true;
    }
    void on_lost(const Error&) noexcept override {}
  } slow;
  const auto coordinator = ground.open();
  auto watch = coordinator->watch("w/", put(*coordinator, "a", ""), slow);
  (void)put(*coordinator, "w/1", "");
  REQUIRE(eventually([&] { return slow.in.load(); }));

  watch.reset();

  CHECK(slow.out);
}

}  // namespace troupe::coordinator_test

// What belongs to a partition besides its actors' calls: messages, reminders, erasures, monitors, children of a tree.
#include <doctest/doctest.h>
#include <troupe/supervision.h>

#include <atomic>

#include "contract/sentry.h"
#include "contract/sleeper.h"
#include "reached_node.h"

using namespace troupe;
using namespace troupe::contract;
using namespace troupe::partition;

namespace {

void close(Partition& partition) { REQUIRE(partition.close(10s).ok()); }

std::uint32_t entries(Node& node, const std::string& ledger) {
  return at_once(node.ref<Ledger>(ledger).entries().get())->getAmounts().size();
}

std::uint64_t rings(Node& node, const std::string& sleeper) {
  return at_once(node.ref<Sleeper>(sleeper).rings().get())->getCount();
}

}  // namespace

TEST_CASE("messages of a partition that is closed wait in the store, and go out once when it opens, answers too") {
  const ReachedNode reached;
  Node& node = reached.node();
  const std::string poster = key_in<Poster>(1), ledger = key_in<Ledger>(2);
  Partition &senders = reached.partition(1), &receivers = reached.partition(2);
  close(receivers);
  (void)node.ref<Poster>(poster)
      .ask([&](auto p) {
        p.setTo(ledger);
        auto amounts = p.initAmounts(3);
        for (unsigned i = 0; i < 3; ++i) amounts.set(i, i + 1);
      })
      .get();
  close(senders);
  reopen(receivers);
  std::this_thread::sleep_for(100ms);
  CHECK(entries(node, ledger) <= 1);  // the one that had come to it; the courier of the others is away
  CHECK(reached.parts().courier()->totals().waiting == 0);

  reopen(senders);
  CHECK(eventually([&] { return at_once(node.ref<Poster>(poster).answers().get())->getAnswers().size() == 3; }));
  CHECK(entries(node, ledger) == 3);
  CHECK(eventually([&] { return reached.parts().courier()->totals().waiting == 0; }));
  close(senders);
  reopen(senders);
  std::this_thread::sleep_for(50ms);
  CHECK(entries(node, ledger) == 3);
  CHECK(at_once(node.ref<Poster>(poster).answers().get())->getAnswers().size() == 3);
}

TEST_CASE("a reminder that comes due while its partition is closed rings once when it opens") {
  const ReachedNode reached;
  Node& node = reached.node();
  const std::string sleeper = key_in<Sleeper>(3);
  Partition& partition = reached.partition(3);
  (void)node.ref<Sleeper>(sleeper).remindIn([](auto p) { p.setName("r"), p.setMilliseconds(50); }).get();
  close(partition);
  std::this_thread::sleep_for(150ms);
  CHECK(reached.parts().reminders()->fired() == 0);
  reopen(partition);
  CHECK(eventually([&] { return rings(node, sleeper) == 1; }));

  // One that fails is tried again by whoever leads the partition, and not by who led it.
  (void)node.ref<Sleeper>(sleeper).remindIn([](auto p) { p.setName("fail"), p.setMilliseconds(1); }).get();
  REQUIRE(eventually([&] { return reached.parts().reminders()->view(1).failing == 1; }));
  close(partition);
  CHECK(reached.parts().reminders()->view(1).failing == 0);
  CHECK(reached.parts().reminders()->view(1).under_way == 0);
  reopen(partition);
  (void)node.ref<Sleeper>(sleeper).beLenient().get();
  CHECK(eventually([&] { return rings(node, sleeper) == 2; }));
  CHECK(eventually([&] { return reached.parts().reminders()->view(1).failing == 0; }));
  CHECK(reached.parts().reminders()->fired() == 2);
}

TEST_CASE("an erasure that a closing partition interrupts is ended when it opens, before anybody sees the actor") {
  const ReachedNode reached;
  Node& node = reached.node();
  const std::string sleeper = key_in<Sleeper>(4);
  Partition& partition = reached.partition(4);
  for (int part = 0; part < 8; ++part) {
    (void)node.ref<Sleeper>(sleeper)
        .remindMany([&](auto p) {
          p.setName("part-" + std::to_string(part) + "-");
          p.setCount(1'000);
          p.setMilliseconds(3'600'000);
        })
        .get();
  }
  auto erasing = node.ref<Sleeper>(sleeper).eraseAll().future();
  close(partition);  // somewhere in the middle, or before or after it
  reopen(partition);
  try {
    (void)erasing.get();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(error.may_have_run());
  }
  CHECK(rings(node, sleeper) == 0);
  const auto range = store::kind_range(4, store::KeyKind::reminder_name);
  CHECK(eventually([&] { return reached.parts().store()->read_range(range, 1).value().empty(); }));
}

TEST_CASE("who watches an actor hears that it stopped when its partition closes, and may watch it again") {
  const ReachedNode reached;
  Node& node = reached.node();
  const std::string watched = key_in<Sentry>(5), watcher = key_in<Sentry>(6);
  const auto watch = [&] {
    (void)node.ref<Sentry>(watched).touch().get();
    (void)node.ref<Sentry>(watcher).watch([&](auto p) { p.setActor("Sentry/" + watched); }).get();
  };
  const auto heard = [&](unsigned times) {
    return eventually([&] {
      auto downs = node.ref<Sentry>(watcher).downs().get();
      if (downs->getDowns().size() != times) return false;
      return text(downs->getDowns()[times - 1]) == "Sentry/" + watched + " stopped";
    });
  };
  for (unsigned round = 1; round <= 2; ++round) {
    watch();
    close(reached.partition(5));
    CHECK(heard(round));
    reopen(reached.partition(5));
  }
  CHECK(node.ref<Sentry>(watched).touch().get()->getTimes() == 1);
}

namespace {

std::atomic<int> made{0}, ended{0};

class Kept final : public FragileActor {
  void on_activate() override { ++made; }
  void on_passivate() noexcept override { ++ended; }
  Task<> touch(TouchParams::Reader, TouchResults::Builder) override { co_return; }
};

// A node whose tree keeps one actor.
struct Keeping {
  Keeping() {
    made = ended = 0;
    reached.node().host<Kept>();
    Supervision tree;
    tree.children.push_back(ChildSpec{.id = "kept", .start = actor_start<Fragile>("f")});
    reached.node().supervise(tree);
    reached.node().start();
  }
  ReachedNode reached{NodeConfig{.threads = 2}};
};

}  // namespace

TEST_CASE("a child of a supervision tree stops with its partition, and runs again at once when that opens") {
  const Keeping keeping;
  const ReachedNode& reached = keeping.reached;
  Partition& partition = reached.partition_of_actor<Fragile>("f");
  REQUIRE(made == 1);
  for (int round = 1; round <= 2; ++round) {
    close(partition);
    CHECK(ended == round);
    reopen(partition);
    CHECK(eventually([&] { return made == 1 + round; }));
    (void)reached.node().ref<Fragile>("f").touch().get();
  }
  const auto counts = reached.node().supervision().count_children("");
  CHECK(counts.active == 1);
  CHECK(made == 3);
}

TEST_CASE("a child of a tree that is restarted while its partition is closed runs when that opens") {
  const Keeping keeping;
  const ReachedNode& reached = keeping.reached;
  Partition& partition = reached.partition_of_actor<Fragile>("f");
  close(partition);
  reached.node().supervision().terminate_child("", "kept");
  reached.node().supervision().restart_child("", "kept");
  CHECK(made == 1);
  reopen(partition);
  CHECK(eventually([&] { return made == 2; }));
  close(partition);
  reached.node().supervision().terminate_child("", "kept");
  reopen(partition);
  std::this_thread::sleep_for(30ms);
  CHECK(made == 2);  // nobody wants it
}

// Monitors and links of one actor: what it hears, what it tells others, and what is forgotten.
#include "actor/watches.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "unit/wire/call_fixture.h"
#include "wire/monitor_request.h"

using namespace troupe;
using namespace troupe::actor;

namespace {

// Keeps what goes to other actors.
class KeepingSink final : public wire::CallSink {
 public:
  KeepingSink() : CallSink(origin_) {}
  void deliver(wire::EnvelopePtr call) noexcept override { sent.push_back(std::move(call)); }
  void deliver_watched(wire::EnvelopePtr call) noexcept override { deliver(std::move(call)); }

  std::vector<wire::EnvelopePtr> sent;

 private:
  wire::CallOrigin origin_{system_clock(), std::chrono::seconds(10), 1};
};

// "Stock/a", which watches and is watched, and others.
struct WatchesOfOne {
  wire::AddressPtr address(const std::string& key) {
    return make_counted<wire::Address>(sink, testing::stock_service(), 0x5eed, key, PartitionId{1});
  }
  ~WatchesOfOne() {
    for (auto& call : sink.sent) call->reply_to = nullptr;
  }
  std::uint64_t watch(const wire::AddressPtr& target, bool linked = false) {
    return watches.watch(target.get(), linked, home);
  }
  // The call that watches goes down, and its watcher hears.
  std::optional<Watches::News> goes_down(std::size_t call, DownReason reason) {
    wire::answer(sink.sent.at(call), wire::down_error(reason, "why"));
    return watches.answered(*sink.sent.at(call));
  }
  // Another actor watches this one.
  wire::EnvelopePtr watched_by(const std::string& watcher, bool linked = false) {
    auto call = make_counted<wire::Envelope>();
    call->target = self;
    call->method = wire::kNoMethod;
    call->id = {9, ++last};
    call->delivery = std::make_unique<wire::Delivery>(wire::MonitorRequest{.linked = linked, .watcher = watcher});
    watches.add_watcher(call);
    return call;
  }
  std::optional<Watches::News> leaves(const wire::EnvelopePtr& watcher, DownReason reason = {}) {
    return watches.watcher_left(wire::end_of_watch(self, watcher->id, {.watcher_down = reason, .why = "why"}));
  }

  KeepingSink sink;
  Ptr<testing::Home> home = make_counted<testing::Home>();
  std::uint64_t last = 0;
  wire::AddressPtr self = address("a"), other = address("b");
  Watches watches{*self};
};

bool is_end_of(const wire::Envelope& end, const wire::Envelope& watch) {
  return end.id == watch.id && !wire::watch_of(end)->begins;
}

}  // namespace

TEST_CASE("an actor hears once that one it monitors went down, and crashes with none") {
  WatchesOfOne actor;
  const auto monitor = actor.watch(actor.other);
  REQUIRE(actor.sink.sent.size() == 1);
  CHECK(actor.watches.monitors() == 1);

  const auto news = actor.goes_down(0, DownReason::crashed);
  REQUIRE(news);
  CHECK(news->down.monitor == monitor);
  CHECK(news->down.actor == "Stock/b");
  CHECK(news->down.reason == DownReason::crashed);
  CHECK_FALSE(news->crashes);
  CHECK_FALSE(actor.watches.answered(*actor.sink.sent[0]));
  CHECK(actor.watches.monitors() == 0);
}

TEST_CASE("an actor crashes with the one it is linked to, unless it traps links or that one ended in order") {
  for (const bool traps : {false, true}) {
    for (const auto reason : {DownReason::crashed, DownReason::node_lost, DownReason::stopped, DownReason::erased}) {
      CAPTURE(to_string(reason));
      const bool failed = reason == DownReason::crashed || reason == DownReason::node_lost;
      WatchesOfOne actor;
      actor.watches.trap_links(traps);
      (void)actor.watch(actor.other, true);
      const auto as_watcher = actor.goes_down(0, reason);
      const auto as_watched = actor.leaves(actor.watched_by("Stock/c", true), reason);

      for (const auto* news : {&as_watcher, &as_watched}) {
        REQUIRE(news->has_value() == (traps || failed));
        if (!*news) continue;
        CHECK((*news)->down.linked());
        CHECK((*news)->down.reason == reason);
        CHECK((*news)->crashes == !traps);
      }
    }
  }
}

TEST_CASE("nothing is heard of a watch that was taken back, and the other side lets go of it") {
  WatchesOfOne actor;
  const auto monitor = actor.watch(actor.other);

  actor.watches.unwatch(monitor);
  CHECK(actor.watches.monitors() == 0);
  REQUIRE(actor.sink.sent.size() == 2);
  CHECK(is_end_of(*actor.sink.sent[1], *actor.sink.sent[0]));
  CHECK_FALSE(actor.goes_down(0, DownReason::crashed));
  actor.watches.unwatch(monitor);
  CHECK(actor.sink.sent.size() == 2);
}

TEST_CASE("two actors are linked once, from whichever side") {
  WatchesOfOne actor;
  actor.watches.link(actor.other.get(), actor.home);
  actor.watches.link(actor.other.get(), actor.home);
  CHECK(actor.watches.monitors() == 1);

  const auto from_c = actor.watched_by("Stock/c", true);
  const auto c = actor.address("c"), d = actor.address("d");
  (void)actor.watched_by("Stock/d", false);
  actor.watches.link(c.get(), actor.home);
  CHECK(actor.watches.monitors() == 1);
  actor.watches.link(d.get(), actor.home);  // a monitor is no link
  CHECK(actor.watches.monitors() == 2);
}

TEST_CASE("a link that is taken back ends on both sides, and monitors stay") {
  WatchesOfOne actor;
  (void)actor.watch(actor.other, false);
  (void)actor.watch(actor.other, true);
  const auto linked = actor.watched_by("Stock/b", true), monitors = actor.watched_by("Stock/b", false);

  actor.watches.unlink(actor.other.get());
  CHECK(actor.watches.monitors() == 1);
  CHECK(actor.watches.watchers() == 1);
  REQUIRE(actor.sink.sent.size() == 3);
  CHECK(is_end_of(*actor.sink.sent[2], *actor.sink.sent[1]));
  CHECK(linked->error->code() == "unlinked");
  CHECK_FALSE(monitors->settled());
}

TEST_CASE("the end of a link that the other side took back is no news") {
  WatchesOfOne actor;
  (void)actor.watch(actor.other, true);
  wire::answer(actor.sink.sent[0], Error(ErrorKind::unavailable, "unlinked", "Stock/b unlinked"));

  CHECK_FALSE(actor.watches.answered(*actor.sink.sent[0]));
  CHECK(actor.watches.monitors() == 0);
}

TEST_CASE("a watcher that goes is let go of, and concerns the actor only if they are linked") {
  WatchesOfOne actor;
  const auto monitors = actor.watched_by("Stock/b"), linked = actor.watched_by("Stock/c", true);
  CHECK_FALSE(actor.leaves(monitors, DownReason::crashed));
  CHECK_FALSE(actor.leaves(linked));  // it only unlinks
  CHECK(actor.watches.watchers() == 0);

  CHECK_FALSE(actor.leaves(linked, DownReason::crashed));  // known no more
}

TEST_CASE("an actor that goes down tells both sides of every watch, and traps links no more") {
  WatchesOfOne actor;
  actor.watches.trap_links(true);
  (void)actor.watch(actor.other, true);
  const auto watcher = actor.watched_by("Stock/c");

  actor.watches.go_down(DownReason::crashed, "a handler threw");
  REQUIRE(watcher->error);
  CHECK(wire::down_reason(*watcher->error) == DownReason::crashed);
  CHECK(watcher->error->message() == "a handler threw");
  REQUIRE(actor.sink.sent.size() == 2);
  CHECK(is_end_of(*actor.sink.sent[1], *actor.sink.sent[0]));
  CHECK(wire::watch_of(*actor.sink.sent[1])->watcher_down == DownReason::crashed);
  CHECK(actor.watches.monitors() + actor.watches.watchers() == 0);

  (void)actor.watch(actor.other, true);
  CHECK(actor.goes_down(2, DownReason::crashed)->crashes);
}

TEST_CASE("an actor has as many monitors and as many watchers as the limits say") {
  WatchesOfOne actor;
  for (std::size_t i = 0; i < limits::kMaxMonitors; ++i) (void)actor.watch(actor.other);
  for (std::size_t i = 0; i < limits::kMaxWatchers; ++i) (void)actor.watched_by("Stock/b");
  CHECK(actor.watches.monitors() == limits::kMaxMonitors);
  CHECK(actor.watches.watchers() == limits::kMaxWatchers);

  CHECK_THROWS_AS((void)actor.watch(actor.other), Error);
  const auto refused = actor.watched_by("Stock/b");
  REQUIRE(refused->error);
  CHECK(wire::down_reason(*refused->error) == DownReason::unwatched);
  CHECK(actor.watches.watchers() == limits::kMaxWatchers);
}

TEST_CASE("an actor watches neither itself nor nobody") {
  WatchesOfOne actor;
  CHECK_THROWS_AS((void)actor.watch(actor.self), Error);
  CHECK_THROWS_AS((void)actor.watch({}), Error);
  CHECK(actor.sink.sent.empty());
}

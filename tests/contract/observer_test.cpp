// What observers are told: of each turn its begin and its end with the outcome, of commits, of links and their traffic.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>

#include "base/observer.h"
#include "contract/distance.h"
#include "contract/tracer.h"
#include "contract/waiter.h"
#include "host/test_hooks.h"
#include "testing/manual_clock.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

// Notes all that it is told, in order.
class Notes final : public Observer {
 public:
  struct Turn {
    std::string what;  // "Account/a.add"
    std::string trace;
    std::optional<TurnEnd> end;
    int begins = 0;
    int ends = 0;
  };
  struct Link {
    int ups = 0, downs = 0;
    LinkTraffic sum;
  };

  void on_turn_begin(const TurnInfo& turn) noexcept override {
    const std::lock_guard lock(mutex_);
    order_.push_back("begin " + name(turn));
    Turn& it = of(turn);
    ++it.begins;
  }
  void on_turn_end(const TurnInfo& turn, const TurnEnd& end) noexcept override {
    const std::lock_guard lock(mutex_);
    order_.push_back(std::string(to_string(end.outcome)) + " " + name(turn));
    Turn& it = of(turn);
    ++it.ends;
    it.end = end;
    it.trace = text(turn.trace);
  }
  void on_commit(const CommitInfo& commit) noexcept override {
    const std::lock_guard lock(mutex_);
    commits_.push_back(commit);
  }
  void on_link_up(std::string_view peer) noexcept override {
    const std::lock_guard lock(mutex_);
    ++links_[std::string(peer)].ups;
  }
  void on_link_down(std::string_view peer, std::string_view) noexcept override {
    const std::lock_guard lock(mutex_);
    ++links_[std::string(peer)].downs;
  }
  void on_link_traffic(std::string_view peer, const LinkTraffic& traffic) noexcept override {
    const std::lock_guard lock(mutex_);
    LinkTraffic& sum = links_[std::string(peer)].sum;
    sum.frames_in += traffic.frames_in;
    sum.bytes_in += traffic.bytes_in;
    sum.frames_out += traffic.frames_out;
    sum.bytes_out += traffic.bytes_out;
  }

  [[nodiscard]] std::vector<std::string> order() const {
    const std::lock_guard lock(mutex_);
    return order_;
  }
  [[nodiscard]] std::vector<Turn> turns(const std::string& what) const {
    const std::lock_guard lock(mutex_);
    std::vector<Turn> out;
    for (const auto& [key, turn] : turns_)
      if (turn.what == what) out.push_back(turn);
    return out;
  }
  // Of the one turn of that name, once it has ended.
  [[nodiscard]] TurnEnd end_of(const std::string& what) const {
    REQUIRE(eventually([&] {
      const auto all = turns(what);
      return all.size() == 1 && all[0].end;
    }));
    CHECK(turns(what)[0].begins == 1);
    CHECK(turns(what)[0].ends == 1);
    return *turns(what)[0].end;
  }
  [[nodiscard]] std::vector<CommitInfo> commits() const {
    const std::lock_guard lock(mutex_);
    return commits_;
  }
  [[nodiscard]] Link link(const std::string& peer) const {
    const std::lock_guard lock(mutex_);
    const auto found = links_.find(peer);
    return found == links_.end() ? Link{} : found->second;
  }

 private:
  static std::string name(const TurnInfo& turn) {
    return std::string(turn.service) + "/" + std::string(turn.key) + "." + std::string(turn.method);
  }
  Turn& of(const TurnInfo& turn) {
    Turn& it = turns_[{turn.activation, turn.serial}];
    it.what = name(turn);
    return it;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> order_;
  std::map<std::pair<const void*, std::uint64_t>, Turn> turns_;
  std::vector<CommitInfo> commits_;
  std::map<std::string, Link> links_;
};

std::shared_ptr<const host::TestHooks> told_to(std::vector<Observer*> observers, const Clock* clock = &system_clock()) {
  auto hooks = std::make_shared<host::TestHooks>();
  hooks->clock = clock;
  hooks->observers = std::move(observers);
  return hooks;
}

struct Observed {
  explicit Observed(std::vector<Observer*> more = {}, const Clock* clock = &system_clock())
      : node(config(std::move(more), clock)) {
    host_cast(node);
    node.start();
  }
  [[nodiscard]] Ref<Account> account(const std::string& key) { return node.ref<Account>(key); }

  testing::ScratchDirectory directory;
  Notes notes;
  Node node;

 private:
  NodeConfig config(std::vector<Observer*> observers, const Clock* clock) {
    observers.insert(observers.begin(), &notes);
    return {.name = "solo",
            .data_dir = directory / "solo",
            .threads = 2,
            .watch = {.slow_turn = 20ms, .blocked_thread = 0ms, .stalled_workers = 0ms, .stuck_commits = 0ms},
            .test_hooks = told_to(std::move(observers), clock)};
  }
};

Error ending(Observed& it, const char* how) {
  return error_of([&] { return it.account(how).addThen([&](auto p) { p.setAmount(1), p.setEnding(how); }).get(); });
}

}  // namespace

TEST_CASE("a turn is told of when it begins and when it ends, with what became of it") {
  Observed it;
  (void)it.account("a").add([](auto p) { p.setAmount(1); }).get();
  (void)it.account("b").balance().get();
  for (const char* how : {"refuse", "error", "crash", "throw"}) (void)ending(it, how);

  CHECK(it.notes.end_of("Account/a.add").outcome == TurnOutcome::answered);
  CHECK(it.notes.end_of("Account/a.add").edited);
  CHECK(it.notes.end_of("Account/b.balance").outcome == TurnOutcome::answered);
  CHECK(!it.notes.end_of("Account/b.balance").edited);
  CHECK(it.notes.end_of("Account/refuse.addThen").outcome == TurnOutcome::refused);
  CHECK(it.notes.end_of("Account/refuse.addThen").edited);
  CHECK(it.notes.end_of("Account/error.addThen").outcome == TurnOutcome::failed);
  CHECK(it.notes.end_of("Account/crash.addThen").outcome == TurnOutcome::crashed);
  CHECK(it.notes.end_of("Account/throw.addThen").outcome == TurnOutcome::crashed);
  const auto order = it.notes.order();
  REQUIRE(order.size() == 12);
  CHECK(order[0] == "begin Account/a.add");
  CHECK(order[1] == "answered Account/a.add");
  CHECK(order[10] == "begin Account/throw.addThen");
  CHECK(order[11] == "crashed Account/throw.addThen");
}

TEST_CASE("a turn that is ended from outside is told of as that, whoever ends it") {
  Observed it;
  auto waits = it.node.ref<Waiter>("given up").wait();
  REQUIRE(eventually([&] { return it.notes.turns("Waiter/given up.wait").size() == 1; }));
  waits.cancel();
  CHECK(it.notes.end_of("Waiter/given up.wait").outcome == TurnOutcome::ended);

  auto stops = it.node.ref<Waiter>("stopped").wait().future();
  REQUIRE(eventually([&] { return it.notes.turns("Waiter/stopped.wait").size() == 1; }));
  it.node.stop(10ms);
  CHECK(it.notes.end_of("Waiter/stopped.wait").outcome == TurnOutcome::ended);
}

TEST_CASE("a turn's times are those it waited for its begin, and those until it ended") {
  const auto clock = std::make_shared<testing::ManualClock>();
  Observed it({}, clock.get());
  auto first = it.node.ref<Waiter>("a").hold([](auto p) { p.setGate("times"); }).future();
  REQUIRE(eventually([&] { return it.notes.order().size() == 1; }));
  auto second = it.node.ref<Waiter>("a").hold([](auto p) { p.setGate("times"); }).future();

  clock->advance(40ms);
  open_gate("times");
  first.get();
  second.get();

  std::map<std::chrono::nanoseconds, std::chrono::nanoseconds> ran_by_wait;
  for (const auto& turn : it.notes.turns("Waiter/a.hold")) ran_by_wait.emplace(turn.end->waited, turn.end->ran);
  CHECK(ran_by_wait == std::map<std::chrono::nanoseconds, std::chrono::nanoseconds>{{0ms, 40ms}, {40ms, 0ms}});
}

TEST_CASE("a turn is told of with the trace of its call, and a reminder's with the one it was set in") {
  Observed it;
  TraceContext trace;
  trace.trace_id.fill(7);
  trace.span_id.fill(8);
  {
    const TraceScope scope(trace);
    (void)it.node.ref<Tracer>("a").remindIn([](auto p) { p.setMilliseconds(1); }).get();
  }

  CHECK(it.notes.end_of("Tracer/a.(reminder)").outcome == TurnOutcome::answered);
  CHECK(it.notes.turns("Tracer/a.(reminder)")[0].trace == text(&trace));
  CHECK(it.notes.turns("Tracer/a.remindIn")[0].trace == text(&trace));
}

TEST_CASE("each write set that is on disk is told of once, with what it wrote") {
  Observed it;
  for (int n = 0; n < 3; ++n) (void)it.account("a").add([](auto p) { p.setAmount(1); }).get();
  (void)it.account("a").balance().get();
  (void)ending(it, "refuse");
  it.node.stop(5s);

  const auto commits = it.notes.commits();
  REQUIRE(commits.size() == 3);
  for (const CommitInfo& commit : commits) {
    CHECK(commit.partition == commits[0].partition);
    CHECK(commit.records == 1);
    CHECK(commit.bytes > 20);
    CHECK(commit.bytes < 1000);
    CHECK(commit.took.count() > 0);
    CHECK(commit.took < 60s);
  }
}

TEST_CASE("links are told of, up and down, and their traffic adds up on both sides") {
  testing::ScratchDirectory directory;
  Notes one_notes, two_notes;
  const std::vector<Member> members{{.name = "one", .port = testing::free_port()},
                                    {.name = "two", .port = testing::free_port(), .client = true}};
  const auto start = [&](const std::string& name, Notes& notes) {
    auto node = std::make_unique<Node>(NodeConfig{
        .name = name, .data_dir = directory / name, .members = members, .threads = 1, .test_hooks = told_to({&notes})});
    host_cast(*node);
    node->start();
    return node;
  };
  auto one = start("one", one_notes);
  auto two = start("two", two_notes);
  REQUIRE(two->wait_connected(10s));

  for (int n = 0; n < 10; ++n) (void)two->ref<Account>("a").add([](auto p) { p.setAmount(1); }).get();

  CHECK(eventually([&] { return one_notes.link("two").sum.frames_in >= 10; }));
  CHECK(eventually(
      [&] { return two_notes.link("one").sum.frames_in >= 10; }));  // an answer is heard before it is told of
  const auto sent = two_notes.link("one");
  CHECK(sent.ups == 1);
  CHECK(sent.downs == 0);
  CHECK(sent.sum.frames_out >= 10);
  CHECK(sent.sum.bytes_out > sent.sum.frames_out * 8);
  two.reset();
  CHECK(eventually([&] { return one_notes.link("two").downs == 1; }));
  one.reset();
  // All that two wrote, one has read, but for a goodbye that may be behind the end.
  CHECK(one_notes.link("two").sum.frames_in <= two_notes.link("one").sum.frames_out + 1);
  CHECK(one_notes.link("two").sum.frames_in + 1 >= two_notes.link("one").sum.frames_out);
}

TEST_CASE("several observers are told in their order, and a slow turn's list is one more") {
  Notes second;
  Observed it({&second});
  auto waits = it.node.ref<Waiter>("a").wait().future();
  const auto listed = [&] { return it.node.admin("GET", "/turns", "").second.find("Waiter/a") != std::string::npos; };
  CHECK(eventually(listed));

  (void)it.node.ref<Waiter>("a").letGo().get();
  waits.get();

  CHECK(it.notes.end_of("Waiter/a.wait").outcome == TurnOutcome::answered);
  CHECK(!listed());
  CHECK(second.order() == it.notes.order());
}

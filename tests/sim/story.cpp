#include "sim/story.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "actor/context.h"
#include "crash/stages.h"
#include "crash/storm/books.h"
#include "crash/storm/mischief.h"
#include "crash/storm/tills.h"
#include "host/node_parts.h"
#include "sim/bookkeeper.h"
#include "sim/callers.h"
#include "storm.capnp.troupe.h"
#include "troupe/testing/scratch_directory.h"

namespace troupe::sim {
namespace {

using std::chrono::milliseconds;
using storm::Row;
using storm::Till;
using storm::till;
using testing::Dice;
using testing::SimulatedDisk;
using testing::Simulation;

constexpr std::size_t kNodes = 2;
constexpr std::uint64_t kMostSteps = 3'000'000;
// After the last operation: longer than any reminder waits and any message is put off.
constexpr milliseconds kSettles{6'000};
// Of so many steps one brings mischief, while there is any left.
constexpr std::uint64_t kMischief = 500;
constexpr std::uint64_t kMostMischief = 10;

// When an actor is put away that has nothing to do.
constexpr int kIdle[] = {50, 400, 2'000};

// How calls between tills fail over, in every other story.
const CoveredCalls kCovered{
    .to = "Till",
    .policy = {.retry = {.tries = 4, .backoff = milliseconds(20), .attempt_timeout = milliseconds(60)},
               .breaker = {.error_rate = 0.7, .open_for = milliseconds(200)},
               .hedge = {.after = milliseconds(15)},
               .bulkhead = {.most_in_flight = 10, .most_waiting = 20, .max_wait = milliseconds(100)}}};

class Story;
// Where the tills' handlers find the story that they are in.
Story*& running() {
  static Story* story = nullptr;
  return story;
}

class Story {
 public:
  explicit Story(const StoryOptions& options)
      : options_(options),
        dice_(mix(options.seed ^ 0x5704)),
        simulation_({.seed = options.seed,
                     .directory = directory_.path(),
                     .nodes = {"left", "right"},
                     .host = [this](Node& node) { host(node); },
                     .configure =
                         [idle = milliseconds(kIdle[dice_.below(std::size(kIdle))]),
                          covered = options.seed % 2 == 1](NodeConfig& config) {
                           if (covered) config.calls = {kCovered};
                           config.delivery.max_backoff = milliseconds(1'000);
                           config.restart.cooldown = milliseconds(1'000);
                           config.idle_after = idle;
                         },
                     .lines = options.lines}),
        mischief_left_(dice_.below(kMostMischief + 1)),
        supervised_(dice_.below(3)) {
    running() = this;
    for (std::size_t i = 0; i < kNodes; ++i) simulation_.disk(i).lies(options_.disks_lie);
  }
  ~Story() {
    weather_ = false;
    simulation_.clock().drop(this);
    running() = nullptr;
  }

  StoryEnd tell() {
    for (std::size_t i = 0; i < kNodes; ++i) start(i);
    callers_.begin();
    const auto began = simulation_.clock().now();
    bool done = live([this] { return !callers_.busy(); });
    weather_ = false;
    for (std::size_t i = 0; i < kNodes; ++i) simulation_.disk(i).cut_at(SimulatedDisk::Moment::log_write, 0, nullptr);
    callers_.rest();
    done = done && live([this] { return !callers_.busy(); });
    const auto settled = later(simulation_.clock().now(), kSettles);
    done = done && live([this, settled] { return simulation_.clock().now() >= settled && nothing_under_way(); });
    if (!done) end_.wrong.push_back("it does not come to its end");
    if (done) audit();
    end_.trace = simulation_.trace();
    end_.lasted = std::chrono::duration_cast<milliseconds>(simulation_.clock().now() - began);
    return std::move(end_);
  }

  // --- from handlers ---
  void stumble() {
    if (weather_ && dice_.one_in(60)) throw std::logic_error("the story wants a crash");
  }
  void come_to_a_stage() {
    if (!weather_ || mischief_left_ == 0 || !dice_.one_in(150)) return;
    if (const auto node = simulation_.at_work()) cut_power(*node);
  }

 private:
  // --- the nodes and the weather ---

  void host(Node& node) {
    storm::host_tills(node);
    Supervision tree{.intensity = {.restarts = 1'000}};
    if (supervised_ == 1) tree.children = {{.id = "tills", .start = service_start<Till>()}};
    if (supervised_ == 2) {
      for (int number = 0; number < kTills / 2; ++number)
        tree.children.push_back({.id = till(number), .start = actor_start<Till>(till(number))});
    }
    if (supervised_ != 0) node.supervise(std::move(tree));
  }

  void start(std::size_t node) {
    try {
      simulation_.start(node);
    } catch (const Error& error) {
      books_.failures.push_back("node " + std::to_string(node) + " does not start: " + error.what());
    }
  }

  // Until `condition` is met. False: it never was.
  bool live(const std::function<bool()>& condition) {
    for (std::uint64_t i = 0; i < kMostSteps && books_.failures.empty(); ++i) {
      if (condition()) return true;
      for (std::size_t node = 0; node < kNodes; ++node) come_back(node);
      if (weather_ && mischief_left_ > 0 && dice_.one_in(kMischief)) mischief();
      (void)simulation_.step();
    }
    return false;
  }

  // A node that is down starts again after a while.
  void come_back(std::size_t node) {
    if (simulation_.node(node)) return;
    auto& due = comes_back_[node];
    if (!due) due = later(simulation_.clock().now(), milliseconds(dice_.below(400)));
    if (simulation_.clock().now() < *due && simulation_.clock().next()) return;
    due.reset();
    // In the middle of a start, too: of recovery, of its first checkpoint.
    if (weather_ && mischief_left_ > 0 && dice_.one_in(4))
      cut_in_the_middle(node, SimulatedDisk::Moment::transaction, 4);
    start(node);
  }

  void mischief() {
    const std::size_t node = dice_.below(kNodes);
    if (!simulation_.node(node)) return;
    switch (dice_.below(8)) {
      case 0: return cut_power(node);
      case 1:
        --mischief_left_;
        if (dice_.one_in(3)) return simulation_.hold_network(milliseconds(dice_.below(6'000)));
        return simulation_.break_connections(node);
      case 2: --mischief_left_; return void(simulation_.stop(node, milliseconds(dice_.below(300))));
      case 3: return cut_in_the_middle(node, SimulatedDisk::Moment::transaction, 2);
      case 4:
      case 5: return reopen_some(node);
      default:
        return cut_in_the_middle(
            node, dice_.one_in(3) ? SimulatedDisk::Moment::log_write : SimulatedDisk::Moment::log_sync, 12);
    }
  }
  // Partitions with tills close and open again, one after the other; the power may go while they do.
  void reopen_some(std::size_t node) {
    --mischief_left_;
    for (std::uint64_t times = 1 + dice_.below(8); times > 0; --times) {
      host::NodeParts* const parts = simulation_.parts(node);
      if (!parts) return;
      auto* partition =
          parts->partitions().at(partition_of(ServiceOf<Till>::info().id, till(callers_.some_till()))).value();
      if (partition->state() != partition::State::leading) continue;  // the other node's
      simulation_.note("reopen partition " + std::to_string(partition->id()));
      const bool closed = partition->close(milliseconds(dice_.below(100))).ok();
      if (simulation_.parts(node) != parts) return;
      if (!closed) return books_.failures.push_back("a partition does not close");
      if (const auto opened = partition->open(partition->epoch() + 1); !opened.ok())
        return books_.failures.push_back(std::string("a partition does not open: ") + opened.error().what());
      ++end_.reopened;
    }
  }
  void cut_power(std::size_t node) {
    if (!simulation_.node(node)) return;
    --mischief_left_;
    ++end_.power_cuts;
    simulation_.cut_power(node);
  }
  void cut_in_the_middle(std::size_t node, SimulatedDisk::Moment moment, std::uint64_t most) {
    --mischief_left_;
    simulation_.disk(node).cut_at(moment, 1 + dice_.below(most), [this, node] {
      if (!simulation_.node(node)) return;
      ++end_.power_cuts;
      ++end_.torn;
      simulation_.cut_power(node);
    });
  }

  bool nothing_under_way() {
    for (std::size_t node = 0; node < kNodes; ++node) {
      host::NodeParts* parts = simulation_.parts(node);
      if (!parts || parts->context().outbox_messages.load() > 0) return false;
    }
    return true;
  }

  // --- the end ---

  void audit() {
    std::vector<WrittenTill> tills(kTills);
    std::size_t missing = 0;
    for (int number = 0; number < kTills; ++number) {
      WrittenTill& into = tills[static_cast<std::size_t>(number)];
      missing += 6;
      callers_.until_done<Till::SummaryResults>(
          number, "audit", [](auto& ref) { return ref.summary(); },
          [&into, &missing](auto& reply) {
            into.balance = reply->getBalance();
            into.pulses = reply->getPulses();
            --missing;
          });
      const std::pair<const char*, WrittenRows*> tables[] = {{"sent", &into.sent},
                                                             {"received", &into.received},
                                                             {"alarms", &into.alarms},
                                                             {"notes", &into.notes},
                                                             {"faults", &into.faults}};
      for (const auto& [table, rows] : tables) read_table(number, table, *rows, missing);
    }
    if (!live([&missing] { return missing == 0; })) return end_.wrong.push_back("the tills cannot be read");
    for (auto& line : compare(books_, tills)) end_.wrong.push_back(std::move(line));
  }
  void read_table(int number, const char* table, WrittenRows& into, std::size_t& missing) {
    callers_.until_done<Till::RowsResults>(
        number, std::string("audit ") + table,
        [table](auto& ref) { return ref.rows([&](auto p) { p.setTable(table); }); },
        [&into, &missing](auto& reply) {
          for (const auto entry : reply->getEntries()) {
            const auto row = entry.getRow();
            into[storm::text(entry.getKey())] = {storm::text(row.getPeer()), storm::text(row.getText()),
                                                 row.getAmount(), row.getTimes()};
          }
          --missing;
        });
  }

  const StoryOptions options_;
  const testing::ScratchDirectory directory_;
  Dice dice_;
  storm::Books books_;
  StoryEnd end_;
  bool weather_ = true;
  std::optional<TimePoint> comes_back_[kNodes];
  Simulation simulation_;
  Callers callers_{simulation_, dice_, books_, end_, kNodes};
  std::uint64_t mischief_left_;
  const std::uint64_t supervised_;  // 0: nothing, 1: all tills as a service, 2: some of them
};

}  // namespace

StoryEnd tell_story(const StoryOptions& options) { return Story(options).tell(); }

}  // namespace troupe::sim

// What the tills call where they have done their work; in a storm of processes these are others.
namespace troupe::storm {
void stumble() {
  if (auto* story = sim::running()) story->stumble();
}
}  // namespace troupe::storm

namespace troupe::crash {
void come_to(std::string_view) {
  if (auto* story = sim::running()) story->come_to_a_stage();
}
}  // namespace troupe::crash

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
constexpr int kCallers = 4;
constexpr int kOperations = 25;  // of each caller
constexpr std::uint64_t kMostSteps = 3'000'000;
// After the last operation: longer than any reminder waits and any message is put off.
constexpr milliseconds kSettles{6'000};
// Of so many steps one brings mischief, while there is any left.
constexpr std::uint64_t kMischief = 500;
constexpr std::uint64_t kMostMischief = 10;

// When an actor is put away that has nothing to do.
constexpr int kIdle[] = {50, 400, 2'000};

class Story;
// Where the tills' handlers find the story that they are in.
Story*& running() {
  static Story* story = nullptr;
  return story;
}

template <class Results>
using Ended = std::function<void(Result<Reply<Results>>)>;

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
                         [idle = milliseconds(kIdle[dice_.below(std::size(kIdle))])](NodeConfig& config) {
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
    for (int number = 0; number < kPulsing; ++number) pulse(number, 300 + static_cast<std::uint32_t>(dice_.below(400)));
    callers_ = kCallers;
    for (int caller = 0; caller < kCallers; ++caller) next_thing(caller, 0);
    for (int at = 0; at < kTills; ++at) look(at, 0);
    const auto began = simulation_.clock().now();
    bool done = live([this] { return callers_ == 0; });
    weather_ = false;
    for (std::size_t i = 0; i < kNodes; ++i) simulation_.disk(i).cut_at(SimulatedDisk::Moment::log_write, 0, nullptr);
    callers_ = kPulsing;
    for (int number = 0; number < kPulsing; ++number) pulse(number, 0);
    done = done && live([this] { return callers_ == 0; });
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
      auto* partition = parts->partitions().at(partition_of(ServiceOf<Till>::info().id, till(some_till()))).value();
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

  // --- callers: each does one thing after the other, and repeats it under its key until it is acknowledged ---

  void next_thing(int caller, int done) {
    if (done == kOperations) return void(--callers_);
    const auto next = [this, caller, done] { next_thing(caller, done + 1); };
    const std::string id = std::to_string(caller) + "-" + std::to_string(done);
    const auto kind = dice_.below(100);
    if (kind < 30) return pay(id, false, next);
    if (kind < 48) return pay(id, true, next);
    if (kind < 60) return hand(id, next);
    if (kind < 76) return alarm(id, next);
    if (kind < 92) return note(caller, id, next);
    const bool closes = kind < 96;
    until_done<storm::Till::CloseResults>(
        some_till(), id, [closes](auto& ref) { return ref.close([&](auto p) { p.setClosed(closes); }); },
        [next](auto&) { next(); });
  }

  void pay(const std::string& id, bool ask, const std::function<void()>& next) {
    const int from = some_till();
    std::vector<int> to(1 + dice_.below(3));
    for (int& each : to) each = some_till();
    const std::int64_t amount = some_amount();
    until_done<Till::PayResults>(
        from, id,
        [=](auto& ref) {
          return ref.pay([&](auto p) {
            p.setId(id);
            p.setAmount(amount);
            p.setAsk(ask);
            auto list = p.initTo(static_cast<unsigned>(to.size()));
            for (unsigned i = 0; i < to.size(); ++i) list.set(i, till(to[i]));
          });
        },
        [=, this](auto&) {
          for (std::size_t i = 0; i < to.size(); ++i)
            books_.payments.push_back({id + "/" + std::to_string(i), from, to[i], amount, ask});
          next();
        });
  }

  // From a lower till to a higher one: the other way as well, two could wait for each other.
  void hand(const std::string& id, const std::function<void()>& next) {
    const int from = static_cast<int>(dice_.below(kTills - 1));
    const int to = from + 1 + static_cast<int>(dice_.below(static_cast<std::uint64_t>(kTills - 1 - from)));
    const std::int64_t amount = some_amount();
    until_done<Till::HandResults>(
        from, id,
        [=](auto& ref) { return ref.hand([&](auto p) { p.setId(id), p.setTo(till(to)), p.setAmount(amount); }); },
        [=, this](auto&) {
          books_.payments.push_back({id, from, to, amount});
          next();
        });
  }

  // Set; or set and moved; or set and silenced.
  void alarm(const std::string& id, const std::function<void()>& next) {
    const storm::Alarm alarm{.id = id, .till = some_till(), .to = some_till(), .amount = some_amount()};
    const auto keep = [this, next](const storm::Alarm& kept) {
      books_.alarms.push_back(kept);
      next();
    };
    set_alarm(alarm, id, dice_.below(1'500), [=, this] {
      const auto then = dice_.below(3);
      if (then == 0) return keep(alarm);
      if (then == 1) return set_alarm(alarm, id + "-moved", dice_.below(2'500), [=] { keep(alarm); });
      until_done<Till::SilenceResults>(
          alarm.till, id + "-silenced", [=](auto& ref) { return ref.silence([&](auto p) { p.setId(id); }); },
          [=](auto& reply) {
            storm::Alarm silenced = alarm;
            silenced.rings = reply->getRang();
            keep(silenced);
          });
    });
  }
  void set_alarm(const storm::Alarm& alarm, const std::string& key, std::uint64_t delay_ms,
                 const std::function<void()>& then) {
    until_done<Till::AlarmResults>(
        alarm.till, key,
        [=](auto& ref) {
          return ref.alarm([&](auto p) {
            p.setId(alarm.id);
            p.setDelayMs(static_cast<std::uint32_t>(delay_ms));
            p.setTo(till(alarm.to));
            p.setAmount(alarm.amount);
          });
        },
        [then](auto&) { then(); });
  }

  // Its own keys, so that what it did last is what must be there.
  void note(int caller, const std::string& id, const std::function<void()>& next) {
    const int at = some_till();
    const std::string key = std::to_string(caller) + ":" + std::to_string(dice_.below(3));
    if (books_.notes.contains({at, key}) && dice_.one_in(3)) {
      return until_done<Till::ForgetResults>(
          at, id, [=](auto& ref) { return ref.forget([&](auto p) { p.setKey(key); }); },
          [=, this](auto&) {
            books_.notes.erase({at, key});
            next();
          });
    }
    until_done<Till::NoteResults>(
        at, id, [=](auto& ref) { return ref.note([&](auto p) { p.setKey(key), p.setText(id); }); },
        [=, this](auto&) {
          auto& written = books_.notes[{at, key}];
          written.text = id;
          ++written.times;
          next();
        });
  }

  void pulse(int number, std::uint32_t period_ms) {
    until_done<Till::PulseResults>(
        number, "pulse " + std::to_string(period_ms),
        [=](auto& ref) {
          return ref.pulse([&](auto p) { p.setPeriodMs(period_ms), p.setTo(till(pulse_receiver(number))); });
        },
        [this, period_ms](auto&) {
          if (period_ms == 0) --callers_;
        });
  }

  // Whoever was shown that something happened is never shown that it did not.
  void look(int at, int looks) {
    if (!weather_) return;
    until_done<Till::SummaryResults>(
        at, "look " + std::to_string(looks), [](auto& ref) { return ref.summary(); },
        [this, at, looks](auto& reply) {
          Seen& seen = seen_[at];
          const Seen now{reply->getSent(), reply->getReceived(), reply->getHeard(), reply->getPulses()};
          if (now.sent < seen.sent || now.received < seen.received || now.heard < seen.heard ||
              now.pulses < seen.pulses)
            books_.failures.push_back("what was seen before look " + std::to_string(looks) + " of " + till(at) +
                                      " has not happened");
          seen = now;
          simulation_.clock().ring_at(later(simulation_.clock().now(), milliseconds(dice_.below(4))), this,
                                      [=, this] { look(at, looks + 1); });
        });
  }

  // `call(ref)` makes one attempt, through a node that runs; `done(reply)` hears of the one that was answered by a node
  // that still had power.
  template <class Results, class MakeCall, class Done>
  void until_done(int at, const std::string& key, MakeCall make, Done done) {
    ++end_.attempts;
    const std::size_t through = dice_.below(kNodes);
    const auto again = [=, this] {
      simulation_.clock().ring_at(later(simulation_.clock().now(), milliseconds(5 + dice_.below(30))), this,
                                  [=, this] { until_done<Results>(at, key, make, done); });
    };
    Node* node = simulation_.node(through);
    if (!node) return again();
    auto ref = node->ref<Till>(till(at));
    ref.idempotency_key(key);
    ref.timeout(milliseconds(dice_.one_in(6) ? 1 + dice_.below(60) : 200 + dice_.below(2'000)));
    auto call = make(ref);
    std::move(call).then([=, this](Result<Reply<Results>> result) {
      if (!simulation_.node(through)) return again();  // nobody heard it
      if (!result.ok()) {
        simulation_.note(std::string(to_string(result.error().kind())));
        if (storm::worth_repeating(result.error())) return again();
        return books_.failures.push_back(key + " of " + till(at) + ": " + result.error().what());
      }
      simulation_.note(key);
      ++end_.operations;
      done(result.value());
    });
  }

  // --- the end ---

  void audit() {
    std::vector<WrittenTill> tills(kTills);
    std::size_t missing = 0;
    for (int number = 0; number < kTills; ++number) {
      WrittenTill& into = tills[static_cast<std::size_t>(number)];
      missing += 6;
      until_done<Till::SummaryResults>(
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
    until_done<Till::RowsResults>(
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

  int some_till() { return static_cast<int>(dice_.below(kTills)); }
  std::int64_t some_amount() { return 1 + static_cast<std::int64_t>(dice_.below(100)); }

  const StoryOptions options_;
  const testing::ScratchDirectory directory_;
  Dice dice_;
  storm::Books books_;
  StoryEnd end_;
  bool weather_ = true;
  int callers_ = 0;
  std::optional<TimePoint> comes_back_[kNodes];
  struct Seen {
    std::uint64_t sent = 0, received = 0, heard = 0, pulses = 0;
  };
  Seen seen_[kTills];
  Simulation simulation_;
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

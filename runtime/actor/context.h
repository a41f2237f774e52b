// What an activation needs of its node. Fixed before the first activation; host/ fills it in.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actor/crash_book.h"
#include "actor/leadership.h"
#include "actor/partition_times.h"
#include "actor/row_types.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "store/store.h"
#include "troupe/actor.h"
#include "troupe/log.h"
#include "troupe/node.h"
#include "wire/address.h"

namespace troupe {
class Observer;
namespace telemetry {
class Tracer;
class FlightRecorder;
}  // namespace telemetry
}  // namespace troupe

namespace troupe::actor {

class Registry;
class Courier;
class ReminderClock;
class SlowTurns;
class TapeKeeper;
class TurnFaults;
class TurnPlayer;

// A child of the node's supervision tree; 0: of none.
using ChildId = std::uint32_t;

// Whether actors of a service may run: a supervised service is held until its turn comes, and disabled when its
// supervisor gave it up.
enum class Admission : std::uint8_t { open, held, down };

// One service as this node hosts it.
struct Hosted {
  Hosted(const ServiceInfo& service_in, std::function<std::unique_ptr<Actor>()> make_in, RestartPolicy restart_in)
      : service(service_in), make(std::move(make_in)), restart(restart_in) {}
  const ServiceInfo& service;
  std::function<std::unique_ptr<Actor>()> make;
  RestartPolicy restart;
  std::atomic<std::uint64_t> live{0};         // activations that hold an actor
  std::atomic<std::uint64_t> restarts{0};     // after crashes, since the node started
  std::atomic<std::uint64_t> quarantined{0};  // activations that exceeded their policy, right now
  std::atomic<ChildId> child{0};              // that it is as a whole
  std::atomic<Admission> admission{Admission::open};
};

struct Crash {
  const Hosted& hosted;
  std::string actor;   // "Stock/sku-1"
  std::string method;  // what it was doing
  std::string what;    // what it threw
  CrashCause cause = CrashCause::handler;
};

// What to do after a crash.
struct Verdict {
  bool restart = true;
  // Until the restart; or, when it is given up, until it may try again.
  std::chrono::milliseconds after{0};
  std::string why{};  // it is given up: which limit it exceeded
};

// Decides about crashes; supervise/ implements it. Any worker thread.
class CrashJudge {
 public:
  // `history`: when this activation crashed before, oldest first; the judge keeps it, this crash included.
  virtual Verdict judge(const Crash& crash, std::vector<TimePoint>& history, TimePoint now) noexcept = 0;

 protected:
  ~CrashJudge() = default;
};

// Keeps supervised actors running, and hears what becomes of them; supervise/ implements it. Any worker thread.
class ChildEvents {
 public:
  // A child that was told to start runs; or could not be started, and why.
  virtual void started(ChildId child) noexcept = 0;
  virtual void not_started(ChildId child, const std::string& why) noexcept = 0;
  // A child ended by itself. Nothing of it runs any more; calls wait for what the tree decides.
  virtual void ended(ChildId child, bool abnormal, const std::string& why) noexcept = 0;
  // An actor of a service that is supervised as a whole crashed, and its own policy goes on with it.
  virtual void crashed_within(ChildId service, const std::string& why) noexcept = 0;

 protected:
  ~ChildEvents() = default;
};

struct Context {
  engine::Engine& engine;
  store::Store* store;  // null: no durable actors here
  const Clock& clock;
  Registry& registry;
  CrashJudge& judge;
  wire::CallOrigin& origin;
  std::uint32_t max_mailbox;
  LogSink log;
  std::atomic<std::uint32_t> sweep{1};  // counts the rounds that look for idle activations
  Leadership leadership{};              // of the partitions; partition/ changes it
  PartitionTimes times{origin.time};    // the same
  std::atomic<std::uint64_t> dead_letters{0};
  Courier* courier = nullptr;          // null: no durable actors here
  ReminderClock* reminders = nullptr;  // the same
  DeliveryPolicy delivery{};
  std::atomic<std::uint64_t> outbox_messages{0};  // committed or about to be, and not acknowledged
  RowTypes row_types{};                           // of tables, as far as they were used
  // The store has seen a later form of some struct than this program has, so whatever is written anew is completed from
  // what it replaces (reflect/later_fields.h). Never taken back while the node runs.
  std::atomic<bool> keeps_later_fields{false};
  std::atomic<std::uint64_t> children_made{0};    // numbers them, so that no two ever share a key
  std::atomic<bool> starts_no_turns{false};       // the node stops: what waits is ended
  std::atomic<std::uint64_t> turns_stopped{0};    // that still waited when their actor was told to stop
  std::atomic<std::uint64_t> turns_cancelled{0};  // that ended at a wait, because nobody waited for them
  SlowTurns* slow_turns = nullptr;                // never null once the node runs
  CrashBook crashes{};                            // who crashed when, and who is quarantined
  ChildEvents* child_events = nullptr;            // null: nothing is supervised by a tree
  TurnFaults* faults = nullptr;                   // null outside tests
  telemetry::Tracer* tracer = nullptr;            // null: nothing is recorded of traces
  TapeKeeper* tapes = nullptr;                    // null: no turn keeps a tape
  TurnPlayer* player = nullptr;                   // null but where turns are run again
  telemetry::FlightRecorder* recorder = nullptr;  // null: no turn is noted
  telemetry::Meters* meters = nullptr;            // null: nothing is counted of turns and calls
  Observer* observer = nullptr;                   // null: nobody is told of turns
};

}  // namespace troupe::actor

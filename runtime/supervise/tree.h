// A supervision tree as a state machine: what to start and to stop, in which order, after what happened. Pure: it is
// told events and the time, and says what is to be done as steps; runtime/supervise/tree_driver.h does them.
//
// Not for several threads at once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actor/context.h"
#include "base/clock.h"
#include "troupe/log.h"
#include "troupe/supervision.h"

namespace troupe::supervise {

using actor::ChildId;

// The top supervisor.
inline constexpr ChildId kTop = 1;

struct Step {
  enum class What : std::uint8_t {
    // Of an actor, a service or a process:
    start,        // make it run, and report started() or start_failed(); a service need not report a failure
    stop,         // let it end what it does, and report stopped(); a process also while it starts
    kill,         // end it at once, and report stopped(), unless a stop() that it is in the middle of reports it
    disable,      // it is stopped and stays so: calls that wait for it are turned away, with `why`
    unsupervise,  // it is no child any more
    // Of the tree:
    tree_started,
    tree_failed,     // it did not start, because of `why`; what had started is stopped
    tree_given_up,   // its top supervisor exceeded its intensity
    tree_shut_down,  // its top supervisor shut itself down
    tree_stopped,    // as it was told to
    answer,          // to what was asked of `child`: done, or not because of `why`
    log,
  };
  What what;
  ChildId child = kTop;
  bool again = false;  // start: it is a restart
  std::string why{};
  // log: `child` is the one that the line, `why`, is about
  LogLevel level = LogLevel::info;
  std::string child_id{};  // "feed"; empty: the top supervisor
  std::string error{};     // what it ended with; empty: it did not
};

class Tree {
 public:
  // `tree` has passed check().
  explicit Tree(const Supervision& tree);

  // An actor, a service or a process of the tree.
  struct Leaf {
    ChildId id;
    const ActorStart* actor;  // one of the three
    const ServiceStart* service;
    const ProcessStart* process;
    std::string id_text;  // feed
    std::string name;     // child "feed" of the top supervisor
  };
  // Those of a child and of what is below it, in the order they start.
  [[nodiscard]] std::vector<Leaf> leaves_of(ChildId child) const;
  [[nodiscard]] Leaf leaf(ChildId child) const;
  // The actor of this child lives on another node: its supervisor does without it. Before start().
  void live_elsewhere(ChildId child, std::string node);

  // --- what happens ---
  void start(TimePoint now);
  void stop(TimePoint now);
  void started(ChildId child, TimePoint now);
  void start_failed(ChildId child, const std::string& why, TimePoint now);
  // It ended by itself.
  void ended(ChildId child, bool abnormal, const std::string& why, TimePoint now);
  // An actor of this service crashed.
  void crashed_within(ChildId service, const std::string& why, TimePoint now);
  void stopped(ChildId child, TimePoint now);
  // The time that next_wake() named has come.
  void tick(TimePoint now);

  // --- what is asked for (tree_commands.cpp): errors as SupervisionTree says. With a child, an `answer` step follows.
  // start_child() only adds it; live_elsewhere() may follow, then go_on().
  [[nodiscard]] Result<ChildId> start_child(std::string_view supervisor, const ChildSpec& spec, TimePoint now);
  void go_on(TimePoint now);
  // Takes a child out of the tree that has not been started, or was deleted.
  void drop(ChildId child) { erase(child); }
  [[nodiscard]] bool has(ChildId child) const { return children_.count(child) != 0; }
  [[nodiscard]] bool is_deleted(ChildId child) const;
  [[nodiscard]] Result<ChildId> terminate_child(std::string_view supervisor, std::string_view id, TimePoint now);
  // Without an id it is the tree itself.
  [[nodiscard]] Result<ChildId> restart_child(std::string_view supervisor, std::string_view id, TimePoint now);
  // The same by the way from the top: "workers/w1"; "/" is the tree itself.
  [[nodiscard]] Result<ChildId> restart(std::string_view path, TimePoint now);
  [[nodiscard]] Result<void> delete_child(std::string_view supervisor, std::string_view id);

  // --- what is declared changes (tree_declarations.cpp) ---
  // As if it had been declared from the start, in front of its sibling `before`, or last: it stays when it does not
  // start, and starts with its supervisor again. go_on() follows, and an `answer` step.
  [[nodiscard]] Result<ChildId> declare_child(std::string_view supervisor, std::string_view before,
                                              const ChildSpec& spec, TimePoint now);
  // Stops a child as terminate_child() does.
  [[nodiscard]] Result<ChildId> terminate(ChildId child, TimePoint now);
  // Of one that does not run and is no supervisor: from now on it starts as `spec` says, whose id and kind are its own;
  // what it has crashed so far is forgotten. Then it is gone for good.
  [[nodiscard]] Result<void> redeclare(ChildId child, const ChildSpec& spec);
  [[nodiscard]] Result<void> undeclare(ChildId child);
  [[nodiscard]] std::string path_of(ChildId child) const { return path(at(child)); }

  // --- what to do and to show ---
  // In order; each is given once.
  [[nodiscard]] std::vector<Step> take_steps();
  [[nodiscard]] std::optional<TimePoint> next_wake() const;
  [[nodiscard]] ChildView view(TimePoint now) const;
  [[nodiscard]] ChildView view(ChildId child, TimePoint now) const { return view_of(at(child), now); }
  [[nodiscard]] Result<std::vector<ChildView>> children_of(std::string_view supervisor, TimePoint now) const;
  [[nodiscard]] Result<ChildCounts> count_children(std::string_view supervisor) const;
  [[nodiscard]] std::size_t size() const noexcept { return children_.size(); }

 private:
  enum class State : std::uint8_t { down, starting, up, stopping };
  // Why a child is down.
  enum class Fate : std::uint8_t { none, stopped, ended, given_up, failed };
  // Why a supervisor stops its children.
  enum class Closing : std::uint8_t { no, told, given_up, shut_down, failed };

  struct Child {
    ChildId id = 0;
    ChildId parent = 0;  // 0: the top
    ChildSpec spec;      // a supervisor's without its children
    std::size_t depth = 1;
    bool dynamic = false;
    bool deleted = false;  // until its supervisor starts anew
    std::string elsewhere;

    State state = State::down;
    Fate fate = Fate::none;
    bool want_stop = false;
    bool want_start = false;
    bool again = false;  // the start under way, or to come, is a restart
    bool asked = false;  // somebody waits for its start or stop
    bool told_down = false;
    TimePoint not_before{};
    TimePoint kill_at = TimePoint::max();
    bool killing = false;
    std::vector<TimePoint> history;  // of its crashes, for how long it waits; a supervisor's: of its restarts
    std::vector<TimePoint> waits;    // a supervisor's own crashes
    std::uint64_t restarts = 0;
    std::string last_cause;

    // of a supervisor
    std::vector<ChildId> children;  // in the order they start
    bool initial = false;           // it starts; a child that fails to fails it
    Closing closing = Closing::no;
    std::string closing_why;

    [[nodiscard]] const Supervision* supervisor() const { return std::get_if<Supervision>(&spec.start); }
    [[nodiscard]] bool takes_part() const { return !deleted && elsewhere.empty(); }
  };

  Child& add(ChildId parent, const ChildSpec& spec);
  [[nodiscard]] Child& at(ChildId id) { return children_.at(id); }
  [[nodiscard]] const Child& at(ChildId id) const { return children_.at(id); }
  [[nodiscard]] Child* find(ChildId id);
  void erase(ChildId id);

  // tree.cpp
  void touch(ChildId supervisor);
  void converge();
  void pump(Child& supervisor);
  [[nodiscard]] bool stop_next(Child& supervisor);
  [[nodiscard]] bool is_of_processes(const Child& child) const;
  [[nodiscard]] bool start_next(Child& supervisor);
  void begin_start(Child& child);
  void begin_stop(Child& child);
  void child_up(Child& child);
  void did_not_start(Child& child, const std::string& why);
  void came_down(Child& child);
  void was_terminated(Child& child);
  void answer(Child& child, const std::string& why);
  void close(Child& supervisor, Closing closing, const std::string& why);
  void closed(Child& supervisor);
  void disable(Child& child, const std::string& why);
  void unsupervise(const Child& child);
  void kill_below(Child& child);
  void say(LogLevel level, const Child& about, const std::string& what, const std::string& error = {});
  void step(Step::What what, const Child& child, std::string why = {});

  // tree_commands.cpp
  [[nodiscard]] Result<ChildId> restart_top(TimePoint now);
  [[nodiscard]] Result<ChildId> add_child(std::string_view supervisor, const ChildSpec& spec, TimePoint now);

  // tree_decisions.cpp
  void child_ended(Child& child, bool abnormal, const std::string& why);
  void crash_of(Child& child, const std::string& why);
  void restart_group(Child& supervisor, Child& child, std::chrono::milliseconds after);
  void stays_ended(Child& child, const std::string& why);

  // tree_view.cpp
  [[nodiscard]] std::string path(const Child& child) const;
  [[nodiscard]] std::string name(const Child& child) const;
  [[nodiscard]] Result<ChildId> supervisor_at(std::string_view path) const;
  [[nodiscard]] Result<ChildId> child_at(std::string_view supervisor, std::string_view id) const;
  [[nodiscard]] const char* status(const Child& child) const;
  [[nodiscard]] ChildView view_of(const Child& child, TimePoint now) const;
  [[nodiscard]] bool active(const Child& child) const;

  std::map<ChildId, Child> children_;
  ChildId next_ = kTop;
  bool over_ = false;  // stop() was called
  TimePoint now_{};
  std::vector<ChildId> touched_;
  std::vector<Step> steps_;
};

}  // namespace troupe::supervise

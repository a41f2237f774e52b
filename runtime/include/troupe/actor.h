// The base of every actor. Authors derive from the class that capnpc-troupe generates, which derives from
// this. All members are for the actor's own turns; nothing here may be called from another thread.
#pragma once

#include <capnp/any.h>

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "troupe/caller.h"
#include "troupe/duration.h"
#include "troupe/limits.h"
#include "troupe/log.h"
#include "troupe/monitor.h"
#include "troupe/ref.h"
#include "troupe/service.h"
#include "troupe/task.h"

namespace troupe {

class Actor;
template <class Row>
class Table;

// What became of a durable message that asked for an answer (SendOptions::answer).
struct Answer {
  std::string_view tag;  // as the sender gave it
  std::string_view to;   // whom the message was for: "Stock/sku-1"
  const Error* error;    // what it ended with, or null
  capnp::AnyPointer::Reader results;
};

// What an actor's other turns cannot do while one of them waits: edit, since it does; begin, since it is neither
// readOnly nor reentrant.
enum class HoldsBack : std::uint8_t { nothing, edits, turns };

namespace actor {
class Activation;
}

namespace detail {

// One piece of work on a thread that may block; resumes its turn when done.
class BlockingWork {
 public:
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter);

 protected:
  BlockingWork(Actor& actor, std::function<void()> work) : actor_(actor), work_(std::move(work)) {}
  void rethrow() const {
    if (*error_) std::rethrow_exception(*error_);
  }

 private:
  Actor& actor_;
  std::function<void()> work_;
  std::shared_ptr<std::exception_ptr> error_ = std::make_shared<std::exception_ptr>();
};

template <class T>
struct BlockingResult : BlockingWork {
  template <class F>
  BlockingResult(Actor& actor, F work) : BlockingResult(actor, std::move(work), std::make_shared<std::optional<T>>()) {}
  T await_resume() {
    rethrow();
    return std::move(**value);
  }
  std::shared_ptr<std::optional<T>> value;

 private:
  template <class F>
  BlockingResult(Actor& actor, F work, std::shared_ptr<std::optional<T>> slot)
      : BlockingWork(actor, [work = std::move(work), slot]() mutable { slot->emplace(work()); }), value(slot) {}
};

template <>
struct BlockingResult<void> : BlockingWork {
  template <class F>
  BlockingResult(Actor& actor, F work) : BlockingWork(actor, std::move(work)) {}
  void await_resume() { rethrow(); }
};

class Sleep {
 public:
  Sleep(Actor& actor, std::chrono::nanoseconds time) : actor_(actor), time_(time) {}
  bool await_ready() const noexcept { return time_.count() <= 0; }
  void await_suspend(std::coroutine_handle<> waiter);
  void await_resume() const noexcept {}

 private:
  Actor& actor_;
  std::chrono::nanoseconds time_;
};

}  // namespace detail

class Actor {
 public:
  Actor() noexcept;
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;
  virtual ~Actor();

  // --- generated ---
  [[nodiscard]] virtual const ServiceInfo& service() const = 0;
  virtual Task<> dispatch(std::uint16_t method, capnp::AnyPointer::Reader params,
                          capnp::AnyPointer::Builder results) = 0;

 protected:
  // Runs before the first turn of an activation, state loaded. What it throws is a crash. It may not edit.
  virtual void on_activate() {}
  // Runs before an idle activation is passivated, not after a crash. Must not throw.
  virtual void on_passivate() noexcept {}
  // Makes this build's state of one that a build with a lower actor(version = ...) kept; generated actors of a service
  // with a version must have it. `old_state` is of the struct that `from_version` had, `new_state` becomes one of
  // today's: set it, or copy into it with setAs(). Runs before on_activate(). The turns of this activation see what it
  // made; the first that commits writes it, and until then it runs again in the next activation: let the old state
  // alone decide what it does. What it throws is a crash, and the old state stays.
  virtual void migrate(std::uint32_t from_version, capnp::AnyPointer::Reader old_state,
                       capnp::AnyPointer::Builder new_state);
  // A reminder of that name has come due. Its firing is committed with what this does, so its effects happen once; if
  // this throws it is run again, later and later. The default refuses with `unimplemented`.
  virtual Task<> on_reminder(std::string_view name);
  // A durable message sent with SendOptions::answer has come to its end: it was answered, refused, or given up. The
  // message is gone with the commit of what this does. `answer` is valid until the task ends.
  virtual Task<> on_answer(const Answer& answer);

  // An actor that this one monitors has gone down, or, with trap_links(), one that it is linked to. A turn of its own.
  // `down` is valid until the task ends.
  virtual Task<> on_down(const Down& down);

  // What it is addressed by.
  [[nodiscard]] std::string_view key() const noexcept;

  // Who is asking: of the call from outside that led to the running turn, through whatever calls, messages, answers and
  // reminders. Null: nobody from outside did; a timer's turn, and outside turns. Valid until the turn ends. What may be
  // done for whom the method's rule has judged already; here it says whose things they are.
  [[nodiscard]] const Caller* caller() const noexcept;

  // Writes a line to the node's log, in the room of this service's name; actor, method, request and trace of the turn
  // go with it. log(LogLevel::warn, "no stock left", {{"sku", sku}}). At once, so a turn that is rolled back or runs
  // again has written it; never a secret: fields whose name says that they are one are masked. Throws nothing.
  void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {}) const noexcept;

  // A reference to another actor of this node's cluster. Throws `invalid` for a key that is empty or past
  // limits::kMaxActorKeyBytes.
  template <class Interface>
  [[nodiscard]] Ref<Interface> ref(std::string_view key_of_other) const {
    return Ref<Interface>(intern(ServiceOf<Interface>::info(), key_of_other));
  }

  // The same without a key: of a singleton, of any actor of a pool, or of the own node's actor of a pinned service.
  // Throws `invalid` for a keyed service.
  template <class Interface>
  [[nodiscard]] Ref<Interface> ref() const {
    return Ref<Interface>(intern(ServiceOf<Interface>::info()));
  }

  // The same for a service known by name alone; `not_found` when this node does not host it.
  [[nodiscard]] RefBase ref(std::string_view service_name, std::string_view key_of_other) const;

  // The wall clock of the node, which somebody may set.
  [[nodiscard]] std::chrono::system_clock::time_point now() const;
  // The time that the node counts by itself: nobody sets it, it never goes back, and it goes on when the node starts
  // again. For how long something is to take; it means nothing to other nodes.
  [[nodiscard]] std::chrono::milliseconds node_time() const;
  // How long ago that was `then`. What the machine was off meanwhile counts by the wall clock; node_time() stood still.
  [[nodiscard]] std::chrono::milliseconds time_since(std::chrono::milliseconds then) const;

  // --- durable, and part of the turn: kept if it ends well, forgotten if it throws. `invalid` outside turns, in
  // readOnly methods, and in actors without durable state; like edit(), `unavailable` while an interleaved turn edits.

  // A table of this actor: an ordered map of structs, read and written by the row. Include troupe/table.h. The name has
  // at most limits::kMaxTableNameBytes.
  template <class Row>
  [[nodiscard]] Table<Row> table(std::string_view name) {
    return Table<Row>(*this, name);
  }

  // on_reminder(name) runs at or after that time, whatever dies meanwhile; in place of an earlier reminder of that
  // name. With `every`, again and again, counted from when it was due; what a sleeping node missed is one run. The
  // name has at most limits::kMaxReminderNameBytes.
  void remind_at(std::string_view name, std::chrono::system_clock::time_point when);
  void remind_in(std::string_view name, Milliseconds delay);
  void remind_every(std::string_view name, Milliseconds period);
  void cancel_reminder(std::string_view name);

  // This turn's commit takes away all that the actor keeps: state, tables, reminders, history, messages not delivered
  // yet, remembered replies. What else the turn did is lost, but for its reply. The next call finds a new actor.
  void erase_everything();

  // Ends this activation once the turn that runs has committed, and not if it is rolled back. Turns beside it end with
  // `unavailable`; then on_passivate(), and timers and children go. Under a supervisor it is a normal end: a
  // `permanent` child starts again, others stay ended. Any other actor is passivated, and comes back with its next
  // call. `invalid` outside turns.
  void stop_self();
  // The same as an abnormal end: it counts as a crash with that cause, though the turn's own commit and reply stand.
  void stop_self(std::string_view because);

  // In a turn of this actor's own (a timer's, a reminder's): from now on the ids of its calls derive from this actor,
  // `name` and the order they are made in, so that a turn of that name that runs again repeats none of them.
  // `first_used`: node_time() when the name was first used, if it may have been; then a call whose answer may have been
  // forgotten ends with `unknown_outcome`. `timeout`: the calls end by then; zero: by their own. An empty name: the
  // turn makes no further calls, `invalid` if it tries. Throws `invalid` in any other turn.
  void name_calls(std::string_view name, std::optional<std::chrono::milliseconds> first_used = {},
                  Milliseconds timeout = {});

  // In a turn of this actor's own too: from now on it is `caller` who is asking, as far as the turn's calls, messages
  // and reminders tell (caller()). For work that goes on later and elsewhere than the call that asked for it. No rule
  // is held against it. Throws `invalid` in any other turn, and past the limits.
  void on_behalf_of(Caller caller);

  // An actor of its own that lives on the same node and no longer than this activation: its key is this
  // actor's key + "/" + name. `Child` is an actor class without durable state.
  template <class Child>
  Ref<typename detail::Implementation<Child>::Service> spawn(std::string_view name) {
    using Made = detail::Implementation<Child>;
    return Ref<typename Made::Service>(spawn_child(Made::service(), name, Made::make));
  }

  // Whether nobody waits for the running turn any more: its caller gave it up, or its deadline has passed. The turn
  // ends by itself at its next wait; work that holds its thread for long looks here, and throws to keep nothing. False
  // outside turns, and in those that have no caller: a timer's, a reminder's, a durable message's.
  [[nodiscard]] bool cancelled() const noexcept;
  // Until the running turn's deadline, 0 past it: calls it makes get no more. nanoseconds::max(): it has none.
  [[nodiscard]] std::chrono::nanoseconds time_left() const noexcept;

  // --- who goes down: in memory, as timers are. An actor that holds monitors or links is not passivated; its crash
  // ends them. Set in a turn that is rolled back, they stay.

  // From now on_down() tells of the activation of `who` that is live now, wherever it lives: once, when it crashes, is
  // stopped, erased or quarantined, or when its node is lost. It comes at once, with `not_running`, `node_lost` or
  // `quarantined`, when there is nothing to watch. An actor that is passivated does not go down: the monitor holds for
  // the activation that comes next. Gives the number that demonitor() and Down::monitor name. Throws `invalid` for an
  // empty reference and for the actor itself, `overloaded` past limits::kMaxMonitors of this actor's; past
  // limits::kMaxWatchers on `who` the monitor fires with `unwatched`.
  std::uint64_t monitor(const RefBase& who);
  // From now on it is not told of; one that fired already may still be.
  void demonitor(std::uint64_t monitor) noexcept;

  // From now on this actor and `who` crash together, whichever crashes first, is quarantined or loses its node, and
  // this one at once when `who` is not running. Being stopped or erased ends the link and no more. Twice is once; what
  // it throws is as for monitor().
  void link(const RefBase& who);
  // From either side.
  void unlink(const RefBase& who) noexcept;
  // With `on` the end of every link of this actor is told to on_down() instead, an ordered one too, until the
  // activation ends; best in on_activate().
  void trap_links(bool on = true);

  // Who waits for what another turn of this actor is to do waits for itself, if the running turn holds that back.
  [[nodiscard]] HoldsBack holds_back() const noexcept;

  // co_await sleep_for(100ms): lets the turn wait without holding a thread.
  [[nodiscard]] detail::Sleep sleep_for(Nanoseconds time) { return {*this, time}; }

  // Runs `work` as a turn of its own, once after `delay`, or again and again; gone with the activation
  // (what must survive a crash is a reminder). `cancel_timer` with what it gave. Throws `invalid` for an empty `work`,
  // and for a period that is not positive; a delay that is not is over at once.
  using TimerWork = std::function<Task<>()>;
  std::uint64_t after(Nanoseconds delay, TimerWork work);
  std::uint64_t every(Nanoseconds period, TimerWork work);
  void cancel_timer(std::uint64_t timer) noexcept;

  // auto x = co_await blocking([..]{ ... }): runs it on a thread that may block; what it throws arrives here.
  // It must not touch the actor, and its effects are not undone if the turn fails.
  // A turn may be ended while it runs, so it must own what it uses.
  template <class F>
  [[nodiscard]] auto blocking(F&& work) {
    detail::require("blocking()", work);
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    static_assert(std::is_lvalue_reference_v<F> || std::is_trivially_copyable_v<std::decay_t<F>>,
                  "g++ 12 copies a lambda written inside a co_await bit by bit, which breaks what it holds; give it a "
                  "name: auto work = [...] {...}; co_await blocking(work);");
#endif
    return detail::BlockingResult<std::invoke_result_t<std::decay_t<F>>>(*this, std::decay_t<F>(std::forward<F>(work)));
  }

  // The state as this turn sees it; edits of this turn included.
  [[nodiscard]] capnp::AnyPointer::Reader state_root() const;
  // The state of this turn, to change. Kept if the turn ends well, forgotten if it throws. Throws
  // `invalid` in a readOnly method and outside turns, `unavailable` while an interleaved turn edits.
  [[nodiscard]] capnp::AnyPointer::Builder edit_root();

 private:
  friend class actor::Activation;
  friend class detail::BlockingWork;
  friend class detail::Sleep;
  friend class TableBase;
  [[nodiscard]] wire::Address* intern(const ServiceInfo& service, std::string_view key) const;
  [[nodiscard]] wire::Address* intern(const ServiceInfo& service) const;
  [[nodiscard]] wire::Address* spawn_child(const ServiceInfo& service, std::string_view name,
                                           std::function<std::unique_ptr<Actor>()> make);

  actor::Activation& activation_;
};

// An actor whose State, a Cap'n Proto struct, is durable: committed with every turn that edits it.
template <class State>
class StatefulActor : public Actor {
 protected:
  [[nodiscard]] typename State::Reader state() const { return state_root().template getAs<State>(); }
  [[nodiscard]] typename State::Builder edit() { return edit_root().template getAs<State>(); }
};

}  // namespace troupe

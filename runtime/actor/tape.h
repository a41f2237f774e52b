// What a turn's handler is told while it runs, and what it does: answers of calls, rows, times. Kept with the turn, so
// that it can be run again elsewhere (troupe/replay.h); let go of when the turn ends, unless it crashed or somebody
// asked for it.
//
// A tape holds the envelopes and rows themselves, and copies nothing before it is written down. It is bounded: past
// limits::kMaxTapeEvents or kMaxTapeBytes it is no longer whole, and says so. The actor's own thread.
#pragma once

#include <capnp/message.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actor/effects.h"
#include "troupe/limits.h"
#include "wire/envelope.h"

namespace troupe::actor {

class Turn;

// Times that a handler asks for. The numbers are in files and stay as they are.
enum class ClockRead : std::uint8_t { now_ms = 1, node_time_ms = 2, time_since_ms = 3, time_left_ns = 4 };

class Tape {
 public:
  enum class Kind : std::uint8_t { call, message, answer, clock, row };
  struct Told {
    Kind kind;
    ClockRead what{};
    std::int64_t value = 0;    // of a clock; of an answer: which call it is of
    wire::EnvelopePtr call{};  // of a call, a message and an answer
    std::string key{};         // of a row, with
    RowValue row{};
  };

  void called(const wire::Envelope& call) { add_call(Kind::call, call, ++calls_); }
  void sent(const wire::Envelope& call) { add_call(Kind::message, call, 0); }
  void answered(const wire::Envelope& call);
  void read(ClockRead what, std::int64_t value) {
    if (room(0)) told_.push_back({.kind = Kind::clock, .what = what, .value = value});
  }
  void saw(const std::string& key, const RowValue& row);
  // From here on it is not whole.
  void cut() noexcept { whole_ = false; }

  [[nodiscard]] const std::vector<Told>& told() const noexcept { return told_; }
  [[nodiscard]] bool whole() const noexcept { return whole_; }

  // Of a turn whose actor is recorded: the state as it was when the turn began.
  bool recorded = false;
  bool beside = false;  // another turn waited when it began
  std::vector<capnp::word> before{};

 private:
  [[nodiscard]] bool room(std::size_t bytes) noexcept;
  void add_call(Kind kind, const wire::Envelope& call, std::int64_t number);

  std::vector<Told> told_;
  std::int64_t calls_ = 0;
  std::size_t bytes_ = 0;
  bool whole_ = true;
};

// Who keeps tapes of a node's turns, and takes them; host/ implements it. Any worker thread.
class TapeKeeper {
 public:
  // Of durable actors, for the case that they crash.
  bool crashes = false;
  // How many actors are recorded.
  std::atomic<std::uint32_t> recordings{0};
  [[nodiscard]] virtual bool records(const wire::Address& actor) noexcept = 0;
  // A turn of a recorded actor has ended, or one crashed: `turn` is a recorded::Turn. `called`: the services of whom
  // it called. It may block for no disk.
  virtual void take(const wire::Address& actor, std::unique_ptr<capnp::MallocMessageBuilder> turn,
                    const std::vector<const ServiceInfo*>& called, bool crashed) = 0;

 protected:
  ~TapeKeeper() = default;
};

// Stands for the world around a turn that is run again; testing/ implements it. On the actor's worker thread.
class TurnPlayer {
 public:
  // Of a call that a turn of `actor` makes. True: it answers it, and the call goes nowhere.
  [[nodiscard]] virtual bool takes(const wire::Address& actor, const wire::EnvelopePtr& call) = 0;
  // What the turn is told instead of `value`.
  [[nodiscard]] virtual std::int64_t clock(const wire::Address& actor, ClockRead what, std::int64_t value) = 0;

 protected:
  ~TurnPlayer() = default;
};

}  // namespace troupe::actor

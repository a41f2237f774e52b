// The journal of a saga: which run it is in, what its finished steps brought, and the signals nobody has taken yet.
// Three tables of the saga's actor; layouts are in saga.capnp. Everything here is part of the turn that calls it.
#pragma once

#include <saga/saga.capnp.h>
#include <troupe/caller.h>
#include <troupe/table.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "saga/step.h"

namespace troupe::saga {

// For people, and for waits: by the wall clock, and by Actor::node_time(), which nobody sets.
struct Moment {
  std::uint64_t wall_ms = 0;
  std::uint64_t node_ms = 0;
};

// A Run row as a value.
struct RunRecord {
  std::uint32_t number = 0;
  Phase phase = Phase::NONE;
  Moment started{};
  std::uint64_t ended_ms = 0;
  bool cancel_requested = false;
  std::optional<Error> failure;
  Moment compensating{};
  Phase stuck_in = Phase::NONE;
  std::string stuck_why;
  std::optional<std::uint32_t> stuck_at;
  std::string stuck_step;
  std::optional<Caller> caller;  // for whom it was started; nothing: nobody from outside

  // Whether it goes on by itself.
  [[nodiscard]] bool active() const noexcept { return phase == Phase::RUNNING || phase == Phase::COMPENSATING; }
  // Whether it has come to an end, or cannot reach one without help.
  [[nodiscard]] bool at_rest() const noexcept { return phase != Phase::NONE && !active(); }
};

// What a step leaves behind.
struct Outcome {
  std::string_view name;
  detail::Kind kind = detail::Kind::step;
  const Error* failure = nullptr;
  std::uint32_t attempts = 0;
  std::uint64_t started_ms = 0;
  Moment finished{};
  bool compensable = false;
  capnp::AnyPointer::Reader result{};
};

class Journal {
 public:
  using Stored = Table<Entry>::Stored;
  using Signalled = Table<Raised>::Stored;

  explicit Journal(Actor& actor);

  [[nodiscard]] std::optional<RunRecord> run() const;
  void write(const RunRecord& run);

  void add(std::uint32_t run, std::uint32_t position, const Outcome& outcome);
  [[nodiscard]] std::optional<Stored> entry(std::uint32_t run, std::uint32_t position) const;
  // All of a run, in order.
  [[nodiscard]] std::vector<Stored> entries(std::uint32_t run, std::size_t most = ~std::size_t{0}) const;
  void mark_undone(std::uint32_t run, std::uint32_t position, std::uint64_t when_ms);
  void undo_anew(std::uint32_t run, std::uint32_t position, const Moment& when);
  // Forgets a run's entries and every signal.
  void clear(std::uint32_t run);

  // The first one counts; false: there was one already.
  bool raise(std::string_view signal, capnp::AnyPointer::Reader payload, std::uint64_t now_ms);
  [[nodiscard]] std::optional<Signalled> raised(std::string_view signal) const;
  void take(std::string_view signal);

 private:
  Table<Run> runs_;
  Table<Entry> entries_;
  Table<Raised> signals_;
};

[[nodiscard]] Moment finished_at(Entry::Reader entry);
[[nodiscard]] Moment undone_anew_at(Entry::Reader entry);
[[nodiscard]] std::uint32_t position_of(const Journal::Stored& entry);
void write_failure(Failure::Builder out, const Error& error);
[[nodiscard]] Error read_failure(Failure::Reader failure);

}  // namespace troupe::saga

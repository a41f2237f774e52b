// The flight recorder: the last turns of a node, in memory, always. Each thread that runs turns writes into a ring of
// its own, of slots of one size, so nothing is shared and nothing waits; the newest turn takes the place of the oldest.
// Turns that failed, crashed or took long are noted once more in a small ring, which busy actors do not sweep away.
//
// A turn's slot is filled when it begins and completed when it ends, so that a turn that never ends can be seen. One
// that waited and ends on another thread is noted there as a whole, and whoever reads puts the two together.
//
// Whoever reads may be overtaken: a slot has a version, odd while it is written, and what changed meanwhile is left out
// (Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/tick_clock.h"
#include "troupe/error.h"
#include "troupe/ids.h"
#include "troupe/recording.h"
#include "wire/envelope.h"

namespace troupe {
struct ServiceInfo;
}

namespace troupe::telemetry {

// What ran, where no method of the schema did.
enum class EventKind : std::uint8_t { method, message, timer, reminder, answer, down, dead_letter, erase };

// How far a turn came: an outcome of base/observer.h's TurnOutcome, or that it has only begun.
inline constexpr std::uint8_t kBegun = 0xff;

// One turn, as it was noted.
struct TurnEvent {
  const ServiceInfo* service = nullptr;
  std::string key;             // the first FlightRecorder::kMostKeyBytes
  std::size_t key_bytes = 0;   // of the whole
  std::uint64_t long_key = 0;  // the hash of a key that is longer
  EventKind kind{};
  std::uint16_t method = 0;  // ordinal, of what has one
  RequestId request;
  TickClock::Ticks begun = 0;
  TickClock::Ticks ended = 0;  // 0: not seen
  std::chrono::nanoseconds waited{0};
  std::uint8_t outcome = kBegun;
  std::uint8_t error = 0;  // ErrorKind of what ended with one
  bool edited = false;
  const ServiceInfo* caller = nullptr;
  std::string caller_key;  // of `caller`; without that whatever is known of who called: "Order/o-1"
  std::string who;         // is asking, from outside
  std::size_t input_bytes = 0;
  // Of the parameters, or none: they were larger than is kept. Of a reminder and of an answer, its name as text.
  std::vector<std::vector<std::uint64_t>> input;
  std::string name;
};

class FlightRecorder {
 public:
  static constexpr std::size_t kMostKeyBytes = 64;
  static constexpr std::size_t kMostCallerBytes = 64;
  static constexpr std::size_t kMostWhoBytes = 32;

  // `bytes` is not 0. `threads`: that run turns; further ones share a ring.
  FlightRecorder(const TickClock& ticks, const FlightRecorderOptions& options, std::size_t threads);
  ~FlightRecorder();
  FlightRecorder(const FlightRecorder&) = delete;
  FlightRecorder& operator=(const FlightRecorder&) = delete;

  // Where a turn is noted, for end().
  struct Place {
    void* ring = nullptr;
    std::uint64_t number = 0;
  };
  struct End {
    std::uint8_t outcome = 0;
    const Error* error = nullptr;  // null: with none
    bool edited = false;
  };

  // --- the thread that runs the turn ---
  [[nodiscard]] Place begin(wire::Envelope& call, TickClock::Ticks at, TimePoint since) noexcept;
  void end(const Place& place, wire::Envelope& call, TickClock::Ticks begun, TimePoint since, const End& end) noexcept;

  // --- any thread ---
  // The newest first, at most `limit`; of one actor, or with a null service of all.
  struct Wanted {
    std::string_view service{};  // empty: of all
    std::string_view key{};
    std::size_t limit = 100;
  };
  [[nodiscard]] std::vector<TurnEvent> read(const Wanted& wanted) const;
  // That it holds, and what it may come to.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  struct Ring;
  [[nodiscard]] Ring& mine() noexcept {
    if (cached().recorder == id_) [[likely]]
      return *cached().ring;
    return find_mine();
  }
  struct Cached {
    std::uint64_t recorder = 0;
    Ring* ring = nullptr;
  };
  [[nodiscard]] static Cached& cached() noexcept {
    static thread_local Cached value;
    return value;
  }
  [[nodiscard]] Ring& find_mine() noexcept;
  [[nodiscard]] std::uint64_t write(Ring& ring, wire::Envelope& call, TickClock::Ticks at, TimePoint since) noexcept;

  const TickClock& ticks_;
  const std::uint64_t id_;  // of no other recorder of the process
  const std::size_t input_words_;
  TickClock::Ticks slow_ticks_ = 0;
  std::vector<std::unique_ptr<Ring>> rings_;  // the last is shared
  std::mutex mutex_;
  std::map<std::thread::id, Ring*> owners_;
};

}  // namespace troupe::telemetry

// Meters: what a node counts of every turn and every call, by method and by who calls whom.
//
// Counting is on the hot path of calls, so each thread counts in a shard of its own, which nobody else writes; who
// reads adds the shards up. A shard is made when a thread first counts here; past limits::kMaxMeterThreads threads the
// others share one, and pay for that. What there is to count in is bounded by what programs are written of, services
// and methods, never by keys: an actor more adds nothing. Past limits::kMaxMeteredServices services and
// limits::kMaxMeteredEdges edges the rest is one line, "(other)".
//
// How often something happened is exact. How long it took, and how many bytes it had, is measured of some: on each
// thread of the first kAllOf calls in every kWindow, and of one in kOneIn of those beyond, which then counts for
// kOneIn. So what is rare is measured whole, and a busy thread reads a clock for every thirty-second call. Who is
// measured is decided once, where the call begins on this node (or its turn, if it has no caller here), and holds for
// all that is measured of it there.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/tick_clock.h"
#include "telemetry/call_counts.h"
#include "troupe/ids.h"
#include "wire/envelope.h"

namespace troupe {
struct ServiceInfo;
}

namespace troupe::telemetry {

// A service, or who else may call, as the meters of one node number them.
using Metered = std::uint16_t;
inline constexpr Metered kOther = 0;    // a service past the limit
inline constexpr Metered kHost = 1;     // the host program
inline constexpr Metered kOutside = 2;  // somebody from outside: a gateway calls in their name
inline constexpr Metered kFirstService = 3;

// Its place among kResults, of what a call or a turn ended with; null: nothing went wrong.
[[nodiscard]] inline std::size_t result_of(const Error* error) noexcept {
  return error ? std::min(static_cast<std::size_t>(error->kind()), kResults - 1) : 0;
}

// A turn that has ended.
struct EndedTurn {
  Metered service = kOther;
  std::size_t outcome = 0;  // of kOutcomes
  TickClock::Ticks begun = 0;
  TickClock::Ticks ended = 0;
};

// What was counted of the turns of one method.
struct MethodSum {
  std::string service;
  std::string method;  // "(own)": what an actor does without a call: timers, reminders, durable messages' answers
  std::array<std::uint64_t, kOutcomes> ended{};
  std::uint64_t params_bytes = 0;
  std::uint64_t results_bytes = 0;
  HistogramSum waited;
  HistogramSum ran;
  HistogramSum commits;
};

// What was counted of the calls of one caller to one method.
struct EdgeSum {
  std::string caller;  // a service; "(host)", "(outside)"
  std::string service;
  std::string method;
  Place place = Place::nowhere;
  std::array<std::uint64_t, kResults> ended{};
  std::uint64_t params_bytes = 0;
  std::uint64_t results_bytes = 0;
  HistogramSum took;
};

class Meters {
 public:
  static constexpr std::uint32_t kAllOf = 1'000;
  static constexpr std::chrono::milliseconds kWindow{100};
  static constexpr std::uint32_t kOneIn = 32;

  explicit Meters(const TickClock& ticks);
  ~Meters();
  Meters(const Meters&) = delete;
  Meters& operator=(const Meters&) = delete;

  // Which member this node is, as Envelope::went_to has it. Before the first call.
  void here(std::uint16_t member) noexcept { here_ = member; }

  // --- any thread ---
  // The number of a service; the same each time. `service` outlives the meters.
  [[nodiscard]] Metered number_of(const ServiceInfo& service) noexcept;

  // A call of this node's begins.
  void call_begins(wire::Envelope& call, TimePoint now) noexcept {
    call.weight = static_cast<std::uint8_t>(shard().pace.weigh(now));
    if (call.weight != 0) call.sent_at = ticks_.now();
  }
  // It has ended for its caller: with an answer, whose callee is done, or with Envelope::caller_error.
  void call_ends(wire::Envelope& call, Metered caller) noexcept;
  // The same of one whose callee may still be at work.
  void call_given_up(const wire::Envelope& call, Metered caller, ErrorKind why) noexcept;
  // A call goes into a mailbox here.
  void call_arrives(wire::Envelope& call) noexcept {
    if (call.weight == 0 && (call.from_link || call.delivery)) weigh(call, call.arrived);
    if (call.weight != 0) call.arrived_at = ticks_.now();
  }
  // What an actor does without a call begins.
  void weigh(wire::Envelope& call, TimePoint now) noexcept {
    call.weight = static_cast<std::uint8_t>(shard().pace.weigh(now));
  }
  // Its turn is over; what `turn` says of times counts if the call is measured.
  void turn_ends(wire::Envelope& call, const EndedTurn& turn) noexcept;
  // What a measured turn wrote is on disk.
  struct Committed {
    Metered service = kOther;
    std::uint16_t method = 0;
    std::uint8_t weight = 0;  // 0: it is not measured
    TickClock::Ticks since = 0;
  };
  void committed(const Committed& what) noexcept;

  [[nodiscard]] const TickClock& ticks() const noexcept { return ticks_; }
  // Of what happened at all, in the order of the names.
  [[nodiscard]] std::vector<MethodSum> methods() const;
  [[nodiscard]] std::vector<EdgeSum> edges() const;
  // Threads that count, and what was not counted for want of memory.
  [[nodiscard]] std::size_t threads() const noexcept;
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }
  // "(host)", "(other)", or the service's name.
  [[nodiscard]] std::string name_of(Metered who) const;

 private:
  static constexpr std::size_t kServices = kFirstService + limits::kMaxMeteredServices;
  static constexpr std::size_t kEdgeSlots = 2 * limits::kMaxMeteredEdges;
  static constexpr std::size_t kNumbers = 2 * limits::kMaxMeteredServices;

  // Which calls of a thread are measured. Of the shared shard it is a guess, as several threads change it.
  class Pace {
   public:
    // How many calls this one stands for; 0: it is not measured.
    [[nodiscard]] std::uint32_t weigh(TimePoint now) noexcept {
      const std::int64_t time = now.time_since_epoch().count();
      if (time >= window_ends_.load(std::memory_order_relaxed)) [[unlikely]] {
        window_ends_.store(time + std::chrono::nanoseconds(kWindow).count(), std::memory_order_relaxed);
        left_.store(kAllOf, std::memory_order_relaxed);
      }
      const std::uint32_t left = left_.load(std::memory_order_relaxed);
      if (left > 0) {
        left_.store(left - 1, std::memory_order_relaxed);
        return 1;
      }
      // One in kOneIn in the mean, and at no fixed distance: what comes in rounds must not hide between them.
      const std::uint32_t count = count_.load(std::memory_order_relaxed) + 0x9e37'79b9u;
      count_.store(count, std::memory_order_relaxed);
      return count < (std::uint64_t{1} << 32) / kOneIn ? kOneIn : 0;
    }

   private:
    std::atomic<std::int64_t> window_ends_{0};
    std::atomic<std::uint32_t> left_{0};
    std::atomic<std::uint32_t> count_{0};
  };
  struct Edge {
    std::atomic<std::uint64_t> key{0};
    CallCounts* counts = nullptr;  // published by the key
  };
  struct Methods;  // of one service
  struct alignas(64) Shard {
    Pace pace;
    bool shared = false;
    std::thread::id owner{};
    std::size_t edges_used = 0;  // under registering_
    std::array<std::atomic<Methods*>, kServices> methods{};
    std::array<Edge, kEdgeSlots> edges{};
    std::atomic<CallCounts*> other{nullptr};  // of the edges past the limit

    Shard() = default;
    ~Shard();
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;
  };

  [[nodiscard]] Shard& shard() noexcept {
    struct Mine {
      std::uint64_t meters;
      Shard* shard;
    };
    static thread_local Mine mine{0, nullptr};
    if (mine.meters == id_) [[likely]]
      return *mine.shard;
    mine = {id_, &find_shard()};
    return *mine.shard;
  }
  [[nodiscard]] Shard& find_shard() noexcept;
  [[nodiscard]] TurnCounts* turns_of(Shard& mine, Metered service, std::uint16_t method) noexcept;
  [[nodiscard]] CallCounts* calls_of(Shard& mine, std::uint64_t key) noexcept;
  CallCounts* count_call(Shard& mine, const wire::Envelope& call, Metered caller, std::size_t result) noexcept;
  [[nodiscard]] CallCounts* add_edge(Shard& mine, std::uint64_t key) noexcept;
  [[nodiscard]] Methods* add_methods(Shard& mine, Metered service) noexcept;
  [[nodiscard]] Metered add_number(const ServiceInfo& service) noexcept;
  [[nodiscard]] std::uint16_t methods_in(Metered service) const noexcept;
  [[nodiscard]] std::string method_of(Metered service, std::uint16_t method) const;
  template <class Visit>
  void each_shard(Visit&& visit) const;

  const std::uint64_t id_;  // no other meters of the process have or had it: a thread knows its shard by it
  const TickClock& ticks_;
  std::uint16_t here_ = 0;
  std::atomic<std::uint64_t> lost_{0};

  // Numbers of services, by their ids.
  struct Number {
    std::atomic<std::uint64_t> id{0};
    Metered number = kOther;  // published by the id
  };
  std::array<Number, kNumbers> numbers_{};
  std::array<std::atomic<const ServiceInfo*>, kServices> services_{};
  std::atomic<std::size_t> services_used_{kFirstService};

  mutable std::mutex registering_;
  std::array<std::unique_ptr<Shard>, limits::kMaxMeterThreads> shards_;
  std::atomic<std::size_t> shards_used_{0};
  Shard shared_;
};

}  // namespace troupe::telemetry

// The turns of one actor: which may begin, which one keeps others out, which one edits, and those that wait in a
// co_await. What a turn does is runtime/actor/turn.h's business.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "actor/turn.h"
#include "base/hash_seed.h"
#include "troupe/ids.h"

namespace troupe::actor {

class Turns {
 public:
  // --- the actor's own thread ---
  // For a turn that is made now.
  [[nodiscard]] std::uint64_t next_serial() noexcept { return ++begun_; }
  [[nodiscard]] bool admit(TurnKind kind) const noexcept;
  void begin(Turn& turn) noexcept {
    if (turn.kind() == TurnKind::exclusive) exclusive_ = &turn;
  }
  // The one end of every turn, also of one that never waited: it holds nothing up any more. One that waits is taken
  // first.
  void end(Turn& turn) noexcept;
  // The one that keeps others out, and the one that may change what is durable; null: none does.
  [[nodiscard]] Turn* exclusive() const noexcept { return exclusive_; }
  [[nodiscard]] Turn* editor() const noexcept { return editor_; }
  void edit(Turn& turn) noexcept { editor_ = &turn; }
  // A turn may be gone without its end, for want of memory: forgets those that wait no more. No turn has the thread.
  void forget_gone() noexcept;

  // It has come to a wait, and is kept here until it is taken.
  void wait(std::unique_ptr<Turn> turn) noexcept;
  [[nodiscard]] std::unique_ptr<Turn> take(Turn& turn) noexcept;
  // Those that wait, the newest first; Turn::next leads on.
  [[nodiscard]] Turn* first_waiting() const noexcept { return first_; }
  // Whether a turn of that request waits.
  [[nodiscard]] bool waits(const RequestId& id);

  // The turn has given work to a blocking thread, which comes back with the turn's serial.
  void block(Turn& turn);
  // The turn of that serial, if it still waits for its blocking work; null: it has ended meanwhile.
  [[nodiscard]] Turn* blocked(std::uint64_t serial) const noexcept;

  // The turn has the thread, until leave_thread().
  void take_thread(const Turn& turn) noexcept { running_.store(1u + turn.call()->method, std::memory_order_relaxed); }
  void leave_thread() noexcept { running_.store(0, std::memory_order_relaxed); }

  // --- any thread ---
  [[nodiscard]] bool running() const noexcept { return running_.load(std::memory_order_relaxed) != 0; }
  // The method of the turn that has the thread, kNoMethod for what has none.
  [[nodiscard]] std::optional<std::uint16_t> running_method() const noexcept {
    const std::uint32_t running = running_.load(std::memory_order_relaxed);
    if (running == 0) return std::nullopt;
    return static_cast<std::uint16_t>(running - 1);
  }
  [[nodiscard]] std::uint32_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }
  // That have ended, ever.
  [[nodiscard]] std::uint64_t done() const noexcept { return done_.load(std::memory_order_relaxed); }

 private:
  // What most actors never need.
  struct OptionalParts {
    // The requests of turns that wait, made when a retry looks for its first attempt among many; gone when none waits.
    std::optional<std::unordered_multiset<RequestId, SeededHash>> ids;
    std::unordered_map<std::uint64_t, Turn*> blocked;
  };
  OptionalParts& optional_parts() {
    if (!optional_) optional_ = std::make_unique<OptionalParts>();
    return *optional_;
  }
  void add_id(const Turn& turn) noexcept;
  void remove_id(const Turn& turn) noexcept;

  Turn* exclusive_ = nullptr;
  Turn* editor_ = nullptr;
  Turn* first_ = nullptr;
  std::uint64_t begun_ = 0;
  std::unique_ptr<OptionalParts> optional_;
  std::atomic<std::uint32_t> running_{0};  // 1 + the method of the turn that has the thread; 0: none has
  std::atomic<std::uint32_t> waiting_{0};
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace troupe::actor

#include "actor/turns.h"

#include <new>
#include <utility>

#include "base/limits.h"

namespace troupe::actor {
namespace {

// Turns that wait, and are looked through one by one.
constexpr std::uint32_t kFewTurns = 32;

}  // namespace

bool Turns::admit(TurnKind kind) const noexcept {
  if (kind == TurnKind::exclusive) return !exclusive_;
  return waiting() < limits::kMaxTurnsAtOnce;
}

void Turns::end(Turn& turn) noexcept {
  if (exclusive_ == &turn) exclusive_ = nullptr;
  if (editor_ == &turn) editor_ = nullptr;
  if (optional_ && !optional_->blocked.empty()) optional_->blocked.erase(turn.serial());
  done_.store(done() + 1, std::memory_order_relaxed);
}

void Turns::forget_gone() noexcept {
  const auto gone = [this](const Turn* turn) {
    for (const Turn* at = first_; at; at = at->next)
      if (at == turn) return false;
    return true;
  };
  if (exclusive_ && gone(exclusive_)) exclusive_ = nullptr;
  if (editor_ && gone(editor_)) editor_ = nullptr;
}

void Turns::wait(std::unique_ptr<Turn> owned) noexcept {
  Turn& turn = *owned.release();
  waiting_.fetch_add(1, std::memory_order_relaxed);
  turn.prev = nullptr;
  turn.next = first_;
  if (first_) first_->prev = &turn;
  first_ = &turn;
  turn.call()->waiting_turn = &turn;
  if (optional_ && optional_->ids) add_id(turn);
}

std::unique_ptr<Turn> Turns::take(Turn& turn) noexcept {
  (turn.prev ? turn.prev->next : first_) = turn.next;
  if (turn.next) turn.next->prev = turn.prev;
  turn.prev = turn.next = nullptr;
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  turn.call()->waiting_turn = nullptr;
  if (optional_ && optional_->ids) remove_id(turn);
  return std::unique_ptr<Turn>(&turn);
}

// Past a few turns by a table: after a lost link all that wait here come again.
bool Turns::waits(const RequestId& id) {
  if (waiting() <= kFewTurns) {
    const Turn* turn = first_;
    while (turn && turn->call()->id != id) turn = turn->next;
    return turn != nullptr;
  }
  auto& ids = optional_parts().ids;
  if (!ids) {
    std::unordered_multiset<RequestId, SeededHash> all;
    for (const Turn* turn = first_; turn; turn = turn->next) all.insert(turn->call()->id);
    ids = std::move(all);
  }
  return ids->contains(id);
}

void Turns::add_id(const Turn& turn) noexcept {
  try {
    optional_->ids->insert(turn.call()->id);
  } catch (const std::bad_alloc&) {  // made anew when it is asked for
    optional_->ids.reset();
  }
}

void Turns::remove_id(const Turn& turn) noexcept {
  auto& ids = optional_->ids;
  if (!first_) return ids.reset();
  if (const auto at = ids->find(turn.call()->id); at != ids->end()) ids->erase(at);
}

void Turns::block(Turn& turn) { optional_parts().blocked.insert_or_assign(turn.serial(), &turn); }

Turn* Turns::blocked(std::uint64_t serial) const noexcept {
  if (!optional_) return nullptr;
  const auto at = optional_->blocked.find(serial);
  return at == optional_->blocked.end() ? nullptr : at->second;
}

}  // namespace troupe::actor

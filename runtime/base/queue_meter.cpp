#include "base/queue_meter.h"

#include <algorithm>

namespace troupe {

namespace {

// Bytes are counted with a sign, and some are let in past the limit.
constexpr std::size_t kMostQueuedBytes = std::size_t{1} << 60;

// Addresses come again, and a thread's notes outlive a meter; numbers do not come again.
std::uint64_t next_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

QueueMeter::QueueMeter() noexcept : id_(next_id()) {
  slots_.back().shared = true;
  configure({});
}

void QueueMeter::configure(const OverloadPolicy& policy) noexcept {
  policy_ = policy;
  policy_.max_queued_bytes = std::min(policy.max_queued_bytes, kMostQueuedBytes);
  using std::chrono::nanoseconds;
  target_ns_ = nanoseconds(policy.target).count();
  interval_ns_ = nanoseconds(policy.interval).count();
  quick_ = target_ns_ > 0 ? target_ns_ : kNever;
  round_ends_ = target_ns_ > 0 ? 0 : kNever;
  most_calls_ = std::clamp<std::int64_t>(policy.max_queued_calls / 256, 1, kMostCalls);
}

QueueMeter::Slot& QueueMeter::find_slot() noexcept {
  const auto me = std::this_thread::get_id();
  std::lock_guard lock(registering_);
  const std::size_t used = slots_used_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < used; ++i) {
    if (slots_[i].owner == me) return slots_[i];
  }
  if (used == kThreads) return slots_.back();
  slots_[used].owner = me;
  slots_used_.store(used + 1, std::memory_order_release);
  return slots_[used];
}

// `calls` and `bytes` hold what the slot kept, too. The shared slot keeps nothing.
void QueueMeter::pass_on(Slot& mine, std::int64_t calls, std::int64_t bytes) noexcept {
  if (!mine.shared) {
    mine.calls.store(0, std::memory_order_relaxed);
    mine.bytes.store(0, std::memory_order_relaxed);
  }
  calls_.fetch_add(calls, std::memory_order_relaxed);
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void QueueMeter::add_held(std::int64_t held) noexcept {
  Slot& mine = slot();
  if (!mine.shared) {
    held += mine.held.load(std::memory_order_relaxed);
    const bool keeps = held < most_calls_ && held > -most_calls_;
    mine.held.store(keeps ? held : 0, std::memory_order_relaxed);
    if (keeps) return;
  }
  held_.fetch_add(held, std::memory_order_relaxed);
}

void QueueMeter::hold(std::size_t bytes) noexcept {
  enter_anyway(bytes);
  add_held(1);
}

void QueueMeter::release(std::size_t bytes) noexcept {
  leave(bytes);
  add_held(-1);
}

Bound QueueMeter::enter(std::size_t bytes, bool nested, TimePoint now) noexcept {
  const auto most = [nested](auto limit) { return static_cast<std::int64_t>(nested ? limit + limit / 8 : limit); };
  if (calls_.load(std::memory_order_relaxed) >= most(std::int64_t{policy_.max_queued_calls})) return Bound::node_calls;
  if (bytes_.load(std::memory_order_relaxed) >= most(policy_.max_queued_bytes)) return Bound::node_bytes;
  if (const auto room = room_.load(std::memory_order_relaxed); room != kUnlimited) [[unlikely]] {
    if (fresh(now) && inbox() >= std::int64_t{room} * (nested ? 2 : 1)) return Bound::node_delay;
  }
  enter_anyway(bytes);
  return Bound::none;
}

// What a round was like decides how the next one is: rounds of a target's time before it sheds, of an interval then.
void QueueMeter::close_round(std::int64_t now_ns) noexcept {
  const bool sheds = shed_above_.load(std::memory_order_relaxed) != kNever;
  auto ends = round_ends_.load(std::memory_order_relaxed);
  const std::int64_t next = now_ns + (sheds ? interval_ns_ : std::min(target_ns_, interval_ns_));
  if (now_ns < ends || !round_ends_.compare_exchange_strong(ends, next, std::memory_order_acq_rel)) return;
  const std::int64_t lasted = std::max<std::int64_t>(now_ns - round_began_.exchange(now_ns), 1);
  const auto round = round_.load(std::memory_order_relaxed);
  const std::size_t used = slots_used_.load(std::memory_order_acquire);
  std::uint64_t served = 0, shed = 0, waited = 0;
  bool one_was_quick = false;
  const auto add_up = [&](const Slot& slot) {
    served += slot.served.load(std::memory_order_relaxed);
    shed += slot.shed.load(std::memory_order_relaxed);
    waited += slot.waited.load(std::memory_order_relaxed);
    one_was_quick = one_was_quick || slot.quick_round.load(std::memory_order_relaxed) == round;
  };
  add_up(slots_.back());
  for (std::size_t i = 0; i < used; ++i) add_up(slots_[i]);
  // What is taken back elsewhere may come before what it was counted for.
  const auto in_round = std::max<std::int64_t>(static_cast<std::int64_t>(served - served_before_.exchange(served)), 0);
  const auto taken = in_round + static_cast<std::int64_t>(shed - shed_before_.exchange(shed));
  const auto waited_in_round = static_cast<std::int64_t>(waited - waited_before_.exchange(waited));
  const double per_ns = static_cast<double>(std::max<std::int64_t>(in_round, 1)) / static_cast<double>(lasted);
  const double waits_ns = static_cast<double>(std::max<std::int64_t>(inbox(), 0)) / per_ns;
  // After a pause nothing is known of what came before.
  const bool paused = lasted > 2 * interval_ns_;

  bool stands = sheds && waited_in_round >= taken * (target_ns_ / 2);
  // Only workers that always found something to do show how fast they are; a round that served nobody shows nothing
  // new.
  const bool all_waited = sheds ? stands : !one_was_quick;
  if (!all_waited || paused) {
    ns_per_call_.store(0, std::memory_order_relaxed);
  } else if (in_round > 0) {
    ns_per_call_.store(lasted / in_round, std::memory_order_relaxed);
  }
  if (!sheds && !one_was_quick) {
    const auto for_ns = nobody_quick_ns_.load(std::memory_order_relaxed) + lasted;
    nobody_quick_ns_.store(for_ns, std::memory_order_relaxed);
    stands = for_ns >= interval_ns_ || waits_ns > static_cast<double>(interval_ns_);
  }
  if (paused) stands = false;
  if (stands) {
    const double served_in_target = per_ns * static_cast<double>(target_ns_);
    const auto least = static_cast<double>(kLeastRoom + static_cast<std::size_t>(most_calls_) * (used + 1));
    room_.store(static_cast<std::uint32_t>(std::clamp(served_in_target, least, 1e9)), std::memory_order_relaxed);
    shed_above_.store(2 * target_ns_, std::memory_order_relaxed);
  } else {
    room_.store(kUnlimited, std::memory_order_relaxed);
    shed_above_.store(kNever, std::memory_order_relaxed);
  }
  if (stands || one_was_quick || paused) nobody_quick_ns_.store(0, std::memory_order_relaxed);
  round_.store(round + 1, std::memory_order_relaxed);
}

std::int64_t QueueMeter::wait_ms(std::int64_t waiting, TimePoint now) const noexcept {
  const auto ns_per_call = ns_per_call_.load(std::memory_order_relaxed);
  if (ns_per_call == 0 || waiting <= 0 || !fresh(now)) return 0;
  return static_cast<std::int64_t>(static_cast<double>(waiting) * static_cast<double>(ns_per_call) / 1e6);
}

QueueMeter::Levels QueueMeter::levels(TimePoint now) const noexcept {
  Levels out;
  out.calls = calls_.load(std::memory_order_relaxed);
  out.bytes = bytes_.load(std::memory_order_relaxed);
  out.held = held_.load(std::memory_order_relaxed);
  out.standing = room_.load(std::memory_order_relaxed) != kUnlimited && fresh(now);
  for (const Slot& slot : slots_) {
    out.calls += slot.calls.load(std::memory_order_relaxed);
    out.bytes += slot.bytes.load(std::memory_order_relaxed);
    out.held += slot.held.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < kBounds; ++i) out.refused[i] += slot.refused[i].load(std::memory_order_relaxed);
  }
  out.wait_ms = wait_ms(out.calls - out.held, now);
  return out;
}

std::chrono::milliseconds QueueMeter::retry_after(TimePoint now) const noexcept {
  return std::clamp(std::chrono::milliseconds(wait_ms(inbox(), now)), kRetryAfter, kMostRetryAfter);
}

}  // namespace troupe

#include "call/host_call.h"

#include <algorithm>
#include <bit>

#include "base/guarded.h"
#include "base/limits.h"
#include "engine/held_wakes.h"
#include "telemetry/call_span.h"
#include "telemetry/meters.h"
#include "troupe/duration.h"

namespace troupe::call {
namespace {

int& callbacks() noexcept {
  static thread_local int depth = 0;
  return depth;
}

}  // namespace

bool in_callback() noexcept { return callbacks() > 0; }
CallbackScope::CallbackScope() noexcept { ++callbacks(); }
CallbackScope::~CallbackScope() { --callbacks(); }

HostCall::~HostCall() {
  if (watch_) watch_->remove(*this);
}

bool HostCall::post(Mail* mail) noexcept {
  // The watch's reference to the call goes with this one; the caller's handle keeps the outcome.
  auto call = wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail));
  auto self = Ptr<HostCall>::share(this);
  if (watch_) watch_->remove(*this);
  telemetry::call_ended(call->target->sink.origin.tracer, *call);
  if (auto* meters = call->target->sink.origin.meters)
    meters->call_ends(*call, call->from_outside ? telemetry::kOutside : telemetry::kHost);
  std::function<void()> callback;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    callback = std::move(callback_);
    ended_signal_.notify_all();
  }
  if (callback) {
    const CallbackScope scope;
    run_guarded("a callback of then()", call->target->sink.origin.log, callback);
  }
  return true;
}

bool HostCall::wait(std::chrono::nanoseconds timeout) {
  engine::JobsTogether::let_go();
  std::unique_lock lock(mutex_);
  return ended_signal_.wait_until(lock, later(std::chrono::steady_clock::now(), timeout), [this] { return ended_; });
}

void HostCall::on_end(std::function<void()> callback, const LogSink& log) {
  {
    std::lock_guard lock(mutex_);
    if (callback_) throw Error(ErrorKind::invalid, "a call has a callback for its end already");
    if (!ended_) {
      callback_ = std::move(callback);
      return;
    }
  }
  run_guarded("a callback of then()", log, callback);
}

// --- the wheel ---

std::uint64_t DeadlineWheel::tick_of(TimePoint time) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch() / kGrain, 0));
}

bool DeadlineWheel::add(wire::Envelope& call) {
  auto& host = static_cast<HostCall&>(*call.reply_to);
  std::lock_guard lock(mutex_);
  if (size() >= limits::kMaxPendingCalls) return false;
  host.watch_ = this;
  host.call_ = &call;
  link(host);
  if (call.deadline < looks_at_) {
    looks_at_ = TimePoint::min();  // once is enough
    if (wake_) wake_();
  }
  return true;
}

// What is late already goes where the next look will find it.
void DeadlineWheel::link(HostCall& call) noexcept {
  const std::size_t slot = std::max(tick_of(call.call_->deadline), swept_) % kSlots;
  call.slot_ = slot;
  call.next_ = slots_[slot];
  call.prev_ = nullptr;
  if (call.next_) call.next_->prev_ = &call;
  slots_[slot] = &call;
  filled_[slot / kWordBits] |= std::uint64_t{1} << (slot % kWordBits);
  size_.fetch_add(1, std::memory_order_relaxed);
}

void DeadlineWheel::remove(HostCall& call) noexcept {
  std::lock_guard lock(mutex_);
  unlink(call);
}

void DeadlineWheel::unlink(HostCall& call) noexcept {
  if (!call.call_) return;
  (call.prev_ ? call.prev_->next_ : slots_[call.slot_]) = call.next_;
  if (call.next_) call.next_->prev_ = call.prev_;
  call.next_ = call.prev_ = nullptr;
  call.call_ = nullptr;
  if (!slots_[call.slot_]) filled_[call.slot_ / kWordBits] &= ~(std::uint64_t{1} << (call.slot_ % kWordBits));
  size_.fetch_sub(1, std::memory_order_relaxed);
}

// A call on its way home is settled and will be removed there. One whose last owner has just left waits for the lock to
// be removed: it is still there to be looked at, but not to be shared.
void DeadlineWheel::collect(std::size_t slot, TimePoint now, std::vector<wire::EnvelopePtr>& late) const {
  for (const HostCall* at = slots_[slot]; at; at = at->next_) {
    wire::Envelope* call = at->call_;
    if (call->deadline <= now && !call->settled() && call->try_add_ref())
      late.push_back(wire::EnvelopePtr::adopt(call));
  }
}

void DeadlineWheel::end_late(TimePoint now) {
  std::vector<wire::EnvelopePtr> late;
  {
    std::lock_guard lock(mutex_);
    const std::uint64_t tick = std::max(tick_of(now), swept_);
    const std::uint64_t from = std::max(swept_, tick >= kSlots ? tick - kSlots + 1 : 0);
    if (size() > 0) {
      for (std::uint64_t at = from; at <= tick; ++at) collect(at % kSlots, now, late);
    }
    swept_ = tick;
  }
  for (auto& call : late) wire::give_up_late(std::move(call));
}

void DeadlineWheel::end_all(const Error& why) {
  std::vector<wire::EnvelopePtr> all;
  {
    std::lock_guard lock(mutex_);
    for (std::size_t slot = 0; slot < kSlots; ++slot) collect(slot, TimePoint::max(), all);
  }
  for (auto& call : all) wire::give_up(std::move(call), why);
}

// The end of the first slot, from here on around the wheel, that holds a call: what lies there is late by then, or due
// in a later round.
TimePoint DeadlineWheel::next_look() {
  std::lock_guard lock(mutex_);
  looks_at_ = TimePoint::max();
  if (size() == 0) return looks_at_;
  for (std::uint64_t at = swept_; at < swept_ + kSlots;) {
    const std::size_t slot = at % kSlots;
    const std::uint64_t rest = filled_[slot / kWordBits] >> (slot % kWordBits);
    if (rest == 0) {
      at += kWordBits - slot % kWordBits;
      continue;
    }
    at += static_cast<std::uint64_t>(std::countr_zero(rest));
    looks_at_ = TimePoint(kGrain * static_cast<std::int64_t>(at + 1));
    break;
  }
  return looks_at_;
}

void DeadlineWheel::wake_with(std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

}  // namespace troupe::call

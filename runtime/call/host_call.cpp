#include "call/host_call.h"

#include <vector>

#include "base/limits.h"

namespace troupe::call {

HostCall::~HostCall() {
  if (watch_) watch_->remove(*this);
}

bool HostCall::post(Mail* mail) noexcept {
  // The watch's reference to the call goes with this one; the caller's handle keeps the outcome.
  auto call = wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail));
  auto self = Ptr<HostCall>::share(this);
  if (watch_) watch_->remove(*this);
  std::function<void()> callback;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    callback = std::move(callback_);
    ended_signal_.notify_all();
  }
  if (callback) callback();
  return true;
}

bool HostCall::wait(std::chrono::nanoseconds timeout) {
  std::unique_lock lock(mutex_);
  return ended_signal_.wait_for(lock, timeout, [this] { return ended_; });
}

void HostCall::on_end(std::function<void()> callback) {
  {
    std::lock_guard lock(mutex_);
    if (!ended_) {
      callback_ = std::move(callback);
      return;
    }
  }
  callback();
}

bool DeadlineWatch::add(wire::Envelope& call) {
  auto& host = static_cast<HostCall&>(*call.reply_to);
  std::lock_guard lock(mutex_);
  if (size() >= limits::kMaxPendingCalls) return false;
  host.watch_ = this;
  host.call_ = &call;
  host.next_ = first_;
  if (first_) first_->prev_ = &host;
  first_ = &host;
  size_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void DeadlineWatch::remove(HostCall& call) noexcept {
  std::lock_guard lock(mutex_);
  unlink(call);
}

void DeadlineWatch::unlink(HostCall& call) noexcept {
  if (!call.call_) return;
  (call.prev_ ? call.prev_->next_ : first_) = call.next_;
  if (call.next_) call.next_->prev_ = call.prev_;
  call.next_ = call.prev_ = nullptr;
  call.call_ = nullptr;
  size_.fetch_sub(1, std::memory_order_relaxed);
}

void DeadlineWatch::end(const std::function<bool(const wire::Envelope&)>& which, const Error* why) {
  std::vector<wire::EnvelopePtr> ended;
  {
    std::lock_guard lock(mutex_);
    for (HostCall* at = first_; at;) {
      HostCall* next = at->next_;
      // A call on its way home is settled and will be removed there; its envelope lives until then.
      if (!at->call_->settled() && which(*at->call_)) ended.push_back(wire::EnvelopePtr::share(at->call_));
      at = next;
    }
  }
  for (auto& call : ended) {
    if (why) {
      wire::give_up(std::move(call), *why);
    } else {
      wire::give_up_late(std::move(call));
    }
  }
}

void DeadlineWatch::end_late(TimePoint now) {
  end([now](const wire::Envelope& call) { return call.deadline <= now; }, nullptr);
}

void DeadlineWatch::end_all(const Error& why) {
  end([](const wire::Envelope&) { return true; }, &why);
}

}  // namespace troupe::call

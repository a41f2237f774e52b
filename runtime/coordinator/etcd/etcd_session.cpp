#include "coordinator/etcd/etcd_session.h"

#include <time.h>

#include <algorithm>

namespace troupe::coordinator::etcd {
namespace {

constexpr std::int64_t kOver = 0;
// Of the time to live: clocks run at different rates.
constexpr int kMarginPart = 10;
// How often it is renewed within its time to live.
constexpr int kRenewals = 3;
// After a renewal that failed.
constexpr std::chrono::milliseconds kSoon{100};
// How long the end of a session may take; the lease runs out anyway.
constexpr std::chrono::seconds kClosing{2};

}  // namespace

std::int64_t boot_time() noexcept {
  timespec now{};
  (void)::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

EtcdSession::EtcdSession(Calls& calls, SessionId id, std::chrono::milliseconds ttl, std::int64_t asked,
                         SessionEvents& events)
    : calls_(calls), id_(id), ttl_(ttl), events_(events), until_(end_of(asked)), thread_([this] { run(); }) {}

EtcdSession::~EtcdSession() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
  (void)calls_.ask({.path = "/v3/lease/revoke", .body = ask_of_lease(id_), .tried = "cannot end a session"},
                   later(std::chrono::steady_clock::now(), kClosing));
}

std::int64_t EtcdSession::end_of(std::int64_t asked) const noexcept {
  return asked + std::chrono::nanoseconds(ttl_ - ttl_ / kMarginPart).count();
}

bool EtcdSession::alive() const noexcept {
  std::int64_t until = until_.load(std::memory_order_acquire);
  while (until != kOver && boot_time() >= until)
    if (until_.compare_exchange_weak(until, kOver)) return false;
  return until != kOver;
}

void EtcdSession::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    // The end may come sooner than the next renewal.
    const auto left = std::chrono::nanoseconds(std::max<std::int64_t>(until_.load() - boot_time(), 0));
    const auto pause = last_failure_.empty() ? ttl_ / kRenewals : kSoon;
    const auto next = std::min<std::chrono::nanoseconds>(pause, left);
    if (changed_.wait_until(lock, later(std::chrono::steady_clock::now(), next), [&] { return stopping_; })) return;
    lock.unlock();
    const auto lost = renew();
    if (lost) until_.store(kOver, std::memory_order_release);
    lock.lock();
    if (!lost) continue;
    if (stopping_) return;
    lock.unlock();
    events_.on_session_lost(id_, *lost);
    return;
  }
}

std::optional<Error> EtcdSession::renew() {
  const std::string said = "session " + std::to_string(id_) + " at etcd (" + calls_.shown() + ")";
  const auto ended = [&](const std::string& why) { return Error(ErrorKind::unavailable, said + why); };
  if (alive()) {
    const std::int64_t asked = boot_time();
    const auto answer =
        calls_.ask({.path = "/v3/lease/keepalive", .body = ask_of_lease(id_), .tried = "cannot renew a session"},
                   later(std::chrono::steady_clock::now(), ttl_ / kRenewals));
    const auto ttl = answer ? read_ttl(answer.value()) : Result<std::int64_t>(answer.error());
    if (ttl && ttl.value() <= 0)
      return ended(" was ended: its time to live passed, or somebody revoked it; what it held is gone");
    last_failure_ = ttl ? std::string() : ttl.error().message();
    std::int64_t until = until_.load(std::memory_order_acquire);
    // Who asked meanwhile may have been told that it is over, and then it is.
    while (ttl && until != kOver && boot_time() < until)
      if (until_.compare_exchange_weak(until, std::max(until, end_of(asked)))) return std::nullopt;
  }
  if (alive()) return std::nullopt;
  return ended(" could not be renewed within its " + std::to_string(ttl_.count()) + " ms, so it may have ended" +
               (last_failure_.empty() ? "" : " (" + last_failure_ + ")") + "; what it held may be gone");
}

}  // namespace troupe::coordinator::etcd

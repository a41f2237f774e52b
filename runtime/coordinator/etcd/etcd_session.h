// A session in an etcd: a lease that a thread of its own renews. Whether it lives is known from the time that was left
// when it was last renewed, by this machine's clock, which also counts while the process or the machine is stopped.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "coordinator/coordinator.h"
#include "coordinator/etcd/calls.h"

namespace troupe::coordinator::etcd {

// Nanoseconds since the machine started, those that it slept included.
[[nodiscard]] std::int64_t boot_time() noexcept;

class EtcdSession final : public Session {
 public:
  // `ttl`: what etcd granted. `asked`: boot_time() before it was. `calls` and `events` outlive it.
  EtcdSession(Calls& calls, SessionId id, std::chrono::milliseconds ttl, std::int64_t asked, SessionEvents& events);
  ~EtcdSession() override;

  [[nodiscard]] SessionId id() const noexcept override { return id_; }
  [[nodiscard]] bool alive() const noexcept override;

 private:
  void run();
  // Nothing: it was renewed, or may be yet.
  [[nodiscard]] std::optional<Error> renew();
  [[nodiscard]] std::int64_t end_of(std::int64_t asked) const noexcept;

  Calls& calls_;
  const SessionId id_;
  const std::chrono::milliseconds ttl_;
  SessionEvents& events_;
  // Until when it lives for certain; kOver once that has passed, for ever: what was taken for dead does not come back.
  mutable std::atomic<std::int64_t> until_;
  std::string last_failure_;  // empty: it was renewed
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace troupe::coordinator::etcd

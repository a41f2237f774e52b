// The services' own checks (HostOptions::health), each on a thread of its own: one that hangs holds up nothing but
// itself, and none runs twice at once. They go by the machine's clock, also where the node has another one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log_fields.h"

namespace troupe::host {

struct ServiceCheck {
  std::uint64_t service = 0;
  std::string name;
  std::function<std::string()> check;  // throws nothing; empty: all is well
};

class ServiceChecks {
 public:
  struct Times {
    std::chrono::milliseconds every;
    std::chrono::milliseconds slow;  // then what it would say is not waited for
  };
  // `changed` is called when what is found may have changed, on a thread of a check; it must not block.
  ServiceChecks(std::vector<ServiceCheck> checks, Times times, std::function<void()> changed, LogSink log);
  // Waits for those that run.
  ~ServiceChecks();
  ServiceChecks(const ServiceChecks&) = delete;
  ServiceChecks& operator=(const ServiceChecks&) = delete;

  // --- any thread ---
  struct Found {
    std::uint64_t service = 0;
    std::string name;
    std::string trouble;  // empty: it is well
  };
  // Of each service that has a check.
  [[nodiscard]] std::vector<Found> found();
  // Each of them has passed once.
  [[nodiscard]] bool passed() const;
  // None begins any more.
  void stop();
  // Services whose check runs at this moment.
  [[nodiscard]] std::vector<std::string> running() const;

 private:
  struct One {
    ServiceCheck check;
    bool runs = false;
    TimePoint since{};  // it runs
    bool told_slow = false;
    bool ended_once = false;
    bool passed_once = false;
    std::string trouble;
    std::thread thread;
  };
  void run(One& one);
  [[nodiscard]] std::string trouble_of(const One& one, TimePoint now) const;
  void log(LogLevel level, const One& one, const std::string& message) const;

  const Times times_;
  const std::function<void()> changed_;
  const LogSink log_;
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stops_ = false;
  std::vector<std::unique_ptr<One>> all_;
};

}  // namespace troupe::host

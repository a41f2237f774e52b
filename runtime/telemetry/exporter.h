// Takes spans out of the node: to a collector, and to the host's own sink, in batches, on a thread of its own.
//
// Whoever ends a span never waits for it: the queue has a bound, and what comes when it is full is dropped and counted.
// A batch that a collector cannot take now is tried again, the pause doubling with some chance in it; after
// kMostTries, or when it is refused for good, it is dropped and counted.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "telemetry/otlp_http.h"
#include "telemetry/otlp_json.h"
#include "troupe/log.h"

namespace troupe::telemetry {

class Exporter {
 public:
  static constexpr unsigned kMostTries = 8;
  // What end() gives a batch that is under way, and the last ones.
  static constexpr std::chrono::milliseconds kLastTry{2'000};

  struct Options {
    Resource resource{};
    std::size_t batch = 512;
    std::size_t queue = 8'192;
    std::chrono::milliseconds every{1'000};
    std::chrono::milliseconds backoff{1'000};  // the first
    std::chrono::milliseconds most_backoff{30'000};
    PostSpans post{};                                       // empty: to no collector
    std::function<void(std::span<const SpanData>)> sink{};  // empty: none; throws nothing
    LogSink log{};
  };
  struct Counts {
    std::uint64_t exported = 0;
    std::uint64_t dropped = 0;
    std::uint64_t waiting = 0;
    std::string last_error{};
  };

  // Throws std::system_error when there is no thread to be had.
  explicit Exporter(Options options);
  ~Exporter();
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  // Any thread.
  void offer(const SpanPtr& span) noexcept;
  [[nodiscard]] Counts counts() const;
  // Tries once more to bring out what waits, and ends; a thread that hangs in a request or a sink is left behind, and
  // touches nothing of the node. Idempotent.
  void end() noexcept;

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state) noexcept;

  const std::shared_ptr<State> state_;
  std::thread thread_;
};

// Before the next try; `failed`: tries so far, from 1. `chance`: 0 to 1, of which a half of the pause is taken.
[[nodiscard]] std::chrono::milliseconds export_pause(std::chrono::milliseconds first, std::chrono::milliseconds most,
                                                     unsigned failed, double chance) noexcept;

}  // namespace troupe::telemetry

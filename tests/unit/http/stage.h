// A server on a free port, its log, and waiting for what its threads do.
#pragma once

#include <doctest/doctest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "gateway/http/server.h"
#include "raw_client.h"

namespace troupe::http {

// What other threads put in, in its order.
template <class T>
class Box {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  // The next one; a test that waits too long fails.
  T take() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_until(lock, later(std::chrono::steady_clock::now(), RawClient::kPatience),
                                [&] { return taken_ < values_.size(); }));
    return std::move(values_[taken_++]);
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return values_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> values_;
  std::size_t taken_ = 0;
};

// Looks again and again until it is so.
template <class Is>
bool soon(Is&& is) {
  const auto end = later(std::chrono::steady_clock::now(), RawClient::kPatience);
  while (!is()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

inline std::unique_ptr<Server> serve(Handler handler, ServerOptions options = {}) {
  auto started = Server::start(std::move(options), std::move(handler));
  REQUIRE_MESSAGE(started.ok(), (started.ok() ? std::string() : started.error().message()));
  return std::move(started).value();
}

// Answers with what was asked: "GET /path?query" and the body in a second line.
inline void echo(Request request, Responder responder) {
  Response out = text(200, request.method + " " + request.target.raw);
  if (!request.body.empty()) out.body += "\n" + request.body;
  responder.answer(std::move(out));
}

}  // namespace troupe::http

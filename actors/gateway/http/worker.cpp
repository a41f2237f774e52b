#include "gateway/http/worker.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "gateway/http/connection.h"

namespace troupe::http {

Worker::Worker(std::shared_ptr<Shared> what) : shared(std::move(what)), scratch(kReadBytes) {}

void Worker::start() {
  thread_ = std::thread([this] {
    id_ = std::this_thread::get_id();  // before anything that this thread gives others to ask for it
    tick();
    // No memory, for one: what was under way is lost, and others go on.
    while (!guarded(*shared, "the server's own thread", [this] { io.run(); })) {
    }
    calls_.reset();
  });
}

void Worker::stop() {
  {
    const std::lock_guard lock(gate_);
    if (closed_) return;
    closed_ = true;
    boost::asio::post(io, [this] {
      for (const auto& connection : std::list(connections_)) connection->close();
      timer_.cancel();
      io.stop();
    });
  }
  if (thread_.joinable()) thread_.join();
  // What was posted before and has not run holds connections; it finds them closed.
  io.restart();
  io.poll();
  run_posted();
}

bool Worker::post(std::function<void()> run) {
  {
    const std::lock_guard lock(gate_);
    if (closed_) return false;
    posted_.push_back(std::move(run));
    if (posted_.size() > 1) return true;  // it was rung
  }
  if (!ring_later(shared_from_this())) ring();
  return true;
}

void Worker::ring() noexcept {
  const std::lock_guard lock(gate_);
  if (closed_) return;
  try {
    boost::asio::post(io, [this] { run_posted(); });
  } catch (const std::bad_alloc&) {  // the next tick looks
  }
}

void Worker::run_posted() {
  std::vector<std::function<void()>> posted;
  {
    const std::lock_guard lock(gate_);
    posted.swap(posted_);
  }
  for (auto& run : posted) guarded(*shared, "an answer", run);
}

// What is posted comes after all that is ready now.
void Worker::gather_calls() {
  if (calls_ && ++gathered_ < kMostGathered) return;
  gathered_ = 0;
  if (calls_) return calls_.reset(), void(calls_.emplace());
  calls_.emplace();
  boost::asio::post(io, [this] { calls_.reset(); });
}

Worker::Place Worker::keep(std::shared_ptr<Connection> connection) {
  return connections_.insert(connections_.end(), std::move(connection));
}

void Worker::forget(Place place) { connections_.erase(place); }

void Worker::drain() {
  for (const auto& connection : std::list(connections_)) connection->drain();
}

void Worker::tick() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](boost::system::error_code code) {
    if (code) return;
    run_posted();
    if (std::chrono::steady_clock::now() >= earliest_) look_at_deadlines();
    tick();
  });
}

void Worker::look_at_deadlines() {
  const Moment now = std::chrono::steady_clock::now();
  earliest_ = Moment::max();
  for (auto at = connections_.begin(); at != connections_.end();) {
    const std::shared_ptr<Connection> connection = *at++;  // it may leave the list
    connection->look_at_deadline(now);
    due(connection->deadline());
  }
}

std::string_view Worker::date() {
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now != date_of_ || date_.empty()) {
    date_of_ = now;
    date_ = http_date(now.time_since_epoch().count());
  }
  return date_;
}

}  // namespace troupe::http

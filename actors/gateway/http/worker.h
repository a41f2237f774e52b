// A thread of I/O with its loop, its connections and a coarse clock for all their deadlines.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/http/core.h"

namespace troupe::http {

class Connection;
using Moment = std::chrono::steady_clock::time_point;

// Deadlines are kept this exactly.
inline constexpr std::chrono::milliseconds kTick{50};
// What one read takes from a socket at most; one buffer for all connections of a thread.
inline constexpr std::size_t kReadBytes = 64u << 10;

class Worker : public std::enable_shared_from_this<Worker> {
 public:
  explicit Worker(std::shared_ptr<Shared> shared);
  void start();
  // Cuts its connections, then ends its thread. Nothing is posted any more.
  void stop();

  // From any thread. False: the server has ended, and `run` will not run.
  bool post(std::function<void()> run);
  [[nodiscard]] bool is_this_thread() const noexcept { return std::this_thread::get_id() == id_; }

  // On its thread from here on.
  using Place = std::list<std::shared_ptr<Connection>>::iterator;
  Place keep(std::shared_ptr<Connection> connection);
  void forget(Place place);
  // Some connection has a deadline then.
  void due(Moment moment) noexcept { earliest_ = std::min(earliest_, moment); }
  void drain();
  [[nodiscard]] std::string_view date();

  boost::asio::io_context io{1};
  const std::shared_ptr<Shared> shared;
  std::vector<char> scratch;
  std::string cipher_text, plain_text;  // for sessions of TLS

 private:
  void tick();
  void look_at_deadlines();

  boost::asio::steady_timer timer_{io};
  std::list<std::shared_ptr<Connection>> connections_;
  Moment earliest_ = Moment::max();
  std::chrono::system_clock::time_point date_of_{};
  std::string date_;
  std::mutex gate_;
  bool closed_ = false;
  std::thread::id id_;
  std::thread thread_;
};

}  // namespace troupe::http

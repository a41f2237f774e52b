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
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/http/core.h"
#include "troupe/gathering.h"

namespace troupe::http {

class Connection;
using Moment = std::chrono::steady_clock::time_point;

// Deadlines are kept this exactly.
inline constexpr std::chrono::milliseconds kTick{50};
// What one read takes from a socket at most; one buffer for all connections of a thread.
inline constexpr std::size_t kReadBytes = 64u << 10;

// Requests whose calls are begun together, at most.
inline constexpr std::size_t kMostGathered = 16;

class Worker : public Bell, public std::enable_shared_from_this<Worker> {
 public:
  explicit Worker(std::shared_ptr<Shared> shared);
  void start();
  // Cuts its connections, then ends its thread. Nothing is posted any more.
  void stop();

  // From any thread. False: the server has ended, and `run` will not run. What many callbacks post it takes at once.
  bool post(std::function<void()> run);
  void ring() noexcept override;
  [[nodiscard]] bool is_this_thread() const noexcept { return std::this_thread::get_id() == id_; }

  // On its thread from here on.
  using Place = std::list<std::shared_ptr<Connection>>::iterator;
  Place keep(std::shared_ptr<Connection> connection);
  void forget(Place place);
  // A handler is about to be called: the calls that it begins, and those of other requests that are here by now, are
  // begun together.
  void gather_calls();
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
  void run_posted();
  void look_at_deadlines();

  boost::asio::steady_timer timer_{io};
  std::list<std::shared_ptr<Connection>> connections_;
  Moment earliest_ = Moment::max();
  std::chrono::system_clock::time_point date_of_{};
  std::string date_;
  std::optional<CallsTogether> calls_;
  std::size_t gathered_ = 0;  // handlers that were called since calls_ began
  std::mutex gate_;           // guards what follows
  bool closed_ = false;
  std::vector<std::function<void()>> posted_;
  std::thread::id id_;
  std::thread thread_;
};

}  // namespace troupe::http

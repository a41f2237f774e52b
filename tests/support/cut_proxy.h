// CutProxy: a TCP port of the loopback that leads to another, until a test cuts it. Stalled, it takes connections and
// bytes and passes nothing on, as a cut cable does. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <thread>

namespace troupe::testing {

class CutProxy {
 public:
  enum class Way { open, stalled, refused };
  explicit CutProxy(std::uint16_t to);
  ~CutProxy();
  CutProxy(const CutProxy&) = delete;
  CutProxy& operator=(const CutProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // Refused: every connection breaks, and nothing listens any more. It is so when this returns.
  void set(Way way);
  // Breaks every connection once, after so many bytes more have come back on one of them.
  void break_after(std::size_t bytes);

 private:
  struct Pair {
    int near = -1, far = -1;
  };
  void run();
  void listen();
  void take();
  [[nodiscard]] bool pass(int from, int to, bool back);
  void drop_all();

  const std::uint16_t to_;
  int listener_ = -1;
  std::uint16_t port_ = 0;  // kept from the first time on
  std::list<Pair> pairs_;
  std::atomic<Way> wanted_{Way::open}, way_{Way::open};
  std::atomic<std::int64_t> left_{-1};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace troupe::testing

// Who is connected to a server, by address, and how many may be. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace troupe::http {

class Attendance {
 public:
  Attendance(std::size_t most, std::size_t most_of_address) : most_(most), most_of_address_(most_of_address) {}

  enum class Entry : unsigned char { welcome, full, full_for_peer };
  // Of an address; whoever is welcome leave()s.
  [[nodiscard]] Entry enter(const std::string& address);
  void leave(const std::string& address);
  [[nodiscard]] std::size_t count() const;
  // Whether all have left by then.
  [[nodiscard]] bool wait_until_empty(std::chrono::steady_clock::time_point end);

 private:
  const std::size_t most_;
  const std::size_t most_of_address_;
  mutable std::mutex mutex_;
  std::condition_variable emptied_;
  std::size_t count_ = 0;
  std::unordered_map<std::string, std::size_t> addresses_;
};

}  // namespace troupe::http

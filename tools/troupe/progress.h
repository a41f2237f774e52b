// "12000 of 40000 records", or of whatever it counts, on standard error, where that is a terminal; gone when the work
// is done.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace troupe::tool {

class ProgressLine {
 public:
  ProgressLine() : shown_(::isatty(STDERR_FILENO) != 0) {}
  ~ProgressLine() {
    if (drawn_) std::fputs("\r\x1b[K", stderr);
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::uint64_t done, std::uint64_t of, const char* what = "records") {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || (drawn_ && now - last_ < std::chrono::milliseconds(100))) return;
    last_ = now;
    drawn_ = true;
    std::fprintf(stderr, "\r\x1b[K%llu of %llu %s", static_cast<unsigned long long>(done),
                 static_cast<unsigned long long>(of), what);
  }
  // A line of its own, also where it is no terminal.
  void say(const std::string& line) {
    std::fprintf(stderr, "%s%s\n", drawn_ ? "\r\x1b[K" : "", line.c_str());
    drawn_ = false;
  }
  [[nodiscard]] bool shown() const noexcept { return shown_; }

 private:
  bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace troupe::tool

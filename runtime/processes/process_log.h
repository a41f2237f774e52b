// What a program prints, line by line, into its log file, which moves to <file>.1 when it is full. Not for concurrent
// use.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace troupe::processes {

class ProcessLog {
 public:
  using OnLine = std::function<void(const std::string& line)>;

  // Appends to `file`. Throws std::system_error.
  explicit ProcessLog(std::filesystem::path file);
  ~ProcessLog();
  ProcessLog(const ProcessLog&) = delete;
  ProcessLog& operator=(const ProcessLog&) = delete;

  // Takes what came; writes each whole line, and gives it to `on_line` without its end. A line that is longer than
  // limits::kMaxProcessLineBytes is parted.
  void take(std::string_view bytes, const OnLine& on_line);
  // The rest, which has no end.
  void finish(const OnLine& on_line);
  // A line of the supervisor's own: "[troupe] line".
  void note(const std::string& line);

 private:
  void open();
  void write(const std::string& line);

  const std::filesystem::path file_;
  int fd_ = -1;
  std::size_t bytes_ = 0;
  std::string partial_;
};

}  // namespace troupe::processes

// What a program prints, line by line, into its log file. Not for concurrent use.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace troupe::processes {

class ProcessLog {
 public:
  // Appends to `file`. Throws std::system_error.
  explicit ProcessLog(std::filesystem::path file);
  ~ProcessLog();
  ProcessLog(const ProcessLog&) = delete;
  ProcessLog& operator=(const ProcessLog&) = delete;

  // Takes what came; gives each whole line to `on_line`, without its end. A line longer than kMaxLineBytes is parted.
  void take(std::string_view bytes, const std::function<void(const std::string& line)>& on_line);
  // The rest, which has no end.
  void finish(const std::function<void(const std::string& line)>& on_line);
  void write(const std::string& line);

  static constexpr std::size_t kMaxLineBytes = std::size_t{64} << 10;

 private:
  void open();

  const std::filesystem::path file_;
  int fd_ = -1;
  std::size_t bytes_ = 0;
  std::string partial_;
};

}  // namespace troupe::processes

// The nodes of a cluster as real processes of this machine: started, watched, restarted when they die.
//
// A node that dies is started again after a pause that doubles; one that dies too often is given up, and with it the
// cluster (failure() says why). A node that never came up is given up at once: its port, its directory or its
// configuration is wrong. Every line a node writes goes to <log_dir>/<node>.log and to `on_line`.
// Any thread may call; on_line is called on the one thread that this starts.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace demo {

struct RestartLimit {
  unsigned restarts = 5;
  std::chrono::milliseconds window{60'000};
  std::chrono::milliseconds pause{250};
  std::chrono::milliseconds longest_pause{5'000};
};

struct NodeCommand {
  std::string node;
  std::vector<std::string> argv;
};

// `shop run` for a node of `config_file`, with the program that is running now.
[[nodiscard]] NodeCommand run_command(const std::filesystem::path& config_file, const std::string& node);

// What `shop run` prints when its node takes calls.
[[nodiscard]] std::string ready_line(const std::string& node);

class NodeProcesses {
 public:
  using OnLine = std::function<void(const std::string& node, const std::string& line)>;

  struct Options {
    std::vector<NodeCommand> nodes;
    std::filesystem::path log_dir;
    RestartLimit limit;
    OnLine on_line;
  };

  // Starts them all. Throws std::system_error or std::filesystem::filesystem_error.
  explicit NodeProcesses(Options options);
  // stop()s.
  ~NodeProcesses();

  // True when every node has come up (again); false on failure() or after `timeout`.
  [[nodiscard]] bool wait_ready(std::chrono::milliseconds timeout) const;
  // Why the cluster cannot go on.
  [[nodiscard]] std::optional<std::string> failure() const;
  [[nodiscard]] int pid(const std::string& node) const;
  [[nodiscard]] unsigned restarts(const std::string& node) const;
  // SIGKILL: what a power cut is to a process. It counts as not ready from now on.
  void kill(const std::string& node);
  // Ends them one after the other, the last of the list first; SIGKILL for one that takes longer than `deadline`.
  void stop(std::chrono::milliseconds deadline = std::chrono::seconds(10));

 private:
  class Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace demo

// Real programs for a tree of processes: shell scripts that write down in one file what they do, in order.
#pragma once

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/scratch_directory.h"
#include "troupe/processes.h"

namespace troupe::processes::testing {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// How long a test waits for what must come.
inline constexpr std::chrono::seconds kPatience{30};

inline std::string content(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

// A process that does not exist, or is only waiting to be reaped.
inline bool gone(int pid) {
  const std::string stat = content("/proc/" + std::to_string(pid) + "/stat");
  const auto name_end = stat.rfind(')');
  return name_end == std::string::npos || stat.compare(name_end, 4, ") Z ") == 0;
}

template <class Condition>
bool comes_true(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// The options of a tree, a directory for it, and what it said.
class Place {
 public:
  Place() {
    options.log_dir = dir / "logs";
    options.log = [this](const LogLine& line) { note(std::string(line.message)); };
    options.on_line = [this](const std::string& id, const std::string& line) { note(id + " | " + line); };
  }

  // A program that runs `script`.
  ChildSpec shell(std::string id, const std::string& script, std::string ready = "ready") const {
    ProcessStart start;
    start.command = {"/bin/sh", "-c", script};
    start.directory = dir.path();
    start.ready = std::move(ready);
    ChildSpec spec;
    spec.id = std::move(id);
    spec.start = std::move(start);
    return spec;
  }
  // A program that runs until it is told to stop, and writes both into the journal.
  ChildSpec steady(const std::string& id) const {
    return shell(id, "echo start " + id + " >> journal; trap 'echo stop " + id + " >> journal; exit 0' TERM; echo up " +
                         id + " >> journal; echo ready; while :; do sleep 0.01; done");
  }
  [[nodiscard]] std::string journal() const { return content(dir / "journal"); }
  void forget_journal() const { fs::remove(dir / "journal"); }

  // Whether the tree has said a line with `text` in it.
  [[nodiscard]] bool heard(const std::string& text) const { return count(text) > 0; }
  [[nodiscard]] int count(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    int found = 0;
    for (const auto& line : lines_) found += line.find(text) != std::string::npos ? 1 : 0;
    return found;
  }
  [[nodiscard]] std::string all() const {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const auto& line : lines_) all += line + "\n";
    return all;
  }

  const troupe::testing::ScratchDirectory dir;
  ProcessTreeOptions options;

 private:
  void note(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// What `work` throws.
template <class Work>
Error error_of(const Work& work) {
  try {
    work();
  } catch (const Error& e) {
    return e;
  }
  return {ErrorKind::failed, "no error"};
}

}  // namespace troupe::processes::testing

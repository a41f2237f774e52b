// A cluster file in a directory of its own, `troupe up` of it, and programs that run until they are told to stop.
#pragma once

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>

#include "support/child_process.h"
#include "support/command_line.h"
#include "support/scratch_directory.h"

namespace troupe::testing::up {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using nlohmann::json;
using troupe::testing::ChildProcess;
using troupe::testing::ScratchDirectory;
using troupe::testing::tool;

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
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// A directory with a cluster file in it.
class Cluster {
 public:
  explicit Cluster(const std::string& text) { std::ofstream(file) << text; }
  [[nodiscard]] ChildProcess up(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {TROUPE_TOOL, "up", file.string()});
    return ChildProcess(options);
  }
  // What it was started as the last time.
  [[nodiscard]] int pid(const std::string& id) const {
    const std::string log = content(dir / ("logs/" + id + ".log")), mark = "[troupe] started as process ";
    const auto at = log.rfind(mark);
    return at == std::string::npos ? 0 : std::atoi(log.c_str() + at + mark.size());
  }
  const ScratchDirectory dir;
  const fs::path file = dir / "cluster.toml";
};

inline std::string child(const std::string& id, const std::string& script, const std::string& more = {}) {
  return "[[supervision.children]]\nid = '" + id + "'\nready = 'ready'\n" + more + "process = ['/bin/sh', '-c', '''" +
         script + "''']\n";
}
inline std::string steady(const std::string& id) {
  return child(id, "trap \"echo bye " + id + "; exit 0\" TERM; echo ready; while :; do sleep 0.01; done");
}
inline std::string stubborn(const std::string& id, const std::string& more = {}) {
  return child(id, "trap \"\" TERM; echo ready; while :; do sleep 0.01; done", more);
}

inline const std::string kTop = "log_dir = 'logs'\n[supervision]\nrestarts = 2\nwithin_ms = 600000\n";

}  // namespace troupe::testing::up

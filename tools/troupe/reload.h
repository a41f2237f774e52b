// `troupe up --reload FILE`: has the `troupe up` that runs this cluster read its file again and become what it says.
//
//   client                                  the running `troupe up` (processes.sock in log_dir)
//     POST /reload?file=&all=1&drain=0&timeout_ms=  ->  reads and checks all of it; then its thread does it
//     GET /reload?after=N                   ->  how far it is: {"reload", "state", "why", "lines": [{"n", "text"}]}
//
// What has begun goes on when the client goes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "failure.h"
#include "running_cluster.h"

namespace troupe::tool {

struct ReloadOptions {
  std::string file;
  RollOptions roll;
  bool json = false;
};

// Has it done, shows how it goes and gives the exit code: 0 done, 1 it stopped halfway. Throws the Failure that the
// file is wrong (2, 4) or that no `troupe up` answers (3).
[[nodiscard]] int run_reload(const ReloadOptions& options);

// The other side: does one change after the other, on a thread of its own. Any thread.
class Reloads {
 public:
  inline static constexpr const char* kPath = "/reload";

  // `tell`: every line of it, once more.
  Reloads(RunningCluster& cluster, RunningCluster::Tell tell);
  // stop()s.
  ~Reloads();
  Reloads(const Reloads&) = delete;
  Reloads& operator=(const Reloads&) = delete;

  // What is asked of kPath: an HTTP status and JSON.
  [[nodiscard]] std::pair<int, std::string> answer(std::string_view method, std::string_view target);
  // Reads the file again and begins to become what it says. False: a change is under way. Throws what is wrong with it.
  [[nodiscard]] bool begin_now(const std::string& file);
  // A change of this process's own; false: another one is under way.
  bool change(const std::string& why, ClusterFile wanted);
  // What is under way ends where it waits.
  void stop();

 private:
  struct Wanted {
    std::string what;  // in a line
    ClusterFile file;
    ClusterChange change;
    RollOptions options;
  };
  // Nothing: the same is under way already. Throws `unavailable` when another change is.
  [[nodiscard]] std::optional<std::uint64_t> begin(const std::string& file, const RollOptions& options);
  // With the lock, when nothing is under way.
  void begin(const std::string& asked, const std::string& first_line, Wanted wanted);
  [[nodiscard]] Json shown(std::uint64_t after) const;
  void run();
  void line(const std::string& text);

  RunningCluster& cluster_;
  const RunningCluster::Tell tell_;
  std::atomic<bool> stops_{false};
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable woken_;
  std::optional<Wanted> wanted_;  // for the thread
  std::string asked_;             // for what, as a request: the same again shows the one that is under way
  std::uint64_t count_ = 0;
  std::string state_ = "none";  // none | running | done | failed
  std::string why_;
  std::vector<std::string> lines_;  // of the last one
  std::thread thread_;
};

}  // namespace troupe::tool

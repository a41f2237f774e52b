// Grows and shrinks the cluster that `troupe up` runs, as [scale] of its file says (scale_policy.h): looks at the
// nodes, and has Reloads do what is to be done.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "reload.h"
#include "running_cluster.h"
#include "scale_policy.h"

namespace troupe::tool {

class Scaler {
 public:
  // It runs until it is destroyed; while the file has no [scale] it does nothing.
  Scaler(RunningCluster& cluster, Reloads& reloads);
  ~Scaler();
  Scaler(const Scaler&) = delete;
  Scaler& operator=(const Scaler&) = delete;

 private:
  using Waits = std::vector<std::optional<std::chrono::milliseconds>>;
  void run();
  void look(std::optional<ScalePolicy>& policy);
  [[nodiscard]] static Waits waits_of(const ClusterFile& file);

  RunningCluster& cluster_;
  Reloads& reloads_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool stops_ = false;
  std::thread thread_;
};

}  // namespace troupe::tool

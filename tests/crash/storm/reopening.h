// Partitions of a running node that close and open again, one after the other, while everything else goes on.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace troupe::host {
class NodeParts;
}

namespace troupe::storm {

class Reopening {
 public:
  // With the partitions of a node that runs. Once.
  void begin(host::NodeParts& parts);
  // From now on, for so long. Any thread.
  void go_on_for(std::chrono::milliseconds time);
  // Returns when no partition is touched any more; those that were closed are open again. Before the node stops.
  void end();

 private:
  using Clock = std::chrono::steady_clock;
  void run(host::NodeParts& parts);

  std::mutex mutex_;
  std::condition_variable changed_;
  Clock::time_point until_{};
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace troupe::storm

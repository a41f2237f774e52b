// Three nodes, each a process of its own that can be killed, stalled and cut off, and a driver: a node of this process
// that owns nothing. For one thread, which must outlive it; only driver() may be called by others.
#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "contract/second_process.h"
#include "crash/storm/mischief.h"
#include "support/scratch_directory.h"
#include "troupe/node.h"

namespace troupe::host {
class NodeParts;
}

namespace troupe::storm {

inline constexpr std::size_t kNodes = 3;
// What holds a node up for so long makes it unhealthy, and it ends.
inline constexpr std::chrono::milliseconds kUnhealthyAfter{2'500};

// A node told to die by its own hand: the nth time it comes to a stage (crash/stages.h).
struct Doom {
  std::string stage = "none";
  int nth = 0;
};

// How the nodes know each other.
enum class Members : std::uint8_t {
  listed,       // in their configuration, for ever
  come_and_go,  // by a coordinator in a directory; partitions move between them
};

class Cluster {
 public:
  // Starts all of it, and waits until the driver is connected.
  explicit Cluster(Members members = Members::listed);
  ~Cluster();

  void start(std::size_t node, const Doom& doom = {});
  void kill(std::size_t node);
  // False: it was killed, came to its stage, or ended because it was unhealthy.
  [[nodiscard]] bool alive(std::size_t node) const;
  // It is not alive, and ended by its own verdict.
  [[nodiscard]] bool ended_unhealthy(std::size_t node) const;
  // Something may still happen to it that it was told.
  [[nodiscard]] bool doomed(std::size_t node) const { return doomed_[node]; }
  // It does nothing, and holds what it holds, until it is woken.
  void stall(std::size_t node);
  void wake(std::size_t node);
  // Every connection of the node breaks; it dials again by itself.
  void cut(std::size_t node);
  void befall(std::size_t node, Mischief what, std::chrono::milliseconds how_much);
  [[nodiscard]] bool members_come_and_go() const noexcept { return members_ == Members::come_and_go; }
  // Of members that come and go: it gives all it has to the others, or serves again. False: the coordinator could not
  // be asked.
  bool drain(std::size_t node, bool drains);
  // Ends it as an operator does; its exit status.
  [[nodiscard]] int finish(std::size_t node);

  // The driver's node of now. Another thread may hold one that is stopped: its calls end with an error.
  [[nodiscard]] std::shared_ptr<Node> driver() const;
  void restart_driver();

  [[nodiscard]] std::filesystem::path directory(std::size_t node) const;

 private:
  void signal(std::size_t node, int number);
  [[nodiscard]] std::shared_ptr<Node> new_driver();
  // What join mode names; empty: members are listed.
  [[nodiscard]] std::filesystem::path coordinator() const;

  const Members members_;
  testing::ScratchDirectory directory_;
  std::array<std::uint16_t, kNodes + 1> ports_{};
  std::array<std::unique_ptr<testing::SecondProcess>, kNodes> processes_;
  std::array<bool, kNodes> doomed_{};
  mutable std::mutex mutex_;
  std::shared_ptr<Node> driver_;
  host::NodeParts* driver_parts_ = nullptr;
};

// The killed side, until stdin ends. Arguments: its number, data directory, stage, nth, the coordinator's directory or
// "-", then the ports.
int run_member(const std::vector<std::string>& arguments);

}  // namespace troupe::storm

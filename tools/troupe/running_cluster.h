// The processes that `troupe up` runs, and how they change one by one: what is a node gives what it owns to the others
// before it is stopped, and the next one has its turn when it has its share again.
//
// How many of [scale] there are stands in LOG_DIR/scale, so that who is started anew begins with as many: they have
// data. Which nodes it has draining stands in LOG_DIR/rolling, a name a line, so that who goes on after this process
// was killed lets them serve again. One thread at a time changes it.
#pragma once

#include <troupe/member_client.h>
#include <troupe/processes.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "cluster_change.h"

namespace troupe::tool {

struct RollOptions {
  bool all = false;           // also what has not changed
  bool drain = true;          // false: nodes are stopped with what they own, which waits for them on their disks
  long timeout_ms = 300'000;  // of each wait for a node's partitions
};

class RunningCluster {
 public:
  // How a change goes, a line at a time.
  using Tell = std::function<void(const std::string& line)>;

  RunningCluster(ProcessTree& tree, ClusterFile file);

  // What is to be done for `wanted`; also for what does not run, and what was started from a program that is another by
  // now. Throws `invalid`.
  [[nodiscard]] ClusterChange change_to(const ClusterFile& wanted, bool all) const;
  // Starts what is new, takes out what is gone, rolls what has changed. Throws what stopped it: what was done until
  // then stays, and change_to() says what is left. `stop`: asked while it waits.
  void apply(const ClusterFile& wanted, const ClusterChange& change, const RollOptions& options, const Tell& tell,
             const std::function<bool()>& stop);
  // Nodes that a change left draining which was broken off serve again.
  void finish_earlier(const Tell& tell) const;

  // What the file says, with as many processes of [scale] as there were.
  [[nodiscard]] static ClusterFile with_earlier_scale(ClusterFile file);

  [[nodiscard]] ClusterFile file() const;
  // Of every node that the file names.
  [[nodiscard]] MemberClient members() const;

 private:
  struct Way;  // how one change is made
  void add(const ClusterChange::Added& added, const Way& way);
  void remove(const std::string& id, const Way& way);
  void roll(const DeclaredProcess& process, const Way& way);
  // Empties the node that a process is. False: there is nothing to empty, or it is not to be. One that `leaves` has no
  // choice: what it owned would be out of reach.
  bool empty(const std::string& id, bool leaves, const Way& way);
  // Waits until the node has its share; first it is let serve again, if `drained`.
  void await_back(const std::string& id, bool drained, const Way& way);
  [[nodiscard]] const NodeOfProcess* node_of(const std::string& id) const;
  [[nodiscard]] bool stale(const std::string& id) const;
  [[nodiscard]] MemberClient members_but(const std::string& last) const;
  [[nodiscard]] std::set<std::string> marked() const;
  void note_scale(unsigned count) const;
  void mark(const std::set<std::string>& nodes) const;
  void unmark(const std::string& node) const;

  ProcessTree& tree_;
  mutable std::mutex mutex_;  // guards what follows
  ClusterFile file_;          // as far as it has come true; only who changes it may read it without
};

}  // namespace troupe::tool

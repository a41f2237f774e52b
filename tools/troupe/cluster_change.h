// What there is to do when the file of a cluster says something else than what runs. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cluster_file.h"

namespace troupe::tool {

// A process in its place.
struct DeclaredProcess {
  std::string supervisor;  // its path; empty: the top
  ChildSpec child;
};

struct ClusterChange {
  struct Added {
    DeclaredProcess process;
    std::string before;  // the sibling that it precedes; empty: it comes last
  };
  std::vector<Added> added;             // in the order of the file; `before` is one that runs already
  std::vector<std::string> removed;     // ids, the last first
  std::vector<DeclaredProcess> rolled;  // in the order of the file

  [[nodiscard]] bool empty() const noexcept { return added.empty() && removed.empty() && rolled.empty(); }
};

// All processes, in the order they start.
[[nodiscard]] std::vector<DeclaredProcess> processes_of(const Supervision& tree);

// `stale`: whether a process has to be started again although the file says the same of it. Throws Error `invalid` for
// what cannot change while it runs, naming it: the name, log_dir, link_secret, tls, supervisors and their policies, the
// order of what stays.
[[nodiscard]] ClusterChange change_between(const ClusterFile& running, const ClusterFile& wanted,
                                           const std::function<bool(const std::string& id)>& stale);

// What runs becomes what was wanted, process by process, so that a change that stops halfway is known as far as it got.
void take_in(ClusterFile& running, const ClusterChange::Added& added);
void take_in(ClusterFile& running, const DeclaredProcess& rolled);
void take_out(ClusterFile& running, const std::string& id);

}  // namespace troupe::tool

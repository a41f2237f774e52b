#include "cluster_change.h"

#include <algorithm>
#include <map>
#include <utility>

namespace troupe::tool {
namespace {

bool same(const Intensity& a, const Intensity& b) { return a.restarts == b.restarts && a.within == b.within; }
bool same(const Backoff& a, const Backoff& b) { return a.first == b.first && a.most == b.most; }
bool same(const std::optional<Shutdown>& a, const std::optional<Shutdown>& b) {
  if (a.has_value() != b.has_value()) return false;
  return !a || (a->how == b->how && a->deadline == b->deadline);
}
bool same(const ProcessStart& a, const ProcessStart& b) {
  return a.command == b.command && a.directory == b.directory && a.environment == b.environment && a.ready == b.ready &&
         a.ready_within == b.ready_within;
}
bool same_policy(const ChildSpec& a, const ChildSpec& b) {
  return a.restart == b.restart && same(a.shutdown, b.shutdown) && a.significant == b.significant;
}
bool same_supervisor(const Supervision& a, const Supervision& b) {
  return a.strategy == b.strategy && same(a.intensity, b.intensity) && same(a.backoff, b.backoff) &&
         a.auto_shutdown == b.auto_shutdown;
}

std::string path_below(const std::string& path, const std::string& id) { return path.empty() ? id : path + "/" + id; }

[[noreturn]] void cannot_change(const std::string& what) {
  throw Error(ErrorKind::invalid, what + " cannot change while the cluster runs; stop `troupe up` and start it anew");
}

struct Declared {
  std::vector<DeclaredProcess> processes;
  std::map<std::string, const ChildSpec*> supervisors;  // by path, without the top
};

void collect_processes(const Supervision& tree, const std::string& path, Declared& out) {
  for (const ChildSpec& child : tree.children) {
    if (const auto* supervisor = std::get_if<Supervision>(&child.start)) {
      out.supervisors[path_below(path, child.id)] = &child;
      collect_processes(*supervisor, path_below(path, child.id), out);
    } else {
      out.processes.push_back({path, child});
    }
  }
}

Declared declared(const Supervision& tree) {
  Declared out;
  collect_processes(tree, {}, out);
  return out;
}

void check_supervisors(const ClusterFile& running, const ClusterFile& wanted) {
  const Supervision &before = running.processes.tree, &after = wanted.processes.tree;
  if (!same_supervisor(before, after)) cannot_change("the policy of [supervision]");
  const auto old = declared(before).supervisors, now = declared(after).supervisors;
  for (const auto& [path, child] : now) {
    const auto found = old.find(path);
    if (found == old.end()) cannot_change("that there is a supervisor '" + path + "'");
    if (!same_policy(*found->second, *child) ||
        !same_supervisor(std::get<Supervision>(found->second->start), std::get<Supervision>(child->start)))
      cannot_change("the policy of supervisor '" + path + "'");
  }
  for (const auto& [path, child] : old)
    if (now.count(path) == 0) cannot_change("that there is a supervisor '" + path + "'");
}

void check_fixed(const ClusterFile& running, const ClusterFile& wanted) {
  if (running.processes.name != wanted.processes.name) cannot_change("'name'");
  if (running.processes.log_dir != wanted.processes.log_dir) cannot_change("'log_dir'");
  if (running.link_secret != wanted.link_secret) cannot_change("'link_secret'");
  if (running.tls != wanted.tls) cannot_change("'tls'");
}

const DeclaredProcess* declared_as(const std::vector<DeclaredProcess>& processes, const std::string& id) {
  const auto found =
      std::find_if(processes.begin(), processes.end(), [&](const auto& one) { return one.child.id == id; });
  return found == processes.end() ? nullptr : &*found;
}

// Those that stay do so in the order they were in.
void check_order(const std::vector<DeclaredProcess>& running, const std::vector<DeclaredProcess>& wanted) {
  std::vector<std::string> before, after;
  for (const auto& one : running)
    if (declared_as(wanted, one.child.id)) before.push_back(one.child.id);
  for (const auto& one : wanted)
    if (declared_as(running, one.child.id)) after.push_back(one.child.id);
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i] != after[i]) cannot_change("the order of '" + before[i] + "' and '" + after[i] + "'");
}

Supervision& supervisor_of(Supervision& tree, const std::string& path) {
  if (path.empty()) return tree;
  const auto slash = path.find('/');
  for (ChildSpec& child : tree.children)
    if (auto* supervisor = std::get_if<Supervision>(&child.start); supervisor && child.id == path.substr(0, slash))
      return supervisor_of(*supervisor, slash == std::string::npos ? std::string() : path.substr(slash + 1));
  throw Error(ErrorKind::not_found, "there is no supervisor '" + path + "'");
}

void erase_child(Supervision& tree, const std::string& id) {
  for (ChildSpec& child : tree.children)
    if (auto* supervisor = std::get_if<Supervision>(&child.start)) erase_child(*supervisor, id);
  std::erase_if(tree.children, [&](const ChildSpec& child) {
    return child.id == id && std::holds_alternative<ProcessStart>(child.start);
  });
}

}  // namespace

std::vector<DeclaredProcess> processes_of(const Supervision& tree) { return declared(tree).processes; }

ClusterChange change_between(const ClusterFile& running, const ClusterFile& wanted,
                             const std::function<bool(const std::string& id)>& stale) {
  check_fixed(running, wanted);
  check_supervisors(running, wanted);
  const auto old = processes_of(running.processes.tree), now = processes_of(wanted.processes.tree);
  check_order(old, now);
  ClusterChange change;
  std::map<std::string, std::string> next;  // of a supervisor: the child that comes after
  for (auto one = now.rbegin(); one != now.rend(); ++one) {
    const std::string id = one->child.id;
    const DeclaredProcess* before = declared_as(old, id);
    if (before && before->supervisor != one->supervisor) cannot_change("the supervisor of '" + id + "'");
    if (!before)
      change.added.insert(change.added.begin(), {*one, next[one->supervisor]});
    else if (!same_policy(before->child, one->child) ||
             !same(std::get<ProcessStart>(before->child.start), std::get<ProcessStart>(one->child.start)) || stale(id))
      change.rolled.insert(change.rolled.begin(), *one);
    if (before) next[one->supervisor] = id;
  }
  for (auto one = old.rbegin(); one != old.rend(); ++one)
    if (!declared_as(now, one->child.id)) change.removed.push_back(one->child.id);
  return change;
}

void take_in(ClusterFile& running, const ClusterChange::Added& added) {
  auto& siblings = supervisor_of(running.processes.tree, added.process.supervisor).children;
  const auto at =
      std::find_if(siblings.begin(), siblings.end(), [&](const ChildSpec& child) { return child.id == added.before; });
  siblings.insert(at, added.process.child);
}

void take_in(ClusterFile& running, const DeclaredProcess& rolled) {
  for (ChildSpec& child : supervisor_of(running.processes.tree, rolled.supervisor).children)
    if (child.id == rolled.child.id) child = rolled.child;
}

void take_out(ClusterFile& running, const std::string& id) {
  erase_child(running.processes.tree, id);
  running.nodes.erase(id);
}

}  // namespace troupe::tool

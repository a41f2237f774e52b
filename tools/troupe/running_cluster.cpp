#include "running_cluster.h"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

namespace troupe::tool {
namespace {

using Stopwatch = std::chrono::steady_clock;
constexpr const char* kMark = "rolling";
constexpr const char* kScaleNote = "scale";

std::string time_since(Stopwatch::time_point then) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(Stopwatch::now() - then).count();
  return std::to_string(ms) + " ms";
}

void insist_on(const Result<void>& done) {
  if (!done.ok()) throw done.error();
}

std::string so_many_partitions(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " partition" : " partitions");
}

// All of it or nothing of it is there, whenever this process is killed. False: it cannot be written.
bool replace_text(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path next = file.string() + ".new";
  std::ofstream out(next);
  if (!(out << text << std::flush)) return false;
  out.close();
  std::error_code failed;
  std::filesystem::rename(next, file, failed);
  return !failed;
}

const ChildView* process_in(const ChildView& view, const std::string& id) {
  if (view.kind == "process" && view.id == id) return &view;
  for (const ChildView& below : view.children)
    if (const auto* found = process_in(below, id)) return found;
  return nullptr;
}

}  // namespace

struct RunningCluster::Way {
  const RollOptions& options;
  const Tell& tell;
  const std::function<bool()>& stop;
  [[nodiscard]] MemberClient::Wait wait() const { return {std::chrono::milliseconds(options.timeout_ms), stop, {}}; }
};

RunningCluster::RunningCluster(ProcessTree& tree, ClusterFile file) : tree_(tree), file_(std::move(file)) {}

ClusterFile RunningCluster::file() const {
  const std::lock_guard lock(mutex_);
  return file_;
}

MemberClient RunningCluster::members() const { return members_but({}); }

// The one that is about to go is asked last: it may be stopped at any moment.
MemberClient RunningCluster::members_but(const std::string& last) const {
  const ClusterFile now = file();
  std::vector<std::filesystem::path> places;
  for (const auto& [id, node] : now.nodes)
    if (id != last) places.push_back(node.data_dir);
  if (const auto found = now.nodes.find(last); found != now.nodes.end()) places.push_back(found->second.data_dir);
  return MemberClient(std::move(places));
}

const NodeOfProcess* RunningCluster::node_of(const std::string& id) const {
  const auto found = file_.nodes.find(id);
  return found == file_.nodes.end() ? nullptr : &found->second;
}

// What did not come back from an earlier change, or was started from a program that is another by now.
bool RunningCluster::stale(const std::string& id) const {
  const ChildView view = tree_.view();
  const ChildView* found = process_in(view, id);
  return !found || found->status == "failed" || found->status == "stopped" || tree_.outdated(id);
}

ClusterChange RunningCluster::change_to(const ClusterFile& wanted, bool all) const {
  return change_between(file(), wanted, [&](const std::string& id) { return all || stale(id); });
}

void RunningCluster::apply(const ClusterFile& wanted, const ClusterChange& change, const RollOptions& options,
                           const Tell& tell, const std::function<bool()>& stop) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, node] : wanted.nodes) file_.nodes[id] = node;
  }
  note_scale(std::max(scaled_in(file_), scaled_in(wanted)));
  const Way way{options, tell, stop};
  for (const auto& added : change.added) add(added, way);
  for (const auto& id : change.removed) remove(id, way);
  for (const auto& rolled : change.rolled) roll(rolled, way);
  note_scale(scaled_in(wanted));
  const std::lock_guard lock(mutex_);
  file_.scale = wanted.scale;
}

ClusterFile RunningCluster::with_earlier_scale(ClusterFile file) {
  unsigned count = 0;
  std::ifstream note(file.processes.log_dir / kScaleNote);
  if (file.scale && note >> count) set_scaled(file, count);
  return file;
}

// What cannot be written is not worth a change that fails: the next start has as many as `min`, and says so.
void RunningCluster::note_scale(unsigned count) const {
  const auto place = file_.processes.log_dir / kScaleNote;
  if (count > 0 || std::filesystem::exists(place)) (void)replace_text(place, std::to_string(count) + "\n");
}

void RunningCluster::add(const ClusterChange::Added& added, const Way& way) {
  const std::string& id = added.process.child.id;
  const auto begun = Stopwatch::now();
  way.tell(id + ": starting, new");
  tree_.add(added.process.supervisor, added.process.child, added.before);
  {
    const std::lock_guard lock(mutex_);
    take_in(file_, added);
  }
  await_back(id, false, way);
  way.tell(id + ": is up, after " + time_since(begun));
}

void RunningCluster::remove(const std::string& id, const Way& way) {
  const auto begun = Stopwatch::now();
  const NodeOfProcess* node = node_of(id);
  const std::string name = node ? node->name : std::string();
  const bool emptied = empty(id, true, way);
  way.tell(id + ": stopping, it is not in the file any more");
  tree_.remove(id);
  {
    const std::lock_guard lock(mutex_);
    take_out(file_, id);
  }
  if (emptied) {
    unmark(name);
    insist_on(members().leave(name));
  }
  way.tell(id + ": is gone, after " + time_since(begun));
}

void RunningCluster::roll(const DeclaredProcess& process, const Way& way) {
  const std::string& id = process.child.id;
  const auto begun = Stopwatch::now();
  const bool drained = empty(id, false, way);
  {
    // Before it is known whether it comes back: what it is to be is what its supervisor has from now on.
    const std::lock_guard lock(mutex_);
    take_in(file_, process);
  }
  way.tell(id + ": stopping, and starting anew");
  try {
    tree_.replace(process.child);
  } catch (const Error& error) {
    throw Error(error.kind(), id + " did not come back: " + error.message());
  }
  await_back(id, drained, way);
  way.tell(id + ": is back, after " + time_since(begun));
}

bool RunningCluster::empty(const std::string& id, bool leaves, const Way& way) {
  const NodeOfProcess* node = node_of(id);
  if (!node || !(way.options.drain || leaves)) return false;
  const MemberClient others = members_but(id);
  auto standing = others.look();
  if (!standing.ok()) throw Error(standing.error().kind(), id + " cannot be drained: " + standing.error().message());
  const MemberReport* member = standing->find(node->name);
  if (!member || member->client || member->state == "left") return false;
  if (!standing->joined) {
    way.tell(id + ": its cluster has a list of members, so it keeps what it owns");
    return false;
  }
  if (!member->alive && leaves && member->with_rows > 0)
    throw Error(ErrorKind::unavailable, id + " cannot leave: it does not live, and has " +
                                            so_many_partitions(member->with_rows) +
                                            " on its disk, which it alone can give; start it first");
  if (!member->alive) return false;
  const bool drains = member->state == "draining";
  if (drains && !leaves) return false;  // somebody has it drain, and may have a reason
  bool taker = false;
  for (const MemberReport& one : standing->members)
    taker = taker || (one.name != node->name && one.serves() && one.weight > 0);
  if (!taker)
    throw Error(ErrorKind::unavailable,
                id + " cannot be drained: no other member serves and has a weight; --no-drain does without");
  const auto begun = Stopwatch::now();
  way.tell(id + ": drains, " + so_many_partitions(member->owned()) + " to give");
  if (!drains) {
    auto draining = marked();
    draining.insert(node->name);
    mark(draining);
    insist_on(others.drain(node->name));
  }
  if (const auto done = others.await_empty(node->name, way.wait()); !done.ok()) {
    const auto undone = others.serve(node->name);
    if (undone.ok()) unmark(node->name);
    throw Error(done.error().kind(), done.error().message() + (undone.ok() ? "; it serves again" : ""));
  }
  way.tell(id + ": owns nothing any more, after " + time_since(begun));
  return true;
}

void RunningCluster::await_back(const std::string& id, bool drained, const Way& way) {
  const NodeOfProcess* node = node_of(id);
  if (!node) return;
  const MemberClient all = members();
  const bool served = drained || marked().count(node->name) != 0;
  if (served) insist_on(all.serve(node->name));
  unmark(node->name);
  auto standing = all.look();
  if (!standing.ok() || !standing->joined) return;
  const MemberReport* member = standing->find(node->name);
  if (member && (member->client || (!served && member->state == "draining"))) return;
  const auto begun = Stopwatch::now();
  way.tell(id + ": serves, and gets its share");
  insist_on(all.await_share(node->name, way.wait()));
  way.tell(id + ": has its share, after " + time_since(begun));
}

void RunningCluster::finish_earlier(const Tell& tell) const {
  for (const std::string& name : marked()) {
    if (const auto served = members().serve(name); !served.ok()) {
      tell(name + " drains since a change that was broken off, and cannot be let serve: " + served.error().message() +
           "; `troupe drain " + name + " --undo` does");
      continue;
    }
    tell(name + " serves again: a change that was broken off had it drain");
    unmark(name);
  }
}

std::set<std::string> RunningCluster::marked() const {
  std::set<std::string> nodes;
  std::ifstream file(file_.processes.log_dir / kMark);
  for (std::string name; std::getline(file, name);) nodes.insert(name);
  return nodes;
}

void RunningCluster::mark(const std::set<std::string>& nodes) const {
  const auto file = file_.processes.log_dir / kMark;
  std::error_code ignored;
  if (nodes.empty()) return void(std::filesystem::remove(file, ignored));
  std::string text;
  for (const std::string& node : nodes) text += node + "\n";
  if (!replace_text(file, text))
    throw Error(ErrorKind::unavailable, "cannot write " + file.string() + ", which says which nodes drain");
}

void RunningCluster::unmark(const std::string& node) const {
  auto draining = marked();
  if (draining.erase(node) != 0) mark(draining);
}

}  // namespace troupe::tool

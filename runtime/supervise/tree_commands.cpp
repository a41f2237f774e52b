// What may be asked of a tree that runs: children come and go.
#include <algorithm>

#include "base/limits.h"
#include "supervise/supervision_check.h"
#include "supervise/tree.h"

namespace troupe::supervise {

Result<ChildId> Tree::start_child(std::string_view supervisor, const ChildSpec& spec, TimePoint now) {
  auto added = add_child(supervisor, spec, now);
  if (added.ok()) at(*added).dynamic = true;
  return added;
}

Result<ChildId> Tree::add_child(std::string_view supervisor, const ChildSpec& spec, TimePoint now) {
  now_ = now;
  auto found = supervisor_at(supervisor);
  if (!found.ok()) return found.error();
  const Child& p = at(*found);
  if (auto fits = check_child(p.supervisor()->auto_shutdown, path(p), spec, p.depth + 1); !fits.ok())
    return fits.error();
  const auto wrong = [&](const std::string& why) {
    return Error(ErrorKind::invalid, "child \"" + spec.id + "\" of " + name(p) + " cannot be added: " + why);
  };
  for (const ChildId id : p.children) {
    if (!at(id).deleted && at(id).spec.id == spec.id)
      return wrong("there is one of that id, which is " + std::string(status(at(id))));
  }
  if (size() + count(spec) > limits::kMaxTreeChildren)
    return wrong("the tree has " + std::to_string(size()) + " children, and at most " +
                 std::to_string(limits::kMaxTreeChildren) + " fit; use a whole service");
  if (p.state != State::up || p.closing != Closing::no)
    return Error(ErrorKind::unavailable, name(p) + " does not run: it is " + status(p));
  Child& child = add(p.id, spec);
  child.want_start = true;
  child.asked = true;
  return child.id;
}

void Tree::go_on(TimePoint now) {
  now_ = now;
  for (auto& [id, child] : children_) {
    if (child.supervisor()) touch(id);
  }
  converge();
}

Result<ChildId> Tree::terminate_child(std::string_view supervisor, std::string_view id, TimePoint now) {
  auto found = child_at(supervisor, id);
  if (!found.ok()) return found.error();
  return terminate(*found, now);
}

Result<ChildId> Tree::terminate(ChildId id, TimePoint now) {
  now_ = now;
  Child& child = at(id);
  const Child& p = at(child.parent);
  if (p.state != State::up || p.closing != Closing::no)
    return Error(ErrorKind::unavailable, name(p) + " does not run: it is " + status(p));
  if (child.asked) return Error(ErrorKind::invalid, name(child) + " is being started or stopped for somebody else");
  child.asked = true;
  child.want_start = false;
  child.want_stop = child.state == State::up || child.state == State::starting;
  touch(p.id);
  if (child.state == State::down) was_terminated(child);
  converge();
  return id;
}

Result<ChildId> Tree::restart(std::string_view path, TimePoint now) {
  const auto slash = path.rfind('/');
  if (path == "/" || slash == std::string_view::npos) return restart_child({}, path == "/" ? "" : path, now);
  return restart_child(path.substr(0, slash), path.substr(slash + 1), now);
}

Result<ChildId> Tree::restart_top(TimePoint now) {
  now_ = now;
  Child& top = at(kTop);
  if (over_) return Error(ErrorKind::unavailable, name(top) + " is not restarted: its node stops");
  const bool ended = top.fate == Fate::given_up || top.fate == Fate::ended || top.fate == Fate::failed;
  if (top.state != State::down || !ended)
    return Error(ErrorKind::invalid, name(top) + " cannot be restarted: it is " + status(top));
  top.asked = true;
  top.again = true;
  begin_start(top);
  converge();
  return top.id;
}

Result<ChildId> Tree::restart_child(std::string_view supervisor, std::string_view id, TimePoint now) {
  if (supervisor.empty() && id.empty()) return restart_top(now);
  now_ = now;
  auto found = child_at(supervisor, id);
  if (!found.ok()) return found.error();
  Child& child = at(*found);
  const Child& p = at(child.parent);
  if (p.state != State::up || p.closing != Closing::no)
    return Error(ErrorKind::unavailable, name(p) + " does not run: it is " + status(p) + "; restart it first");
  if (!child.takes_part() || child.state != State::down || child.want_start)
    return Error(ErrorKind::invalid, name(child) + " cannot be restarted: it is " + status(child));
  child.asked = true;
  child.want_start = true;
  child.again = true;
  child.not_before = {};
  touch(p.id);
  converge();
  return *found;
}

Result<void> Tree::delete_child(std::string_view supervisor, std::string_view id) {
  auto found = child_at(supervisor, id);
  if (!found.ok()) return found.error();
  Child& child = at(*found);
  if (child.state != State::down || child.want_start)
    return Error(ErrorKind::invalid,
                 name(child) + " cannot be deleted: it is " + status(child) + "; terminate it first");
  if (child.dynamic) {
    erase(child.id);
    return {};
  }
  child.deleted = true;
  unsupervise(child);
  return {};
}

void Tree::unsupervise(const Child& child) {
  for (const ChildId id : child.children) unsupervise(at(id));
  if (!child.supervisor()) step(Step::What::unsupervise, child);
}

Result<ChildCounts> Tree::count_children(std::string_view supervisor) const {
  auto found = supervisor_at(supervisor);
  if (!found.ok()) return found.error();
  ChildCounts counts;
  for (const ChildId id : at(*found).children) {
    const Child& child = at(id);
    if (child.deleted) continue;
    ++counts.specs;
    ++(child.supervisor() ? counts.supervisors : counts.workers);
    if (active(child)) ++counts.active;
  }
  return counts;
}

}  // namespace troupe::supervise

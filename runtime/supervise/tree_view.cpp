// How a tree looks, and how its supervisors and children are named.
#include <algorithm>

#include "base/limits.h"
#include "supervise/supervision_check.h"
#include "supervise/tree.h"

namespace troupe::supervise {
namespace {

// As one would type it; long ones are cut.
std::string command_line(const ProcessStart& process) {
  std::string line;
  for (const std::string& word : process.command) line += (line.empty() ? "" : " ") + word;
  if (line.size() > limits::kMaxCommandText) line = line.substr(0, limits::kMaxCommandText) + "...";
  return line;
}

}  // namespace

std::string Tree::path(const Child& child) const {
  if (child.parent == 0) return {};
  const std::string above = path(at(child.parent));
  return above.empty() ? child.spec.id : above + "/" + child.spec.id;
}

std::string Tree::name(const Child& child) const {
  if (child.parent == 0) return supervisor_name({});
  return child_name(child.spec.id, path(at(child.parent)));
}

Result<ChildId> Tree::supervisor_at(std::string_view path) const {
  ChildId id = kTop;
  for (std::string_view rest = path; !rest.empty();) {
    const auto slash = rest.find('/');
    const std::string_view word = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    const auto& children = at(id).children;
    const auto next = std::find_if(children.begin(), children.end(), [&](ChildId one) {
      return at(one).spec.id == word && at(one).supervisor() && !at(one).deleted;
    });
    if (next == children.end())
      return Error(ErrorKind::not_found,
                   "there is no supervisor \"" + std::string(path) + "\" in the tree of this node");
    id = *next;
  }
  return id;
}

Result<ChildId> Tree::child_at(std::string_view supervisor, std::string_view id) const {
  auto found = supervisor_at(supervisor);
  if (!found.ok()) return found.error();
  for (const ChildId one : at(*found).children) {
    if (at(one).spec.id == id && !at(one).deleted) return one;
  }
  return Error(ErrorKind::not_found, name(at(*found)) + " has no child \"" + std::string(id) + "\"");
}

// As OTP counts: what runs, starts, or is about to start again.
bool Tree::active(const Child& child) const {
  return child.takes_part() && (child.state != State::down || child.want_start);
}

const char* Tree::status(const Child& child) const {
  if (!child.elsewhere.empty()) return "elsewhere";
  switch (child.state) {
    case State::starting: return child.again ? "restarting" : "starting";
    case State::up: return child.closing == Closing::no ? "running" : "stopping";
    case State::stopping: return "stopping";
    case State::down: break;
  }
  if (child.want_start) return child.again ? "restarting" : "starting";
  switch (child.fate) {
    case Fate::ended: return "ended";
    case Fate::given_up: return "given_up";
    case Fate::failed: return "failed";
    case Fate::none:
    case Fate::stopped: break;
  }
  return "stopped";
}

ChildView Tree::view_of(const Child& child, TimePoint now) const {
  ChildView view;
  view.id = child.spec.id;
  view.status = status(child);
  view.restart = to_string(child.spec.restart);
  view.significant = child.spec.significant;
  view.dynamic = child.dynamic;
  view.restarts = child.restarts;
  view.last_cause = child.last_cause;
  view.node = child.elsewhere;
  view.shutdown = in_words(child.spec.shutdown, child.supervisor() != nullptr);
  if (child.state == State::down && child.want_start) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(child.not_before - now).count();
    view.again_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(left, 0));
  }
  if (const auto* actor = std::get_if<ActorStart>(&child.spec.start)) {
    view.kind = "actor";
    view.what = actor->service + "/" + actor->key;
  } else if (const auto* service = std::get_if<ServiceStart>(&child.spec.start)) {
    view.kind = "service";
    view.what = service->service;
    if (service->intensity) view.what += ", " + in_words(*service->intensity);
  } else if (const auto* process = std::get_if<ProcessStart>(&child.spec.start)) {
    view.kind = "process";
    view.what = command_line(*process);
  } else {
    const Supervision& supervisor = *child.supervisor();
    view.kind = "supervisor";
    view.what = std::string(to_string(supervisor.strategy)) + ", " + in_words(supervisor.intensity) + ", " +
                in_words(supervisor.backoff);
    view.auto_shutdown = to_string(supervisor.auto_shutdown);
  }
  for (const ChildId id : child.children) {
    if (!at(id).deleted) view.children.push_back(view_of(at(id), now));
  }
  return view;
}

ChildView Tree::view(TimePoint now) const { return view_of(at(kTop), now); }

Result<std::vector<ChildView>> Tree::children_of(std::string_view supervisor, TimePoint now) const {
  auto found = supervisor_at(supervisor);
  if (!found.ok()) return found.error();
  return view_of(at(*found), now).children;
}

Tree::Leaf Tree::leaf(ChildId id) const {
  const Child& child = at(id);
  const auto& start = child.spec.start;
  return {id,
          std::get_if<ActorStart>(&start),
          std::get_if<ServiceStart>(&start),
          std::get_if<ProcessStart>(&start),
          child.spec.id,
          name(child)};
}

std::vector<Tree::Leaf> Tree::leaves_of(ChildId id) const {
  const Child& child = at(id);
  if (!child.supervisor()) return {leaf(id)};
  std::vector<Leaf> all;
  for (const ChildId below : child.children) {
    for (Leaf& one : leaves_of(below)) all.push_back(std::move(one));
  }
  return all;
}

bool Tree::is_deleted(ChildId id) const {
  for (const Child* child = &at(id); child->parent != 0; child = &at(child->parent)) {
    if (child->deleted) return true;
  }
  return false;
}

}  // namespace troupe::supervise

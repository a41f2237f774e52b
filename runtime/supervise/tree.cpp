#include "supervise/tree.h"

#include <algorithm>
#include <utility>

namespace troupe::supervise {
namespace {

constexpr std::chrono::milliseconds kWorkerDeadline{5'000};

}  // namespace

Tree::Tree(const Supervision& tree) {
  ChildSpec top;
  top.start = tree;
  add(0, top);
}

Tree::Child& Tree::add(ChildId parent, const ChildSpec& spec) {
  const ChildId id = next_++;
  Child& child = children_[id];
  child.id = id;
  child.parent = parent;
  child.spec = spec;
  if (parent != 0) {
    child.depth = at(parent).depth + 1;
    at(parent).children.push_back(id);
  }
  if (auto* supervision = std::get_if<Supervision>(&child.spec.start)) {
    const auto below = std::exchange(supervision->children, {});
    for (const ChildSpec& one : below) add(id, one);
  }
  return children_.at(id);
}

Tree::Child* Tree::find(ChildId id) {
  const auto found = children_.find(id);
  return found == children_.end() ? nullptr : &found->second;
}

void Tree::erase(ChildId id) {
  Child& child = at(id);
  for (const ChildId below : std::vector(child.children)) erase(below);
  if (!child.supervisor()) step(Step::What::unsupervise, child);
  answer(child, "it is gone: its supervisor was stopped");
  if (child.parent != 0) std::erase(at(child.parent).children, id);
  children_.erase(id);
}

void Tree::live_elsewhere(ChildId child, std::string node) { at(child).elsewhere = std::move(node); }

// --- events ---

void Tree::start(TimePoint now) {
  now_ = now;
  begin_start(at(kTop));
  converge();
}

void Tree::stop(TimePoint now) {
  now_ = now;
  over_ = true;
  Child& top = at(kTop);
  if (top.state == State::down) return step(Step::What::tree_stopped, top);
  begin_stop(top);
  converge();
}

void Tree::started(ChildId id, TimePoint now) {
  now_ = now;
  Child* child = find(id);
  if (!child || child->state != State::starting) return;
  child_up(*child);
  converge();
}

void Tree::start_failed(ChildId id, const std::string& why, TimePoint now) {
  now_ = now;
  Child* child = find(id);
  if (!child || child->state != State::starting) return;
  did_not_start(*child, why);
  converge();
}

void Tree::ended(ChildId id, bool abnormal, const std::string& why, TimePoint now) {
  now_ = now;
  Child* child = find(id);
  if (!child || child->state != State::up) return;
  child->state = State::down;
  child_ended(*child, abnormal, why);
  converge();
}

void Tree::stopped(ChildId id, TimePoint now) {
  now_ = now;
  Child* child = find(id);
  if (!child || child->state != State::stopping) return;
  came_down(*child);
  converge();
}

void Tree::tick(TimePoint now) {
  now_ = now;
  std::vector<ChildId> late;
  for (auto& [id, child] : children_) {
    if (child.state == State::stopping && child.kill_at <= now) late.push_back(id);
    if (!child.want_start || child.not_before > now || child.parent == 0) continue;
    child.not_before = {};  // from here on it waits for its supervisor alone
    touch(child.parent);
  }
  for (const ChildId id : late) kill_below(at(id));
  converge();
}

// --- from what is wanted to the next step ---

void Tree::touch(ChildId supervisor) {
  if (std::find(touched_.begin(), touched_.end(), supervisor) == touched_.end()) touched_.push_back(supervisor);
}

void Tree::converge() {
  while (!touched_.empty()) {
    const ChildId id = touched_.back();
    touched_.pop_back();
    if (Child* child = find(id)) pump(*child);
  }
}

// Stops come before starts; stops go from the last child to the first, starts from the first to the last, and the next
// waits for the one before. Under one_for_one, when neither all start nor all stop, children do not wait for each
// other.
void Tree::pump(Child& p) {
  if (p.state == State::down) return;
  if (stop_next(p)) return;
  if (p.closing != Closing::no) {
    for (const ChildId id : p.children) {
      if (at(id).state != State::down) return;
    }
    return closed(p);
  }
  if (start_next(p)) return;
  if (!p.initial) return;
  for (const ChildId id : p.children) {
    if (at(id).want_start || at(id).state == State::starting) return;
  }
  p.initial = false;
  child_up(p);
}

// True: the others have to wait.
bool Tree::stop_next(Child& p) {
  const bool ordered = p.closing != Closing::no || p.initial || p.supervisor()->strategy != Strategy::one_for_one;
  const std::vector<ChildId> ids = p.children;
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    Child* child = find(*id);
    if (!child) continue;
    if (child->want_stop && child->state == State::down) child->want_stop = false;
    if (child->want_stop && child->state == State::up) begin_stop(*child);
    // Who starts an actor has nothing to interrupt it with; a process may take long, and hears a signal.
    if (child->want_stop && child->state == State::starting && is_of_processes(*child)) begin_stop(*child);
    const bool waits = child->state == State::stopping || (child->want_stop && child->state == State::starting);
    if (waits && ordered) return true;
  }
  return false;
}

bool Tree::is_of_processes(const Child& child) const {
  if (std::holds_alternative<ProcessStart>(child.spec.start)) return true;
  return std::any_of(child.children.begin(), child.children.end(),
                     [this](ChildId id) { return is_of_processes(at(id)); });
}

bool Tree::start_next(Child& p) {
  const bool ordered = p.initial || p.supervisor()->strategy != Strategy::one_for_one;
  const std::vector<ChildId> ids = p.children;
  for (const ChildId id : ids) {
    Child* child = find(id);
    if (!child) continue;
    if (child->want_start && child->state == State::down && now_ >= child->not_before) begin_start(*child);
    if (!ordered) continue;
    if (child->state == State::starting || (child->want_start && child->state == State::down)) return true;
  }
  return false;
}

void Tree::begin_start(Child& child) {
  child.state = State::starting;
  child.want_start = false;
  child.fate = Fate::none;
  child.told_down = false;
  if (!child.supervisor()) {
    Step start{Step::What::start, child.id};
    start.again = child.again;
    steps_.push_back(std::move(start));
    return;
  }
  child.initial = true;
  child.closing = Closing::no;
  child.history.clear();
  for (const ChildId id : child.children) {
    Child& below = at(id);
    below.deleted = false;
    below.want_stop = false;
    below.want_start = below.elsewhere.empty();
    below.again = child.again;
    below.not_before = {};
    below.history.clear();
    below.waits.clear();
  }
  touch(child.id);
}

void Tree::begin_stop(Child& child) {
  child.state = State::stopping;
  child.want_stop = false;
  const bool hurried = child.parent != 0 && at(child.parent).killing;
  const Shutdown how =
      child.spec.shutdown.value_or(child.supervisor() ? Shutdown::unlimited() : Shutdown::within(kWorkerDeadline));
  child.killing = hurried || how.how == Shutdown::How::kill;
  child.kill_at = !child.killing && how.how == Shutdown::How::deadline ? later(now_, how.deadline) : TimePoint::max();
  if (child.supervisor()) return close(child, Closing::told, "it was told to stop");
  step(child.killing ? Step::What::kill : Step::What::stop, child);
}

void Tree::close(Child& p, Closing closing, const std::string& why) {
  const bool before = p.closing != Closing::no;
  p.closing = closing;
  if (!before) p.closing_why = why;
  for (const ChildId id : p.children) {
    Child& child = at(id);
    child.want_start = false;
    child.want_stop = child.state == State::up || child.state == State::starting;
  }
  touch(p.id);
}

void Tree::kill_below(Child& child) {
  child.kill_at = TimePoint::max();
  if (std::exchange(child.killing, true)) return;
  if (!child.supervisor()) {
    say(LogLevel::warn, child, name(child) + " did not stop by its deadline and is killed");
    return step(Step::What::kill, child);
  }
  for (const ChildId id : child.children) {
    if (at(id).state == State::stopping) kill_below(at(id));
  }
}

void Tree::child_up(Child& child) {
  child.state = State::up;
  if (child.again) ++child.restarts;
  answer(child, {});
  if (child.parent != 0) return touch(child.parent);
  step(Step::What::tree_started, child);
}

void Tree::did_not_start(Child& child, const std::string& why) {
  child.state = State::down;
  child.last_cause = why;
  const bool asked = child.asked;
  if (child.parent == 0) {
    child.fate = Fate::failed;
    disable(child, why);
    answer(child, why);
    return step(Step::What::tree_failed, child, why);
  }
  Child& p = at(child.parent);
  touch(p.id);
  if (asked && child.want_stop) return was_terminated(child);
  answer(child, why);
  if (p.closing != Closing::no || child.want_stop) return;
  if (asked) {
    child.fate = Fate::failed;
    if (child.dynamic && !child.again) return erase(child.id);
    return disable(child, why);
  }
  if (p.initial && !child.again) {
    const std::string what = child.supervisor() ? why : name(child) + " did not start: " + why;
    return close(p, Closing::failed, what);
  }
  crash_of(child, "it did not start again: " + why);
}

// A child that was told to stop has.
void Tree::came_down(Child& child) {
  child.state = State::down;
  child.kill_at = TimePoint::max();
  child.killing = false;
  if (child.closing == Closing::given_up && !child.supervisor()) {  // a service whose actors crashed too often
    child.closing = Closing::no;
    if (!child.want_start && at(child.parent).closing == Closing::no)
      return child_ended(child, true, child.closing_why);
  }
  if (child.parent == 0) {
    disable(child, "the node stops");
    return step(Step::What::tree_stopped, child);
  }
  Child& p = at(child.parent);
  touch(p.id);
  if (p.closing != Closing::no || child.want_start) return answer(child, {});
  was_terminated(child);
}

void Tree::was_terminated(Child& child) {
  child.want_stop = child.want_start = false;
  child.fate = Fate::stopped;
  disable(child, "its supervisor stopped it");
  answer(child, {});
  if (child.dynamic && child.spec.restart == Restart::temporary) erase(child.id);
}

// All children are down, and so is the supervisor.
void Tree::closed(Child& p) {
  const bool starting = std::exchange(p.initial, false);
  const std::string why = p.closing_why;
  const Closing closing = starting && p.closing == Closing::given_up ? Closing::failed : p.closing;
  p.state = State::down;
  for (const ChildId id : std::vector(p.children)) {
    Child& child = at(id);
    child.closing = Closing::no;
    answer(child, "its supervisor was stopped: " + why);
    if (child.dynamic) erase(id);
  }
  if (closing == Closing::failed) {
    p.state = State::starting;
    return did_not_start(p, why);
  }
  if (closing == Closing::told) return came_down(p);
  p.fate = closing == Closing::given_up ? Fate::given_up : Fate::ended;
  if (p.parent != 0) return child_ended(p, closing == Closing::given_up, why);
  p.last_cause = why;
  disable(p, (closing == Closing::given_up ? "its supervisor gave up: " : "its supervisor shut itself down: ") + why);
  step(closing == Closing::given_up ? Step::What::tree_given_up : Step::What::tree_shut_down, p, why);
}

// It will not be started: those who wait for it hear so.
void Tree::disable(Child& child, const std::string& why) {
  for (const ChildId id : child.children) {
    Child& below = at(id);
    if (below.fate == Fate::none) below.fate = Fate::stopped;
    disable(below, why);
  }
  if (child.supervisor() || std::exchange(child.told_down, true) || !child.elsewhere.empty()) return;
  step(Step::What::disable, child, why);
}

void Tree::answer(Child& child, const std::string& why) {
  if (std::exchange(child.asked, false)) step(Step::What::answer, child, why);
}

void Tree::say(LogLevel level, const Child& about, const std::string& what, const std::string& error) {
  Step log{Step::What::log, about.id};
  log.why = what;
  log.level = level;
  log.child_id = about.spec.id;
  log.error = error;
  steps_.push_back(std::move(log));
}

void Tree::step(Step::What what, const Child& child, std::string why) {
  Step step{what, child.id};
  step.why = std::move(why);
  steps_.push_back(std::move(step));
}

std::vector<Step> Tree::take_steps() { return std::exchange(steps_, {}); }

std::optional<TimePoint> Tree::next_wake() const {
  TimePoint next = TimePoint::max();
  for (const auto& [id, child] : children_) {
    if (child.state == State::stopping) next = std::min(next, child.kill_at);
    if (child.state == State::down && child.want_start && child.not_before != TimePoint{})
      next = std::min(next, child.not_before);
  }
  if (next == TimePoint::max()) return std::nullopt;
  return next;
}

}  // namespace troupe::supervise

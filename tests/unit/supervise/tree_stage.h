// A world for a supervision tree to play in: every start and stop succeeds at once, unless a test says otherwise, and
// what the tree wants done is written down: "start a, start b".
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "supervise/tree.h"

namespace troupe::supervise::testing {

using namespace std::chrono_literals;

// A child that is an actor.
inline ChildSpec worker(std::string id, Restart restart = Restart::permanent) {
  ChildSpec spec;
  spec.id = id;
  spec.start = ActorStart{"Worker", std::move(id)};
  spec.restart = restart;
  return spec;
}
inline ChildSpec significant(std::string id, Restart restart = Restart::transient) {
  ChildSpec spec = worker(std::move(id), restart);
  spec.significant = true;
  return spec;
}
inline ChildSpec below(std::string id, Supervision supervisor, Restart restart = Restart::permanent) {
  ChildSpec spec;
  spec.id = std::move(id);
  spec.start = std::move(supervisor);
  spec.restart = restart;
  return spec;
}

class Stage {
 public:
  explicit Stage(const Supervision& declared) : tree(declared) { learn(); }

  Tree tree;
  TimePoint now{std::chrono::hours(1)};
  std::set<std::string> failing;  // whose starts fail
  std::set<std::string> slow;     // whose starts and orderly stops are not answered
  std::vector<std::string> log;   // what the tree said, and disable steps as "a: why"
  std::vector<std::string> answers;

  // Each of these gives what the tree wanted done since.
  std::string start() { return tree.start(now), play(); }
  std::string stop() { return tree.stop(now), play(); }
  std::string crash(const std::string& id) { return tree.ended(child(id), true, "boom", now), play(); }
  std::string end(const std::string& id) { return tree.ended(child(id), false, "done", now), play(); }
  std::string stopped(const std::string& id) { return tree.stopped(child(id), now), play(); }
  std::string started(const std::string& id) { return tree.started(child(id), now), play(); }
  std::string within(const std::string& id) { return tree.crashed_within(child(id), "boom", now), play(); }
  // Lets time pass, from one wake-up to the next.
  std::string advance(std::chrono::milliseconds time) {
    std::string all;
    const TimePoint until = now + time;
    for (auto next = tree.next_wake(); next && *next <= until; next = tree.next_wake()) {
      now = std::max(now, *next);
      tree.tick(now);
      const std::string played = play();
      if (!played.empty()) all += (all.empty() ? "" : ", ") + played;
    }
    now = until;
    return all;
  }

  [[nodiscard]] ChildView view(const std::string& id) const {
    const ChildView top = tree.view(now);
    if (id.empty()) return top;
    const ChildView* found = look(top, id);
    if (!found) throw std::logic_error("no child " + id);
    return *found;
  }
  [[nodiscard]] std::string status(const std::string& id = {}) const { return view(id).status; }
  [[nodiscard]] ChildId child(const std::string& id) const { return ids_.at(id); }

  std::string play() {
    std::string heard;
    learn();
    for (auto steps = tree.take_steps(); !steps.empty(); steps = tree.take_steps()) {
      for (const Step& step : steps) perform(step, heard);
      learn();
    }
    return heard;
  }

 private:
  void perform(const Step& step, std::string& heard) {
    const std::string name = step.child == kTop ? "" : names_.at(step.child);
    const auto note = [&](const std::string& what) { heard += (heard.empty() ? "" : ", ") + what; };
    switch (step.what) {
      case Step::What::start:
        note("start " + name);
        if (slow.count(name)) return;
        if (failing.count(name)) return tree.start_failed(step.child, "no luck", now);
        return tree.started(step.child, now);
      case Step::What::stop:
        note("stop " + name);
        if (slow.count(name)) return;
        return tree.stopped(step.child, now);
      case Step::What::kill: note("kill " + name); return tree.stopped(step.child, now);
      case Step::What::disable: return log.push_back(name + ": " + step.why);
      case Step::What::unsupervise: return note("let go " + name);
      case Step::What::tree_started: return note("tree started");
      case Step::What::tree_failed: log.push_back(step.why); return note("tree failed");
      case Step::What::tree_given_up: log.push_back(step.why); return note("tree given up");
      case Step::What::tree_shut_down: log.push_back(step.why); return note("tree shut down");
      case Step::What::tree_stopped: return note("tree stopped");
      case Step::What::answer: return answers.push_back(name + (step.why.empty() ? " done" : ": " + step.why));
      case Step::What::log: return log.push_back(step.why);
    }
  }

  void learn() {
    for (const auto& leaf : tree.leaves_of(kTop)) know(leaf.id, leaf.name);
    for (ChildId id = kTop + 1; id < kTop + 10'000 && id <= last_ + 100; ++id) {
      if (tree.has(id)) know(id, tree.leaf(id).name);
    }
  }
  void know(ChildId id, const std::string& name) {
    const auto from = name.find('"') + 1;
    const std::string word = name.substr(from, name.find('"', from) - from);
    names_[id] = word;
    if (!tree.is_deleted(id)) ids_[word] = id;
    last_ = std::max(last_, id);
  }
  static const ChildView* look(const ChildView& view, const std::string& id) {
    for (const ChildView& below : view.children) {
      if (below.id == id) return &below;
      if (const auto* found = look(below, id)) return found;
    }
    return nullptr;
  }

  std::map<ChildId, std::string> names_;
  std::map<std::string, ChildId> ids_;
  ChildId last_ = kTop;
};

}  // namespace troupe::supervise::testing

// What a host asks of the tree of its node: to be shown it, and to change it.
#include <optional>
#include <utility>

#include "actor/activation.h"
#include "actor/current.h"
#include "supervise/tree_driver.h"

namespace troupe::supervise {
namespace {

void count_live(ChildView& view, const actor::Registry& registry) {
  if (view.kind == "service") {
    const std::string service = view.what.substr(0, view.what.find(','));
    if (const auto* hosted = registry.find(std::string_view(service)))
      view.live = hosted->live.load(std::memory_order_relaxed);
  }
  for (ChildView& below : view.children) count_live(below, registry);
}

// An actor whose partition another member leads by now is kept there, if the tree there has it too.
void see_where(ChildView& view, actor::Registry& registry, const TreeDriver::OwnerOf& owner_of) {
  const std::size_t slash = view.what.find('/');
  if (view.kind == "actor" && slash != std::string::npos) {
    auto address = registry.intern_by_name(view.what.substr(0, slash), view.what.substr(slash + 1));
    std::string owner = address.ok() ? owner_of(**address) : std::string();
    if (!owner.empty()) {
      view.status = "elsewhere";
      view.node = std::move(owner);
    }
  }
  for (ChildView& below : view.children) see_where(below, registry, owner_of);
}

}  // namespace

ChildView TreeDriver::view() const {
  std::unique_lock lock(mutex_);
  ChildView view = tree_.view(context_.clock.exact_now());
  lock.unlock();
  count_live(view, context_.registry);
  see_where(view, context_.registry, owner_of_);
  return view;
}

std::vector<ChildView> TreeDriver::which_children(std::string_view supervisor) const {
  std::unique_lock lock(mutex_);
  auto views = tree_.children_of(supervisor, context_.clock.exact_now()).value();
  lock.unlock();
  for (ChildView& view : views) {
    count_live(view, context_.registry);
    see_where(view, context_.registry, owner_of_);
  }
  return views;
}

ChildCounts TreeDriver::count_children(std::string_view supervisor) const {
  std::lock_guard lock(mutex_);
  return tree_.count_children(supervisor).value();
}

void TreeDriver::command(std::function<Result<ChildId>(TimePoint)> command) {
  if (auto* activation = actor::current().activation)
    throw Error(ErrorKind::invalid, "the supervision tree is to change in a handler of " +
                                        activation->address().text() +
                                        ", and whoever asks waits for that: it may wait for itself; let a host thread "
                                        "ask");
  auto answer = std::make_shared<std::promise<std::string>>();
  auto failure = std::make_shared<std::optional<Error>>();
  auto answered = answer->get_future();
  ask([this, answer = std::move(answer), failure, command = std::move(command)] {
    bool answered_later = false;
    change([&](TimePoint now) {
      auto child = command(now);
      if (!child.ok()) failure->emplace(child.error());
      answered_later = child.ok() && *child != 0;
      if (answered_later) waiting_.emplace(*child, answer);
    });
    if (!answered_later) answer->set_value({});
  });
  try {
    const std::string why = answered.get();
    if (*failure) throw **failure;
    if (!why.empty()) throw Error(ErrorKind::failed, why);
  } catch (const std::future_error&) {
    throw Error(ErrorKind::unavailable, "the node stopped before its supervision tree had done what was asked");
  }
}

void TreeDriver::start_child(std::string_view supervisor, ChildSpec child) {
  command([this, supervisor = std::string(supervisor), spec = std::move(child)](TimePoint now) -> Result<ChildId> {
    auto added = tree_.start_child(supervisor, spec, now);
    if (!added.ok()) return added;
    std::vector<ChildId> held;
    for (const Tree::Leaf& leaf : tree_.leaves_of(*added)) {
      if (auto placed = place(leaf); !placed.ok()) {
        tree_.drop(*added);
        return placed.error();
      }
      held.push_back(leaf.id);
    }
    // What was deleted and has come again under another name does not come back.
    for (const ChildId id : held) {
      const Place mine = places_.at(id);
      for (auto other = places_.begin(); other != places_.end();) {
        const bool same = other->first != id && mine.service && other->second.service == mine.service &&
                          other->second.actor.get() == mine.actor.get() && tree_.is_deleted(other->first);
        const ChildId gone = other->first;
        ++other;
        if (!same) continue;
        tree_.drop(gone);
        places_.erase(gone);
      }
      hold(id);
    }
    tree_.go_on(now);
    return added;
  });
}

void TreeDriver::terminate_child(std::string_view supervisor, std::string_view id) {
  command([this, supervisor = std::string(supervisor), id = std::string(id)](TimePoint now) {
    return tree_.terminate_child(supervisor, id, now);
  });
}

void TreeDriver::restart_child(std::string_view supervisor, std::string_view id) {
  command([this, supervisor = std::string(supervisor), id = std::string(id)](TimePoint now) {
    return tree_.restart_child(supervisor, id, now);
  });
}

void TreeDriver::restart(std::string_view path) {
  command([this, path = std::string(path)](TimePoint now) { return tree_.restart(path, now); });
}

void TreeDriver::delete_child(std::string_view supervisor, std::string_view id) {
  command([this, supervisor = std::string(supervisor), id = std::string(id)](TimePoint) -> Result<ChildId> {
    auto deleted = tree_.delete_child(supervisor, id);
    if (!deleted.ok()) return deleted.error();
    return ChildId{0};
  });
}

}  // namespace troupe::supervise

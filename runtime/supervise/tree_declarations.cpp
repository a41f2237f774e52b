// What a tree declares changes while it runs: for one whose declaration is a file that is read again.
#include <algorithm>

#include "supervise/supervision_check.h"
#include "supervise/tree.h"

namespace troupe::supervise {

Result<ChildId> Tree::declare_child(std::string_view supervisor, std::string_view before, const ChildSpec& spec,
                                    TimePoint now) {
  std::optional<ChildId> sibling;
  if (!before.empty()) {
    auto found = child_at(supervisor, before);
    if (!found.ok()) return found.error();
    sibling = *found;
  }
  auto added = add_child(supervisor, spec, now);
  if (!added.ok() || !sibling) return added;
  auto& siblings = at(at(*added).parent).children;
  siblings.pop_back();
  siblings.insert(std::find(siblings.begin(), siblings.end(), *sibling), *added);
  return added;
}

Result<void> Tree::redeclare(ChildId id, const ChildSpec& spec) {
  Child& child = at(id);
  const Child& p = at(child.parent);
  const auto wrong = [&](const std::string& why) {
    return Error(ErrorKind::invalid, name(child) + " cannot be declared anew: " + why);
  };
  if (child.state != State::down || child.want_start)
    return wrong(std::string("it is ") + status(child) + "; terminate it first");
  if (child.supervisor() || child.spec.start.index() != spec.start.index() || child.spec.id != spec.id)
    return wrong("its id and its kind stay, and a supervisor's children are declared one by one");
  if (auto fits = check_child(p.supervisor()->auto_shutdown, path(p), spec, child.depth); !fits.ok())
    return fits.error();
  child.spec = spec;
  child.history.clear();
  child.waits.clear();
  return {};
}

Result<void> Tree::undeclare(ChildId id) {
  const Child& child = at(id);
  if (child.state != State::down || child.want_start)
    return Error(ErrorKind::invalid,
                 name(child) + " cannot be taken out: it is " + status(child) + "; terminate it first");
  erase(id);
  return {};
}

}  // namespace troupe::supervise

// What is asked of a tree of processes while it runs: to start a part of it again, to add, take out and replace a
// program.
#include <system_error>
#include <utility>

#include "processes/process_driver.h"

namespace troupe {
namespace {

// A strategy may start a program again between its stop and what was to follow.
constexpr int kTries = 8;

Error stopping() { return {ErrorKind::unavailable, "the tree of processes stops, or has not begun"}; }

const ProcessStart& process_of(const ChildSpec& child) {
  const auto* start = std::get_if<ProcessStart>(&child.start);
  if (!start)
    throw Error(ErrorKind::invalid, "ProcessTree: child \"" + child.id +
                                        "\" is no process; supervisors, actors and services do not "
                                        "change while it runs");
  return *start;
}

}  // namespace

// --- any thread ---

void ProcessTree::Driver::ask(std::function<Result<std::optional<ChildId>>(TimePoint)> begin) {
  std::future<std::optional<Error>> answer;
  {
    const std::lock_guard lock(mutex_);
    if (!begun_ || stopped_ || ended_) throw stopping();
    answer = asked_.emplace_back(Request{std::move(begin)}).answer.get_future();
  }
  wake();
  std::optional<Error> error;
  try {
    error = answer.get();
  } catch (const std::future_error&) {
    throw stopping();
  }
  if (error) throw *error;
  // What was to start and was stopped with all has not started.
  const std::lock_guard lock(mutex_);
  if (stop_wanted_ || ended_) throw stopping();
}

void ProcessTree::Driver::restart(const std::string& path) {
  ask([this, path](TimePoint at) -> Result<std::optional<ChildId>> {
    auto child = tree_.restart(path, at);
    if (!child.ok()) return child.error();
    return std::optional(*child);
  });
}

void ProcessTree::Driver::add(std::string_view supervisor, const ChildSpec& child, std::string_view before) {
  (void)process_of(child);
  try {
    ask([&](TimePoint at) { return begin_add(std::string(supervisor), child, std::string(before), at); });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::failed) remove(child.id);
    throw;
  }
}

void ProcessTree::Driver::remove(std::string_view id) {
  stop_and(id, [this](const Program& program) { return tree_.undeclare(program.child); });
}

void ProcessTree::Driver::replace(const ChildSpec& child) {
  const ProcessStart start = processes::in_place(process_of(child));
  std::string path;
  stop_and(child.id, [&](Program& program) -> Result<void> {
    auto done = tree_.redeclare(program.child, child);
    if (!done.ok()) return done;
    program.start = start;
    path = tree_.path_of(program.child);
    return {};
  });
  restart(path);
}

bool ProcessTree::Driver::outdated(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const Program& found = program(id);
  return found.process && found.file != processes::mark_of(found.start, options_.environment);
}

void ProcessTree::Driver::stop_and(std::string_view id, const std::function<Result<void>(Program&)>& then) {
  for (int tries = 1;; ++tries) {
    ask([&](TimePoint at) -> Result<std::optional<ChildId>> {
      auto child = find(id) ? tree_.terminate(find(id)->child, at) : Result<ChildId>(not_there(id));
      if (!child.ok()) return child.error();
      return std::optional(*child);
    });
    try {
      return ask([&](TimePoint) -> Result<std::optional<ChildId>> {
        const Program* found = find(id);
        if (!found) return not_there(id);
        if (auto done = then(programs_.at(found->child)); !done.ok()) return done.error();
        return std::optional<ChildId>();
      });
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::invalid || tries == kTries) throw;
    }
  }
}

// --- the thread; the lock is held ---

Result<std::optional<supervise::ChildId>> ProcessTree::Driver::begin_add(const std::string& supervisor,
                                                                         const ChildSpec& child,
                                                                         const std::string& before, TimePoint now) {
  if (find(child.id))
    return Error(ErrorKind::invalid, "child \"" + child.id +
                                         "\" cannot be added: another process of this tree has the "
                                         "id, which names its log file");
  auto added = tree_.declare_child(supervisor, before, child, now);
  if (!added.ok()) return added.error();
  try {
    Program program{*added, child.id, processes::in_place(std::get<ProcessStart>(child.start))};
    program.log = std::make_unique<processes::ProcessLog>(options_.log_dir / (child.id + ".log"));
    programs_.emplace(*added, std::move(program));
  } catch (const std::system_error& e) {
    tree_.drop(*added);
    return Error(ErrorKind::unavailable, "child \"" + child.id + "\" cannot be added: " + e.what());
  }
  tree_.go_on(now);
  return std::optional(*added);
}

void ProcessTree::Driver::begin_requests() {
  for (Request& request : std::exchange(asked_, {})) {
    change([&](TimePoint at) {
      auto child = request.begin(at);
      if (!child.ok()) return request.answer.set_value(child.error());
      if (!*child) return request.answer.set_value(std::nullopt);
      under_way_.emplace(**child, std::move(request));
    });
  }
}

void ProcessTree::Driver::answer_requests(const supervise::Step& step) {
  const auto [first, last] = under_way_.equal_range(step.child);
  for (auto one = first; one != last; ++one)
    one->second.answer.set_value(step.why.empty() ? std::nullopt : std::optional(Error(ErrorKind::failed, step.why)));
  under_way_.erase(first, last);
}

}  // namespace troupe

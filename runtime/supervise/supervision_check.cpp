#include "supervise/supervision_check.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "base/time_words.h"

namespace troupe::supervise {
namespace {

constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24);

Error wrong(const std::string& where, const std::string& what) {
  return Error(ErrorKind::invalid, "Supervision: " + where + ": " + what);
}

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool is_time(std::chrono::milliseconds time) { return time.count() > 0 && time <= kLongest; }

Result<void> check_intensity(const Intensity& intensity, const std::string& where) {
  if (is_time(intensity.within)) return {};
  return wrong(where, "intensity.within is " + std::to_string(intensity.within.count()) + " ms; 1 ms to 24 hours is");
}

Result<void> check_supervisor(const Supervision& supervisor, const std::string& path, std::size_t depth) {
  const std::string where = supervisor_name(path);
  if (depth > limits::kMaxTreeDepth) {
    return wrong(where, "it is " + std::to_string(depth) + " supervisors deep; at most " +
                            std::to_string(limits::kMaxTreeDepth) + " are allowed");
  }
  if (auto fits = check_intensity(supervisor.intensity, where); !fits.ok()) return fits;
  const auto& [first, most] = supervisor.backoff;
  if (first.count() < 0 || most < first || most > kLongest)
    return wrong(where, "backoff.first must not be negative, backoff.most no less, and at most 24 hours");
  std::set<std::string_view> ids;
  for (const ChildSpec& child : supervisor.children) {
    if (auto fits = check_child(supervisor.auto_shutdown, path, child, depth + 1); !fits.ok()) return fits;
    if (!ids.insert(child.id).second) return wrong(child_name(child.id, path), "two children have this id");
  }
  return {};
}

bool has_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

Result<void> check_process(const ProcessStart& process, const std::string& where) {
  if (process.command.empty() || process.command.front().empty())
    return wrong(where, "it names no program to run: its command is empty");
  for (const std::string& word : process.command)
    if (has_nul(word)) return wrong(where, "a word of its command has a zero byte in it");
  if (auto fits = check_environment(process.environment, where); !fits.ok()) return fits;
  if (process.ready.find('\n') != std::string::npos || process.ready.size() > limits::kMaxProcessLineBytes)
    return wrong(where, "what it is to print when it is ready is no part of one line of at most " +
                            std::to_string(limits::kMaxProcessLineBytes) + " bytes");
  if (!is_time(process.ready_within))
    return wrong(where, "ready_within is " + std::to_string(process.ready_within.count()) + " ms; 1 ms to 24 hours is");
  return {};
}

}  // namespace

std::string supervisor_name(std::string_view path) {
  return path.empty() ? "the top supervisor" : "supervisor " + std::string(path);
}

std::string child_name(std::string_view id, std::string_view path) {
  return "child \"" + std::string(id) + "\" of " + supervisor_name(path);
}

Result<void> check_child(AutoShutdown auto_shutdown, const std::string& path, const ChildSpec& child,
                         std::size_t depth) {
  const std::string where = child_name(child.id.substr(0, limits::kMaxChildIdBytes), path);
  if (child.id.empty()) return wrong("a child of " + supervisor_name(path), "its id is empty");
  if (child.id.size() > limits::kMaxChildIdBytes)
    return wrong(where, "its id has " + std::to_string(child.id.size()) + " bytes; at most " +
                            std::to_string(limits::kMaxChildIdBytes) + " are allowed");
  if (!std::all_of(child.id.begin(), child.id.end(), plain))
    return wrong(where, "an id has letters, digits, '-', '_' and '.' only");
  if (child.significant && child.restart == Restart::permanent)
    return wrong(
        where,
        "it is significant and permanent; a permanent child never ends for good, make it transient or temporary");
  if (child.significant && auto_shutdown == AutoShutdown::never)
    return wrong(
        where,
        "it is significant, and its supervisor's auto_shutdown is never; make that any_significant or all_significant");
  if (child.shutdown && child.shutdown->how == Shutdown::How::deadline && !is_time(child.shutdown->deadline))
    return wrong(where, "its shutdown deadline is " + std::to_string(child.shutdown->deadline.count()) +
                            " ms; 1 ms to 24 hours is allowed, or kill, or unlimited");
  if (const auto* actor = std::get_if<ActorStart>(&child.start)) {
    if (actor->service.empty()) return wrong(where, "it names nothing to start: no service");
    if (actor->key.empty()) return wrong(where, "it names service " + actor->service + " and no key");
    if (actor->key.size() > limits::kMaxActorKeyBytes)
      return wrong(where, "its key has " + std::to_string(actor->key.size()) + " bytes; at most " +
                              std::to_string(limits::kMaxActorKeyBytes) + " are allowed");
    return {};
  }
  if (const auto* service = std::get_if<ServiceStart>(&child.start)) {
    if (service->service.empty()) return wrong(where, "it names nothing to start: no service");
    return service->intensity ? check_intensity(*service->intensity, where) : Result<void>{};
  }
  if (const auto* process = std::get_if<ProcessStart>(&child.start)) return check_process(*process, where);
  return check_supervisor(std::get<Supervision>(child.start), path.empty() ? child.id : path + "/" + child.id, depth);
}

Result<void> check_environment(const std::map<std::string, std::string>& environment, const std::string& where) {
  for (const auto& [name, value] : environment) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name) || has_nul(value))
      return wrong(where, "its environment has a variable \"" + name.substr(0, 100) +
                              "\"; a name is not empty and has no '=', and neither it nor its value has a zero byte");
  }
  return {};
}

std::size_t count(const ChildSpec& child) {
  std::size_t sum = 1;
  if (const auto* supervisor = std::get_if<Supervision>(&child.start)) {
    for (const ChildSpec& below : supervisor->children) sum += count(below);
  }
  return sum;
}

std::string in_words(const Intensity& intensity) {
  return "at most " + std::to_string(intensity.restarts) +
         (intensity.restarts == 1 ? " restart in " : " restarts in ") + time_words(intensity.within);
}

std::string in_words(const Backoff& backoff) {
  return "backoff " + time_words(backoff.first) + " to " + time_words(backoff.most);
}

std::string in_words(const std::optional<Shutdown>& shutdown, bool of_supervisor) {
  const Shutdown how = shutdown.value_or(of_supervisor ? Shutdown::unlimited() : Shutdown{});
  switch (how.how) {
    case Shutdown::How::kill: return "kill";
    case Shutdown::How::unlimited: return "unlimited";
    case Shutdown::How::deadline: break;
  }
  return "within " + time_words(how.deadline);
}

}  // namespace troupe::supervise

namespace troupe {

std::string_view to_string(Strategy strategy) noexcept {
  switch (strategy) {
    case Strategy::one_for_one: return "one_for_one";
    case Strategy::one_for_all: return "one_for_all";
    case Strategy::rest_for_one: return "rest_for_one";
  }
  return "?";
}

std::string_view to_string(Restart restart) noexcept {
  switch (restart) {
    case Restart::permanent: return "permanent";
    case Restart::transient: return "transient";
    case Restart::temporary: return "temporary";
  }
  return "?";
}

std::string_view to_string(AutoShutdown auto_shutdown) noexcept {
  switch (auto_shutdown) {
    case AutoShutdown::never: return "never";
    case AutoShutdown::any_significant: return "any_significant";
    case AutoShutdown::all_significant: return "all_significant";
  }
  return "?";
}

Result<void> check(const Supervision& tree) {
  ChildSpec top;
  top.start = tree;
  if (const std::size_t children = supervise::count(top) - 1; children > limits::kMaxTreeChildren) {
    return Error(ErrorKind::invalid, "Supervision: it has " + std::to_string(children) + " children; at most " +
                                         std::to_string(limits::kMaxTreeChildren) +
                                         " are allowed, make many of one service a whole service");
  }
  return supervise::check_supervisor(tree, {}, 1);
}

}  // namespace troupe

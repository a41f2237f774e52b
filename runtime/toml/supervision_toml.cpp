// The [supervision] table: a tree, supervisor by supervisor and child by child.
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "troupe/toml.h"
#include "troupe/toml_keys.h"

namespace troupe {
namespace {

using std::chrono::milliseconds;
using Keys = TomlKeys;

constexpr std::int64_t kMostRestarts = 1'000'000;
// As deep as check() allows, with a table for every supervisor and list between; deeper files are not walked.
constexpr std::size_t kMaxDepth = 64;

Supervision read_supervisor(const toml::table& table, const std::filesystem::path& file, const std::string& path,
                            std::size_t depth);

std::optional<Shutdown> read_shutdown(Keys& keys) {
  const auto ms = keys.number("shutdown_ms", 1, Keys::kLongest.count());
  const auto word = keys.text("shutdown");
  if (ms && word) keys.fail("shutdown", "'shutdown' and 'shutdown_ms' are there, and one is meant");
  if (ms) return Shutdown::within(milliseconds(*ms));
  if (!word) return std::nullopt;
  if (*word == "kill") return Shutdown::kill();
  if (*word == "unlimited") return Shutdown::unlimited();
  keys.fail("shutdown", "'shutdown' is kill or unlimited, not '" + *word + "'; a deadline is 'shutdown_ms'");
}

ActorStart read_actor(Keys& keys, const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size())
    keys.fail("actor", "'actor' is SERVICE/KEY, not '" + text + "'");
  return {text.substr(0, slash), text.substr(slash + 1)};
}

ServiceStart read_service(Keys& keys, std::string service) {
  ServiceStart start{std::move(service), {}};
  const auto crashes = keys.number("crashes", 0, kMostRestarts);
  const auto within = keys.number("within_ms", 1, Keys::kLongest.count());
  if (!crashes && within) keys.fail("within_ms", "'within_ms' without 'crashes'");
  if (!crashes) return start;
  start.intensity.emplace();
  start.intensity->restarts = static_cast<std::uint32_t>(*crashes);
  if (within) start.intensity->within = milliseconds(*within);
  return start;
}

ProcessStart read_process(Keys& keys, std::vector<std::string> command) {
  ProcessStart start;
  start.command = std::move(command);
  if (start.command.front().empty()) keys.fail("process", "'process' begins with the program to run, which is empty");
  start.directory = keys.text("directory").value_or("");
  start.environment = keys.named_texts("environment");
  const auto ready = keys.text("ready");
  if (ready && ready->empty()) keys.fail("ready", "'ready' is part of a line that the program prints, and not empty");
  start.ready = ready.value_or("");
  const auto within = keys.number("ready_within_ms", 1, Keys::kLongest.count());
  if (within && !ready) keys.fail("ready_within_ms", "'ready_within_ms' without 'ready'");
  if (within) start.ready_within = milliseconds(*within);
  return start;
}

ChildSpec read_child(const toml::table& table, const std::filesystem::path& file, const std::string& path,
                     std::size_t depth) {
  const std::string above = path.empty() ? "[supervision]" : "supervisor " + path;
  Keys unnamed(table, file, "a child of " + above);
  ChildSpec child;
  child.id = unnamed.text("id").value_or("");
  if (child.id.empty()) unnamed.missing("id");
  Keys keys(table, file, "child '" + child.id + "' of " + above);
  (void)keys.find("id");
  keys.read_word("restart", std::array{Restart::permanent, Restart::transient, Restart::temporary}, child.restart);
  child.shutdown = read_shutdown(keys);
  child.significant = keys.flag("significant").value_or(false);
  const auto actor = keys.text("actor");
  const auto service = keys.text("service");
  auto process = keys.texts("process");
  const auto* supervisor = keys.find("supervisor");
  if (int(actor.has_value()) + int(service.has_value()) + int(process.has_value()) + int(supervisor != nullptr) != 1)
    keys.fail("", "one of 'actor', 'service', 'process' and 'supervisor' says what it is");
  if (actor) child.start = read_actor(keys, *actor);
  if (service) child.start = read_service(keys, *service);
  if (process) child.start = read_process(keys, std::move(*process));
  if (supervisor) {
    const auto* below = supervisor->as_table();
    if (!below) keys.fail("supervisor", "'supervisor' must be a table");
    child.start = read_supervisor(*below, file, path.empty() ? child.id : path + "/" + child.id, depth + 1);
  }
  keys.end();
  return child;
}

Supervision read_supervisor(const toml::table& table, const std::filesystem::path& file, const std::string& path,
                            std::size_t depth) {
  Keys keys(table, file, path.empty() ? "[supervision]" : "supervisor " + path);
  if (depth > kMaxDepth) keys.fail("", "it is too deep");
  Supervision supervisor;
  keys.read_word("strategy", std::array{Strategy::one_for_one, Strategy::one_for_all, Strategy::rest_for_one},
                 supervisor.strategy);
  keys.read_word("auto_shutdown",
                 std::array{AutoShutdown::never, AutoShutdown::any_significant, AutoShutdown::all_significant},
                 supervisor.auto_shutdown);
  if (auto n = keys.number("restarts", 0, kMostRestarts))
    supervisor.intensity.restarts = static_cast<std::uint32_t>(*n);
  if (auto ms = keys.number("within_ms", 1, Keys::kLongest.count())) supervisor.intensity.within = milliseconds(*ms);
  if (auto ms = keys.number("backoff_ms", 0, Keys::kLongest.count())) supervisor.backoff.first = milliseconds(*ms);
  if (auto ms = keys.number("max_backoff_ms", 0, Keys::kLongest.count())) supervisor.backoff.most = milliseconds(*ms);
  const auto* children = keys.find("children");
  keys.end();
  if (!children) return supervisor;
  if (!children->is_array_of_tables())
    keys.fail("children", "'children' must be a list of tables: write [[...children]] for each");
  for (const auto& child : *children->as_array())
    supervisor.children.push_back(read_child(*child.as_table(), file, path, depth));
  return supervisor;
}

}  // namespace

Supervision supervision_from_toml(const toml::table& table, const std::filesystem::path& file) {
  Supervision tree = read_supervisor(table, file, {}, 1);
  if (auto fits = check(tree); !fits.ok()) {
    throw Error(ErrorKind::invalid,
                file.string() + ":" + std::to_string(table.source().begin.line) + ": " + fits.error().message());
  }
  return tree;
}

}  // namespace troupe

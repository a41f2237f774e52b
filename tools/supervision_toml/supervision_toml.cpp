#include "supervision_toml.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kLongestMs = 24 * 3600 * 1000;
constexpr std::int64_t kMostRestarts = 1'000'000;
// As deep as check() allows, with a table for every supervisor and list between; deeper files are not walked.
constexpr std::size_t kMaxDepth = 64;

// One table, whose keys are asked for one by one; what nobody asked for is unknown.
class Keys {
 public:
  Keys(const toml::table& table, const std::filesystem::path& file, std::string where)
      : table_(table), file_(file), where_(std::move(where)) {}

  [[noreturn]] void fail(std::string_view key, const std::string& what) const {
    const toml::node* node = key.empty() ? nullptr : table_.get(key);
    fail_at((node ? node->source() : table_.source()).begin.line, what);
  }
  [[noreturn]] void fail_at(std::uint32_t line, const std::string& what) const {
    throw Error(ErrorKind::invalid, file_.string() + ":" + std::to_string(line) + ": " + where_ + ": " + what);
  }

  const toml::node* find(std::string_view key) {
    known_.emplace_back(key);
    return table_.get(key);
  }
  std::optional<std::string> text(std::string_view key) {
    const auto* node = find(key);
    if (!node) return std::nullopt;
    const auto value = node->value_exact<std::string>();
    if (!value) fail(key, "'" + std::string(key) + "' must be a text in quotes");
    return value;
  }
  std::optional<std::int64_t> number(std::string_view key, std::int64_t least, std::int64_t most) {
    const auto* node = find(key);
    if (!node) return std::nullopt;
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < least || *value > most)
      fail(key, "'" + std::string(key) + "' must be a whole number from " + std::to_string(least) + " to " +
                    std::to_string(most));
    return value;
  }
  std::optional<bool> flag(std::string_view key) {
    const auto* node = find(key);
    if (!node) return std::nullopt;
    const auto value = node->value_exact<bool>();
    if (!value) fail(key, "'" + std::string(key) + "' must be true or false");
    return value;
  }
  // A list of texts, one at least.
  std::optional<std::vector<std::string>> texts(std::string_view key) {
    const auto* node = find(key);
    if (!node) return std::nullopt;
    std::vector<std::string> values;
    const auto* list = node->as_array();
    if (!list || list->empty()) fail(key, "'" + std::string(key) + "' must be a list of texts in quotes, not empty");
    for (const auto& one : *list) {
      const auto value = one.value_exact<std::string>();
      if (!value)
        fail_at(one.source().begin.line, "'" + std::string(key) + "' has something that is no text in quotes");
      values.push_back(*value);
    }
    return values;
  }
  // A table of texts.
  std::map<std::string, std::string> named_texts(std::string_view key) {
    std::map<std::string, std::string> values;
    const auto* node = find(key);
    if (!node) return values;
    const auto* table = node->as_table();
    if (!table) fail(key, "'" + std::string(key) + "' must be a table of texts: { NAME = \"value\" }");
    for (auto&& [name, value] : *table) {
      const auto text = value.value_exact<std::string>();
      if (!text)
        fail_at(value.source().begin.line,
                "'" + std::string(name.str()) + "' of '" + std::string(key) + "' must be a text in quotes");
      values[std::string(name.str())] = *text;
    }
    return values;
  }
  // One of the words that to_string() has for the values.
  template <class Value, std::size_t N>
  void word(std::string_view key, const std::array<Value, N>& values, Value& out) {
    const auto given = text(key);
    if (!given) return;
    std::string known;
    for (const Value value : values) {
      if (to_string(value) == *given) return void(out = value);
      known += (known.empty() ? "" : ", ") + std::string(to_string(value));
    }
    fail(key, "'" + std::string(key) + "' is one of " + known + ", not '" + *given + "'");
  }
  void end() const {
    for (auto&& [key, value] : table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
      std::string known;
      for (const auto& one : known_) known += (known.empty() ? "" : ", ") + one;
      fail_at(key.source().begin.line, "unknown key '" + std::string(key.str()) + "'; known here: " + known);
    }
  }
  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  [[nodiscard]] const std::string& where() const noexcept { return where_; }

 private:
  const toml::table& table_;
  const std::filesystem::path& file_;
  const std::string where_;
  std::vector<std::string> known_;
};

Supervision read_supervisor(const toml::table& table, const std::filesystem::path& file, const std::string& path,
                            std::size_t depth);

std::optional<Shutdown> read_shutdown(Keys& keys) {
  const auto ms = keys.number("shutdown_ms", 1, kLongestMs);
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
  const auto within = keys.number("within_ms", 1, kLongestMs);
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
  const auto within = keys.number("ready_within_ms", 1, kLongestMs);
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
  if (child.id.empty()) unnamed.fail("id", "key 'id' is missing");
  Keys keys(table, file, "child '" + child.id + "' of " + above);
  (void)keys.find("id");
  keys.word("restart", std::array{Restart::permanent, Restart::transient, Restart::temporary}, child.restart);
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
  keys.word("strategy", std::array{Strategy::one_for_one, Strategy::one_for_all, Strategy::rest_for_one},
            supervisor.strategy);
  keys.word("auto_shutdown",
            std::array{AutoShutdown::never, AutoShutdown::any_significant, AutoShutdown::all_significant},
            supervisor.auto_shutdown);
  if (auto n = keys.number("restarts", 0, kMostRestarts))
    supervisor.intensity.restarts = static_cast<std::uint32_t>(*n);
  if (auto ms = keys.number("within_ms", 1, kLongestMs)) supervisor.intensity.within = milliseconds(*ms);
  if (auto ms = keys.number("backoff_ms", 0, kLongestMs)) supervisor.backoff.first = milliseconds(*ms);
  if (auto ms = keys.number("max_backoff_ms", 0, kLongestMs)) supervisor.backoff.most = milliseconds(*ms);
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

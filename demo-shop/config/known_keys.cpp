#include "config/known_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/shop_config.h"

namespace demo {

namespace {

// "a table" for what TOML calls by another name.
std::string kind(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (node.is_array()) return "a list";
  if (node.is_string()) return "a text";
  if (node.is_integer()) return "a whole number";
  if (node.is_floating_point()) return "a number with a point";
  if (node.is_boolean()) return "true or false";
  return "a date or time";
}

}  // namespace

const toml::node* KnownKeys::find(std::string_view key) {
  known_.emplace_back(key);
  return table_.get(key);
}

std::optional<std::string> KnownKeys::text(std::string_view key) {
  const auto* node = find(key);
  if (!node) return std::nullopt;
  const auto* value = node->as_string();
  if (!value) fail(key, fmt::format("'{}' must be a text in quotes, not {}", key, kind(*node)));
  if (value->get().empty()) fail(key, fmt::format("'{}' must not be empty", key));
  return value->get();
}

std::optional<std::int64_t> KnownKeys::number(std::string_view key, std::int64_t least, std::int64_t most) {
  const auto* node = find(key);
  if (!node) return std::nullopt;
  const auto* value = node->as_integer();
  if (!value) fail(key, fmt::format("'{}' must be a whole number, not {}", key, kind(*node)));
  if (value->get() < least || value->get() > most)
    fail(key, fmt::format("'{}' must be from {} to {}, not {}", key, least, most, value->get()));
  return value->get();
}

const toml::table* KnownKeys::table(std::string_view key) {
  const auto* node = find(key);
  if (node && !node->is_table()) fail(key, fmt::format("'{}' must be a table: write [{}]", key, key));
  return node ? node->as_table() : nullptr;
}

const toml::array* KnownKeys::tables(std::string_view key) {
  const auto* node = find(key);
  if (node && !node->is_array_of_tables())
    fail(key, fmt::format("'{}' must be a list of tables: write [[{}]] for each", key, key));
  return node ? node->as_array() : nullptr;
}

void KnownKeys::missing(std::string_view key) const {
  fail_at(table_.source().begin.line, fmt::format("{}{}key '{}' is missing", where_, where_.empty() ? "" : ": ", key));
}

void KnownKeys::end() const {
  const toml::key* unknown = nullptr;
  for (auto&& [key, value] : table_) {
    if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
    if (!unknown || key.source().begin.line < unknown->source().begin.line) unknown = &key;
  }
  if (unknown)
    fail_at(unknown->source().begin.line, fmt::format("unknown key '{}'{}; known here: {}", unknown->str(),
                                                      where_.empty() ? "" : " in " + where_, fmt::join(known_, ", ")));
}

void KnownKeys::fail(std::string_view key, const std::string& what) const {
  const auto* node = table_.get(key);
  fail_at(node ? node->source().begin.line : table_.source().begin.line, where_.empty() ? what : where_ + ": " + what);
}

void KnownKeys::fail_at(std::uint32_t line, const std::string& what) const {
  throw ConfigError(fmt::format("{}:{}: {}", file_.string(), std::max(line, 1u), what));
}

}  // namespace demo

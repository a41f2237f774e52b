#include <algorithm>

#include "troupe/toml_keys.h"

namespace troupe {

void TomlKeys::fail(std::string_view key, const std::string& what) const {
  const toml::node* node = key.empty() ? nullptr : table_.get(key);
  fail_at((node ? node->source() : table_.source()).begin.line, what);
}

void TomlKeys::fail_at(std::uint32_t line, const std::string& what) const {
  const std::string place = file_.string() + ":" + std::to_string(std::max(line, 1u)) + ": ";
  throw Error(ErrorKind::invalid, place + (where_.empty() ? "" : where_ + ": ") + what);
}

void TomlKeys::missing(std::string_view key) const { fail({}, "key " + quoted(key) + " is missing"); }

const toml::node* TomlKeys::find(std::string_view key) {
  known_.emplace_back(key);
  return table_.get(key);
}

std::optional<std::string> TomlKeys::text(std::string_view key) {
  const auto* node = find(key);
  if (!node) return std::nullopt;
  const auto value = node->value_exact<std::string>();
  if (!value) fail(key, quoted(key) + " must be a text in quotes");
  return value;
}

std::optional<std::string> TomlKeys::word(std::string_view key) {
  auto value = text(key);
  if (value && value->empty()) fail(key, quoted(key) + " must not be empty");
  return value;
}

std::optional<std::int64_t> TomlKeys::number(std::string_view key, std::int64_t least, std::int64_t most) {
  const auto* node = find(key);
  if (!node) return std::nullopt;
  const auto value = node->value_exact<std::int64_t>();
  if (!value || *value < least || *value > most)
    fail(key, quoted(key) + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

std::optional<double> TomlKeys::share(std::string_view key) {
  const auto* node = find(key);
  if (!node) return std::nullopt;
  const auto value = node->is_number() ? node->value<double>() : std::nullopt;
  if (!value || !(*value >= 0 && *value <= 1)) fail(key, quoted(key) + " must be a number from 0 to 1");
  return value;
}

std::optional<bool> TomlKeys::flag(std::string_view key) {
  const auto* node = find(key);
  if (!node) return std::nullopt;
  const auto value = node->value_exact<bool>();
  if (!value) fail(key, quoted(key) + " must be true or false");
  return value;
}

std::optional<std::vector<std::string>> TomlKeys::texts(std::string_view key) {
  const auto* node = find(key);
  if (!node) return std::nullopt;
  std::vector<std::string> values;
  const auto* list = node->as_array();
  if (!list || list->empty()) fail(key, quoted(key) + " must be a list of texts in quotes, not empty");
  for (const auto& one : *list) {
    const auto value = one.value_exact<std::string>();
    if (!value) fail_at(one.source().begin.line, quoted(key) + " has something that is no text in quotes");
    values.push_back(*value);
  }
  return values;
}

std::map<std::string, std::string> TomlKeys::named_texts(std::string_view key) {
  std::map<std::string, std::string> values;
  const auto* node = find(key);
  if (!node) return values;
  const auto* table = node->as_table();
  if (!table) fail(key, quoted(key) + " must be a table of texts: { NAME = \"value\" }");
  for (auto&& [name, value] : *table) {
    const auto text = value.value_exact<std::string>();
    if (!text)
      fail_at(value.source().begin.line, quoted(name.str()) + " of " + quoted(key) + " must be a text in quotes");
    values[std::string(name.str())] = *text;
  }
  return values;
}

const toml::table* TomlKeys::table(std::string_view key) {
  const auto* node = find(key);
  if (node && !node->is_table()) fail(key, quoted(key) + " must be a table");
  return node ? node->as_table() : nullptr;
}

const toml::array* TomlKeys::tables(std::string_view key) {
  const auto* node = find(key);
  if (node && !node->is_array_of_tables())
    fail(key, quoted(key) + " must be a list of tables: write [[..." + std::string(key) + "]] for each");
  return node ? node->as_array() : nullptr;
}

void TomlKeys::end() const {
  const toml::key* unknown = nullptr;
  for (auto&& [key, value] : table_) {
    if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
    if (!unknown || key.source().begin.line < unknown->source().begin.line) unknown = &key;
  }
  if (!unknown) return;
  std::string known;
  for (const auto& one : known_) known += (known.empty() ? "" : ", ") + one;
  fail_at(unknown->source().begin.line, "unknown key " + quoted(unknown->str()) + "; known here: " + known);
}

std::filesystem::path TomlKeys::path(const std::string& text) const {
  return (std::filesystem::absolute(file_).parent_path() / text).lexically_normal();
}

}  // namespace troupe

// One TOML table, whose keys are asked for one by one; what nobody asked for is unknown. For a program's own tables
// beside [node] and [supervision] (troupe/toml.h), which are read so too. Component `toml`, target Troupe::toml.
//
// What is wrong is thrown as Error `invalid`: "FILE:LINE: ", the table, and what is wrong with which key. For one
// thread.
#pragma once

#include <toml++/toml.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/error.h"

namespace troupe {

class TomlKeys {
 public:
  // The most of read_ms(). Longer waits mean "never", which has words of its own.
  static constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 366);

  // `where`: "[node.watch]", "child 'feed' of [supervision]"; empty for the top of a file. The table and `file` outlive
  // it.
  TomlKeys(const toml::table& table, const std::filesystem::path& file, std::string where)
      : table_(table), file_(file), where_(std::move(where)) {}

  // At the line of the key, of the table when it is not there.
  [[noreturn]] void fail(std::string_view key, const std::string& what) const;
  [[noreturn]] void fail_at(std::uint32_t line, const std::string& what) const;
  [[noreturn]] void missing(std::string_view key) const;

  [[nodiscard]] const toml::node* find(std::string_view key);
  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  // A text that says something.
  [[nodiscard]] std::optional<std::string> word(std::string_view key);
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view key, std::int64_t least, std::int64_t most);
  [[nodiscard]] std::optional<double> share(std::string_view key);  // from 0 to 1
  [[nodiscard]] std::optional<bool> flag(std::string_view key);
  // A list of texts, one at least.
  [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view key);
  // A table of texts.
  [[nodiscard]] std::map<std::string, std::string> named_texts(std::string_view key);
  [[nodiscard]] const toml::table* table(std::string_view key);
  // A list of tables, each of them `[[key]]`; null: none.
  [[nodiscard]] const toml::array* tables(std::string_view key);

  // Into `out`, which stays as it is when the key is not there.
  template <class Whole>
  void read(std::string_view key, Whole& out, std::int64_t least, std::int64_t most) {
    if (const auto value = number(key, least, most)) out = static_cast<Whole>(*value);
  }
  void read_ms(std::string_view key, std::chrono::milliseconds& out, std::int64_t least = 0) {
    if (const auto value = number(key, least, kLongest.count())) out = std::chrono::milliseconds(*value);
  }
  // One of the words that to_string() has for the values.
  template <class Value, std::size_t N>
  void read_word(std::string_view key, const std::array<Value, N>& values, Value& out) {
    const auto given = text(key);
    if (!given) return;
    std::string known;
    for (const Value value : values) {
      if (to_string(value) == *given) return void(out = value);
      known += (known.empty() ? "" : ", ") + std::string(to_string(value));
    }
    fail(key, quoted(key) + " is one of " + known + ", not '" + *given + "'");
  }

  // After everything was asked for: fails at the first key that was not.
  void end() const;

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  // A path as it stands in the file, from the file's directory.
  [[nodiscard]] std::filesystem::path path(const std::string& text) const;

 private:
  static std::string quoted(std::string_view key) { return "'" + std::string(key) + "'"; }

  const toml::table& table_;
  const std::filesystem::path& file_;
  const std::string where_;
  std::vector<std::string> known_;
};

}  // namespace troupe

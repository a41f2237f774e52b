// A TOML table read key by key: what is not asked for by name, or has the wrong type or range, is a ConfigError with
// file and line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace demo {

class KnownKeys {
 public:
  // `where` names the table in messages: "[client]"; empty for the top of the file.
  KnownKeys(const toml::table& table, std::filesystem::path file, std::string where)
      : table_(table), file_(std::move(file)), where_(std::move(where)) {}

  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  // Whole numbers from `least` to `most`.
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view key, std::int64_t least, std::int64_t most);
  [[nodiscard]] const toml::table* table(std::string_view key);
  [[nodiscard]] const toml::array* tables(std::string_view key);
  // Fails with "key 'x' is missing".
  [[noreturn]] void missing(std::string_view key) const;
  // After everything was asked for: fails at the first key that was not.
  void end() const;

  // A complaint about the value of a key, at its line; about the table when the key is not there.
  [[noreturn]] void fail(std::string_view key, const std::string& what) const;

 private:
  const toml::node* find(std::string_view key);
  [[noreturn]] void fail_at(std::uint32_t line, const std::string& what) const;

  const toml::table& table_;
  std::filesystem::path file_;
  std::string where_;
  std::vector<std::string> known_;
};

}  // namespace demo

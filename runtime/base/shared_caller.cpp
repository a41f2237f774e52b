#include <algorithm>

#include "base/shared_caller.h"

namespace troupe {
namespace {

// The next of the words at the front of `rest`, which loses it; empty: there is none.
std::string_view take_word(std::string_view& rest) noexcept {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

Result<void> check_size(const char* what, std::size_t bytes, std::size_t most) {
  if (bytes <= most) return {};
  return Error(ErrorKind::invalid, std::string("a caller whose ") + what + " " + std::to_string(bytes) +
                                       " bytes long; at most " + std::to_string(most) + " are allowed");
}

}  // namespace

bool has_word(std::string_view words, std::string_view word) noexcept {
  if (word.empty()) return false;
  for (auto one = take_word(words); !one.empty(); one = take_word(words))
    if (one == word) return true;
  return false;
}

std::string_view first_missing(std::string_view words, std::string_view others) noexcept {
  for (auto one = take_word(words); !one.empty(); one = take_word(words))
    if (!has_word(others, one)) return one;
  return {};
}

bool any_word(std::string_view words, std::string_view others) noexcept {
  for (auto one = take_word(words); !one.empty(); one = take_word(words))
    if (has_word(others, one)) return true;
  return false;
}

bool Caller::has_role(std::string_view role) const noexcept { return has_word(roles, role); }
bool Caller::has_scope(std::string_view scope) const noexcept { return has_word(scopes, scope); }

// None of it is quoted: it comes out of a token.
Result<void> check_caller(const Caller& caller) {
  if (auto ok = check_size("name is", caller.name.size(), limits::kMaxCallerNameBytes); !ok) return ok;
  if (auto ok = check_size("roles are", caller.roles.size(), limits::kMaxCallerWordsBytes); !ok) return ok;
  return check_size("scopes are", caller.scopes.size(), limits::kMaxCallerWordsBytes);
}

}  // namespace troupe

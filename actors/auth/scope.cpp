#include "auth/scope.h"

#include <algorithm>

#include "auth/encoding.h"
#include "auth/limits.h"

namespace troupe::auth {
namespace {

constexpr std::size_t kMinVerifier = 43;
constexpr std::size_t kMaxVerifier = 128;

bool is_unreserved(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

bool is_plain(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_scope(std::string_view text) noexcept {
  return text.size() <= limits::kMaxNameBytes && is_plain(text) && text.find_first_of(" \"\\") == text.npos;
}

std::string join_scope(const std::vector<std::string>& scope) {
  std::string text;
  for (const auto& word : scope) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::optional<std::vector<std::string>> choose_scope(std::string_view asked, const std::vector<std::string>& allowed) {
  std::vector<std::string> chosen;
  while (!asked.empty()) {
    const auto end = asked.find(' ');
    const std::string word(asked.substr(0, end));
    asked.remove_prefix(end == asked.npos ? asked.size() : end + 1);
    if (word.empty()) continue;
    if (std::find(allowed.begin(), allowed.end(), word) == allowed.end()) return std::nullopt;
    if (std::find(chosen.begin(), chosen.end(), word) == chosen.end()) chosen.push_back(word);
  }
  return chosen.empty() ? allowed : chosen;
}

bool is_challenge(std::string_view challenge) {
  const auto digest = from_base64url(challenge);
  return digest && digest->size() == 32;
}

bool answers(std::string_view verifier, std::string_view challenge) {
  if (verifier.size() < kMinVerifier || verifier.size() > kMaxVerifier) return false;
  if (!std::all_of(verifier.begin(), verifier.end(), is_unreserved)) return false;
  return equal_secrets(to_base64url(sha256(verifier)), challenge);
}

}  // namespace troupe::auth

#include "observe/log_secrets.h"

#include <algorithm>
#include <array>

namespace troupe::observe {
namespace {

// Of names in lower case without what parts their words.
constexpr std::array<std::string_view, 12> kSecretWords = {"password", "passwd",        "passphrase", "secret",
                                                           "token",    "authorization", "cookie",     "credential",
                                                           "apikey",   "privatekey",    "session",    "signature"};
// A JSON Web Token's header begins like this: "{" and a quotation mark in base64.
constexpr std::string_view kTokenBegin = "eyJ";
constexpr std::size_t kShortestTokenPart = 8;
constexpr std::string_view kKeyBegin = "-----BEGIN ";
constexpr std::string_view kKeyWords = "PRIVATE KEY-----";

bool is_token_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins(std::string_view text, std::string_view word) noexcept {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return lower(a) == lower(b); });
}

// How long the token is that `text` begins with; 0: it begins with none.
std::size_t web_token(std::string_view text) noexcept {
  if (!text.starts_with(kTokenBegin)) return 0;
  std::size_t dots = 0, at = 0;
  while (at < text.size() && (is_token_char(text[at]) || text[at] == '.')) dots += text[at++] == '.' ? 1 : 0;
  return dots >= 2 && at >= 3 * kShortestTokenPart ? at : 0;
}

// How much of `text` is "Bearer " and the like, behind which a secret stands.
std::size_t scheme(std::string_view text) noexcept {
  for (const std::string_view word : {"bearer ", "basic "})
    if (begins(text, word)) return word.size();
  return 0;
}

std::size_t to_blank(std::string_view text) noexcept {
  return std::min(text.find_first_of(" \t\r\n,;\"'"), text.size());
}

// To the end of the key, or of the text where that has no end.
std::size_t private_key(std::string_view text) noexcept {
  if (!text.starts_with(kKeyBegin)) return 0;
  const auto words = text.find(kKeyWords);
  if (words == std::string_view::npos || text.substr(0, words).find('\n') != std::string_view::npos) return 0;
  const auto end = text.find(kKeyWords, words + kKeyWords.size());
  return end == std::string_view::npos ? text.size() : end + kKeyWords.size();
}

}  // namespace

bool names_secret(std::string_view field) noexcept {
  std::array<char, 64> name{};
  std::size_t size = 0;
  for (const char c : field)
    if (c != '_' && c != '-' && c != '.' && c != ' ' && size < name.size()) name[size++] = lower(c);
  const std::string_view whole(name.data(), size);
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&](std::string_view word) { return whole.find(word) != std::string_view::npos; });
}

std::string without_tokens(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool word_begins = true;
  while (!text.empty()) {
    if (const std::size_t key = private_key(text); key > 0) {
      out += kMasked;
      text.remove_prefix(key);
      continue;
    }
    if (word_begins) {
      if (const std::size_t token = web_token(text); token > 0) {
        out += kMasked;
        text.remove_prefix(token);
        continue;
      }
      // Prose has such words too; what is long and no word of it is a credential.
      const std::size_t before = scheme(text);
      const std::size_t secret = before > 0 ? to_blank(text.substr(before)) : 0;
      if (secret >= kShortestTokenPart) {
        out.append(text, 0, before);
        out += kMasked;
        text.remove_prefix(before + secret);
        continue;
      }
    }
    word_begins = !is_token_char(text.front());
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace troupe::observe

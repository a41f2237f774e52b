// Cap'n Proto's texts and lists of texts as the standard library's, and how long a page of a listing is.
#pragma once

#include <capnp/list.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <vector>

namespace demo {

inline std::string to_string(capnp::Text::Reader text) { return {text.cStr(), text.size()}; }

inline std::vector<std::string> to_strings(capnp::List<capnp::Text>::Reader texts) {
  std::vector<std::string> out;
  out.reserve(texts.size());
  for (auto text : texts) out.push_back(to_string(text));
  return out;
}

inline void fill(capnp::List<capnp::Text>::Builder list, const std::vector<std::string>& texts) {
  for (unsigned i = 0; i < texts.size(); ++i) list.set(i, texts[i]);
}

inline bool holds(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

// Appends, and drops the oldest past `most`.
inline void remember(std::vector<std::string>& texts, const std::string& text, std::size_t most) {
  texts.push_back(text);
  if (texts.size() > most) texts.erase(texts.begin());
}

// Letters of ASCII; others stay as they are.
inline std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Whether `text`, in lower case, holds `wanted`.
inline bool mentions(capnp::Text::Reader text, const std::string& wanted) {
  return lower(to_string(text)).find(wanted) != std::string::npos;
}

// What a caller gets who asks for `limit` rows; 0 is a caller without a wish, who gets `unasked`.
inline std::uint32_t page_size(std::uint32_t limit, std::uint32_t unasked = 100, std::uint32_t most = 500) {
  return limit == 0 ? unasked : std::min(limit, most);
}

}  // namespace demo

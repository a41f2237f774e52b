// Cap'n Proto's texts, bytes and lists of texts as the standard library's. For this component's own files.
#pragma once

#include <capnp/list.h>

#include <string>
#include <string_view>
#include <vector>

namespace troupe::auth {

[[nodiscard]] inline std::string text_of(capnp::Text::Reader text) { return {text.cStr(), text.size()}; }

[[nodiscard]] inline std::string bytes_of(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}

[[nodiscard]] inline capnp::Data::Reader data_of(std::string_view bytes) {
  return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline std::vector<std::string> texts_of(capnp::List<capnp::Text>::Reader list) {
  std::vector<std::string> texts;
  texts.reserve(list.size());
  for (const auto text : list) texts.push_back(text_of(text));
  return texts;
}

inline void fill(capnp::List<capnp::Text>::Builder list, const std::vector<std::string>& texts) {
  for (unsigned i = 0; i < texts.size(); ++i) list.set(i, texts[i]);
}

}  // namespace troupe::auth

// Reads the [node] table of a text, and says what is wrong with it.
#pragma once

#include <troupe/toml.h>

#include <string>
#include <string_view>

namespace troupe::testing {

inline NodeConfig parse(const std::string& text, std::string_view node = {}) {
  const toml::table root = toml::parse(text, std::string_view("/etc/node.toml"));
  return node_config_from_toml(*root["node"].as_table(), "/etc/node.toml", node);
}

template <class Read>
std::string error_when(const Read& read) {
  try {
    (void)read();
  } catch (const Error& e) {
    return std::string(to_string(e.kind())) + ": " + e.message();
  }
  return "no error";
}
inline std::string error_of(const std::string& text, std::string_view node = {}) {
  return error_when([&] { return parse(text, node); });
}

}  // namespace troupe::testing

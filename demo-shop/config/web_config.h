// Table [web] of a shop's configuration: how its nodes serve the shop over HTTP.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toml {
inline namespace v3 {
class table;
}
}  // namespace toml

namespace demo {

struct WebConfig {
  std::string address = "127.0.0.1";  // of each node
  std::uint16_t port = 8080;          // 0: any that is free
  // A node whose name ends with "-2" serves at port + 1, one with "-3" at port + 2, and so on: nodes of one machine.
  bool count_up = false;
  std::filesystem::path files;  // the pages; empty: those that came with the program
  std::filesystem::path certificate, key;
  std::string url;  // how browsers reach it, without a slash at its end; empty: at the node that they call

  [[nodiscard]] std::uint16_t port_of(std::string_view node) const;
  [[nodiscard]] bool tls() const { return !certificate.empty(); }
  // "http://127.0.0.1:8080", of a node that serves there.
  [[nodiscard]] std::string address_of(std::uint16_t port) const;
};

// Of a node: `port`, or, where it counts up, with the number that the node's name ends with.
[[nodiscard]] std::uint16_t counted_port(std::string_view table, std::uint16_t port, bool count_up,
                                         std::string_view node);

// Throws troupe::Error `invalid` with file and line. Relative paths start at `dir`.
[[nodiscard]] WebConfig read_web_config(const toml::table& table, const std::filesystem::path& file,
                                        const std::filesystem::path& dir);
// As read_web_config() reads it back, with its head.
[[nodiscard]] std::string web_config_text(const WebConfig& web);

// Where browsers come back to with a code, for shop_issuer(); the same on every node. `web`: nothing: nowhere.
[[nodiscard]] std::vector<std::string> web_urls(const std::optional<WebConfig>& web);

// Where the shop's pages are: beside the program in a build, or where an install puts them. Nothing: in neither.
[[nodiscard]] std::optional<std::filesystem::path> shipped_pages();

}  // namespace demo

// Table [rpc] of a shop's configuration: how its nodes serve programs of any language over Cap'n Proto's RPC.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace toml {
inline namespace v3 {
class table;
}
}  // namespace toml

namespace demo {

struct RpcConfig {
  std::string address = "127.0.0.1";  // of each node
  std::uint16_t port = 7600;          // 0: any that is free
  // A node whose name ends with "-2" serves at port + 1, and so on: nodes of one machine.
  bool count_up = false;
  std::filesystem::path certificate, key;

  [[nodiscard]] std::uint16_t port_of(std::string_view node) const;
};

// Throws troupe::Error `invalid` with file and line. Relative paths start at `dir`.
[[nodiscard]] RpcConfig read_rpc_config(const toml::table& table, const std::filesystem::path& file,
                                        const std::filesystem::path& dir);
// As read_rpc_config() reads it back, with its head.
[[nodiscard]] std::string rpc_config_text(const RpcConfig& rpc);

}  // namespace demo

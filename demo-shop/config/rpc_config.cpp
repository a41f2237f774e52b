#include "config/rpc_config.h"

#include <fmt/format.h>
#include <troupe/toml_keys.h>

#include "config/web_config.h"

namespace demo {

namespace fs = std::filesystem;

std::uint16_t RpcConfig::port_of(std::string_view node) const { return counted_port("rpc", port, count_up, node); }

RpcConfig read_rpc_config(const toml::table& table, const fs::path& file, const fs::path& dir) {
  troupe::TomlKeys keys(table, file, "[rpc]");
  RpcConfig rpc;
  rpc.address = keys.word("address").value_or(rpc.address);
  if (const auto port = keys.number("port", 0, 65'535)) rpc.port = static_cast<std::uint16_t>(*port);
  rpc.count_up = keys.flag("count_up").value_or(rpc.count_up);
  if (const auto certificate = keys.word("certificate")) rpc.certificate = dir / *certificate;
  if (const auto key = keys.word("key")) rpc.key = dir / *key;
  keys.end();
  if (rpc.certificate.empty() != rpc.key.empty())
    keys.fail(rpc.key.empty() ? "certificate" : "key", "TLS wants 'certificate' and 'key', or neither");
  return rpc;
}

std::string rpc_config_text(const RpcConfig& rpc) {
  auto out = fmt::format("\n[rpc]\naddress = \"{}\"\nport = {}\ncount_up = {}\n", rpc.address, rpc.port, rpc.count_up);
  if (!rpc.certificate.empty())
    out += fmt::format("certificate = '{}'\nkey = '{}'\n", fs::absolute(rpc.certificate).string(),
                       fs::absolute(rpc.key).string());
  return out;
}

}  // namespace demo

#include "config/web_config.h"

#include <fmt/format.h>
#include <troupe/toml_keys.h>

#include <charconv>
#include <system_error>
#include <vector>

namespace demo {

namespace fs = std::filesystem;

namespace {

// Nodes of one machine that browsers come back to.
constexpr unsigned kCounted = 16;

}  // namespace

std::uint16_t counted_port(std::string_view table, std::uint16_t port, bool count_up, std::string_view node) {
  if (port == 0 || !count_up) return port;
  const auto dash = node.rfind('-');
  unsigned number = 0;
  if (dash != node.npos) {
    const auto* end = node.data() + node.size();
    const auto read = std::from_chars(node.data() + dash + 1, end, number);
    if (read.ec != std::errc() || read.ptr != end) number = 0;
  }
  const unsigned counted = port + (number > 0 ? number - 1 : 0);
  if (counted > 65'535)
    throw troupe::Error(
        troupe::ErrorKind::invalid,
        fmt::format("[{}] port {} and counting up leaves no port for node {}; choose a lower one", table, port, node));
  return static_cast<std::uint16_t>(counted);
}

std::uint16_t WebConfig::port_of(std::string_view node) const { return counted_port("web", port, count_up, node); }

std::string WebConfig::address_of(std::uint16_t at) const {
  const bool v6 = address.find(':') != address.npos;
  // Who listens everywhere is here, too.
  const auto host = address == "0.0.0.0" ? "127.0.0.1" : address == "::" ? "[::1]" : v6 ? "[" + address + "]" : address;
  return fmt::format("{}://{}:{}", tls() ? "https" : "http", host, at);
}

WebConfig read_web_config(const toml::table& table, const fs::path& file, const fs::path& dir) {
  troupe::TomlKeys keys(table, file, "[web]");
  WebConfig web;
  web.address = keys.word("address").value_or(web.address);
  if (const auto port = keys.number("port", 0, 65'535)) web.port = static_cast<std::uint16_t>(*port);
  web.count_up = keys.flag("count_up").value_or(web.count_up);
  if (const auto files = keys.word("files")) web.files = dir / *files;  // an absolute one stays
  if (const auto certificate = keys.word("certificate")) web.certificate = dir / *certificate;
  if (const auto key = keys.word("key")) web.key = dir / *key;
  web.url = keys.word("url").value_or("");
  keys.end();
  if (web.certificate.empty() != web.key.empty())
    keys.fail(web.key.empty() ? "certificate" : "key", "TLS wants 'certificate' and 'key', or neither");
  const bool absolute = web.url.starts_with("http://") || web.url.starts_with("https://");
  if (!web.url.empty() && (!absolute || web.url.ends_with('/') || web.url.find_first_of(" #?") != web.url.npos))
    keys.fail("url",
              fmt::format("'url' is as \"https://shop.example\", without a slash at its end, not '{}'", web.url));
  return web;
}

std::string web_config_text(const WebConfig& web) {
  auto out = fmt::format("\n[web]\naddress = \"{}\"\nport = {}\ncount_up = {}\n", web.address, web.port, web.count_up);
  if (!web.files.empty()) out += fmt::format("files = '{}'\n", fs::absolute(web.files).string());
  if (web.tls())
    out += fmt::format("certificate = '{}'\nkey = '{}'\n", fs::absolute(web.certificate).string(),
                       fs::absolute(web.key).string());
  if (!web.url.empty()) out += fmt::format("url = \"{}\"\n", web.url);
  return out;
}

std::vector<std::string> web_urls(const std::optional<WebConfig>& web) {
  if (!web) return {};
  if (!web->url.empty()) return {web->url + "/"};
  if (web->port == 0) return {};
  std::vector<std::string> urls;
  const bool is_here = web->address == "127.0.0.1" || web->address == "0.0.0.0" || web->address == "::";
  for (unsigned i = 0; i < (web->count_up ? kCounted : 1u) && web->port + i <= 65'535; ++i) {
    urls.push_back(web->address_of(static_cast<std::uint16_t>(web->port + i)) + "/");
    // As people type it.
    if (is_here) urls.push_back(fmt::format("{}://localhost:{}/", web->tls() ? "https" : "http", web->port + i));
  }
  return urls;
}

std::optional<fs::path> shipped_pages() {
  std::error_code unknown;
  const auto program = fs::read_symlink("/proc/self/exe", unknown).parent_path();
  std::vector<fs::path> places = {program / "../share/troupe/demo-shop/web"};
#ifdef SHOP_SOURCE_PAGES
  places.emplace_back(SHOP_SOURCE_PAGES);
#endif
  for (const auto& place : places)
    if (fs::is_directory(place, unknown)) return fs::weakly_canonical(place, unknown);
  return std::nullopt;
}

}  // namespace demo

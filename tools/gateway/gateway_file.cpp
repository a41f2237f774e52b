#include "gateway_file.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <limits>
#include <system_error>

#include "troupe/toml.h"
#include "troupe/toml_keys.h"

namespace troupe::edge {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;

toml::table parse(const fs::path& file) {
  std::error_code unknown;
  if (!fs::exists(file, unknown)) throw Error(ErrorKind::not_found, "there is no file " + file.string());
  try {
    return toml::parse_file(file.string());
  } catch (const toml::parse_error& error) {
    throw Error(ErrorKind::invalid, file.string() + ":" + std::to_string(error.source().begin.line) + ": " +
                                        std::string(error.description()));
  }
}

template <class Read>
void within(TomlKeys& keys, const char* key, const std::string& where, Read&& read) {
  const toml::table* table = keys.table(key);
  if (!table) return;
  TomlKeys inner(*table, keys.file(), where);
  read(inner);
  inner.end();
}

std::vector<fs::path> paths(TomlKeys& keys, const char* key) {
  std::vector<fs::path> out;
  for (const auto& text : keys.texts(key).value_or(std::vector<std::string>())) out.push_back(keys.path(text));
  return out;
}

// --- limits ---

struct SizeKey {
  const char* name;
  std::size_t http::Limits::*field;
};
struct TimeKey {
  const char* name;  // in the file with _ms behind it
  Milliseconds http::Limits::*field;
};
constexpr std::array kSizes = {SizeKey{"connections", &http::Limits::connections},
                               SizeKey{"connections_per_peer", &http::Limits::connections_per_peer},
                               SizeKey{"requests_per_connection", &http::Limits::requests_per_connection},
                               SizeKey{"pipelined", &http::Limits::pipelined},
                               SizeKey{"request_line_bytes", &http::Limits::request_line_bytes},
                               SizeKey{"header_bytes", &http::Limits::header_bytes},
                               SizeKey{"header_count", &http::Limits::header_count},
                               SizeKey{"body_bytes", &http::Limits::body_bytes},
                               SizeKey{"chunk_line_bytes", &http::Limits::chunk_line_bytes},
                               SizeKey{"trailer_bytes", &http::Limits::trailer_bytes}};
constexpr std::array kTimes = {TimeKey{"tls_handshake", &http::Limits::tls_handshake},
                               TimeKey{"first_byte", &http::Limits::first_byte},
                               TimeKey{"headers", &http::Limits::headers},
                               TimeKey{"body", &http::Limits::body},
                               TimeKey{"idle", &http::Limits::idle},
                               TimeKey{"write", &http::Limits::write}};

std::int64_t least_of(const std::string& name) {
  for (const auto& row : http::limit_rows({}))
    if (row.name == name) return static_cast<std::int64_t>(row.least);
  return 0;
}

void read_limits(TomlKeys& keys, http::Limits& out) {
  for (const SizeKey& key : kSizes) keys.read(key.name, out.*key.field, least_of(key.name), kMostBytes);
  for (const TimeKey& key : kTimes) {
    std::chrono::milliseconds time = out.*key.field;
    keys.read_ms(std::string(key.name) + "_ms", time, least_of(key.name));
    out.*key.field = time;
  }
}

// --- tables ---

void read_rates(TomlKeys& keys, gateway::RateLimits& out) {
  const auto read = [&](const std::string& name, gateway::RateLimit& limit) {
    keys.read(name + "_per_minute", limit.per_minute, 0, gateway::kMaxPerMinute);
    keys.read(name + "_burst", limit.burst, 0, gateway::kMaxBurst);
    if (limit.burst != 0 && limit.per_minute == 0)
      keys.fail(name + "_burst", "'" + name + "_burst' is of '" + name + "_per_minute', which is missing");
  };
  read("address", out.per_address);
  read("caller", out.per_caller);
}

void read_cors(TomlKeys& keys, gateway::Cors& out) {
  out.origins = keys.texts("origins").value_or(out.origins);
  if (out.origins.empty()) keys.missing("origins");
  out.credentials = keys.flag("credentials").value_or(out.credentials);
  keys.read("max_age_s", out.max_age, 0, 86'400);
}

void read_proxies(TomlKeys& keys, gateway::Proxies& out) {
  out.trusted = keys.texts("trusted").value_or(out.trusted);
  if (out.trusted.empty()) keys.missing("trusted");
  out.scheme = keys.flag("scheme").value_or(out.scheme);
  const auto header = keys.word("header");
  if (header && *header != "x-forwarded-for" && *header != "forwarded")
    keys.fail("header", "'header' is one of x-forwarded-for, forwarded, not '" + *header + "'");
  if (header == "forwarded") out.header = gateway::ForwardedBy::forwarded;
}

void read_api(TomlKeys& keys, gateway::ApiInfo& out) {
  out.title = keys.word("title").value_or(out.title);
  out.version = keys.word("version").value_or(out.version);
  out.description = keys.text("description").value_or(out.description);
  out.server = keys.word("url").value_or(out.server);
}

auth::web::OutsideIssuer read_issuer(TomlKeys& keys) {
  auth::web::OutsideIssuer out;
  const auto name = keys.word("name"), url = keys.word("url");
  if (!name) keys.missing("name");
  if (!url) keys.missing("url");
  out.name = *name;
  out.keys.url = *url;
  if (const auto authority = keys.word("authority")) out.keys.authority = keys.path(*authority);
  out.keys.plain = keys.flag("plain").value_or(false);
  // Nobody of there is somebody of here by accident: that they are the same people has to be said.
  const auto called = keys.text("called");
  if (!called) keys.missing("called");
  out.called = *called;
  out.roles = keys.flag("roles").value_or(out.roles);
  if (keys.flag("any_type").value_or(false)) out.type = auth::TokenType::any;
  keys.read_ms("refresh_every_ms", out.refresh_every, 1);
  keys.read_ms("min_interval_ms", out.min_interval, 1);
  return out;
}

TokenRules read_tokens(TomlKeys& keys) {
  TokenRules out;
  const auto audience = keys.word("audience");
  if (!audience) keys.missing("audience");
  out.audience = *audience;
  out.issuer = keys.word("issuer").value_or("");
  if (const toml::array* issuers = keys.tables("issuers"))
    for (const toml::node& one : *issuers) {
      TomlKeys inner(*one.as_table(), keys.file(), "[[gateway.tokens.issuers]]");
      out.issuers.push_back(read_issuer(inner));
      inner.end();
    }
  if (out.issuer.empty() && out.issuers.empty())
    keys.fail("", "no token counts: name the cluster's own 'issuer', or others by [[gateway.tokens.issuers]]");
  return out;
}

void read_log(TomlKeys& keys, LogRules& out) {
  out.json = keys.flag("json").value_or(out.json);
  out.access = keys.flag("access").value_or(out.access);
  const auto level = keys.word("level");
  if (!level) return;
  constexpr std::array kLevels = {"debug", "info", "warn", "error"};
  const auto* at = std::find(kLevels.begin(), kLevels.end(), *level);
  if (at == kLevels.end()) keys.fail("level", "'level' is one of debug, info, warn, error, not '" + *level + "'");
  out.level = static_cast<LogLevel>(at - kLevels.begin());
}

bool is_address(const std::string& text) {
  in6_addr any{};
  const std::string plain = text.substr(0, text.find('%'));  // "fe80::1%eth0"
  return ::inet_pton(AF_INET, text.c_str(), &any) == 1 || ::inet_pton(AF_INET6, plain.c_str(), &any) == 1;
}

void read_server(TomlKeys& keys, http::ServerOptions& out) {
  out.address = keys.word("address").value_or(out.address);
  if (!is_address(out.address))
    keys.fail("address",
              "'address' is an IP address of this machine, as 127.0.0.1, 0.0.0.0 or ::, not '" + out.address + "'");
  out.port = 8080;
  keys.read("port", out.port, 0, 65'535);
  keys.read("threads", out.threads, 1, 256);
  if (const auto certificate = keys.word("certificate")) out.tls.certificate = keys.path(*certificate);
  if (const auto key = keys.word("key")) out.tls.key = keys.path(*key);
  if (out.tls.certificate.empty() != out.tls.key.empty())
    keys.fail(out.tls.key.empty() ? "certificate" : "key", "TLS wants 'certificate' and 'key', or neither");
  std::chrono::milliseconds look_every = out.tls.look_every;
  keys.read_ms("look_every_ms", look_every, 1);
  out.tls.look_every = look_every;
  within(keys, "limits", "[gateway.limits]", [&](TomlKeys& inner) { read_limits(inner, out.limits); });
  if (out.tls.named()) out.security.strict_transport_security = "max-age=31536000";
  if (const auto policy = keys.text("content_security_policy")) out.security.content_security_policy = *policy;
}

void read_gateway(TomlKeys& keys, GatewayFile& out) {
  out.places.schemas = paths(keys, "schemas");
  if (out.places.schemas.empty()) keys.missing("schemas");
  out.places.import_paths = paths(keys, "import_paths");
  out.services = keys.texts("services").value_or(out.services);
  gateway::GatewayOptions& options = out.options;
  read_server(keys, options.server);
  if (const auto files = keys.word("files")) options.files = keys.path(*files);
  if (const auto docs = keys.word("docs")) options.docs = keys.path(*docs);
  std::chrono::milliseconds timeout{0};
  keys.read_ms("timeout_ms", timeout);
  options.timeout = timeout;
  // The actors that remember keys are the cluster's to host, so a gateway does not count on them unless told.
  options.keys_kept = std::chrono::milliseconds(0);
  keys.read_ms("keys_kept_ms", options.keys_kept);
  keys.read_ms("drain_ms", out.drain);
  within(keys, "api", "[gateway.api]", [&](TomlKeys& inner) { read_api(inner, options.api); });
  within(keys, "cors", "[gateway.cors]", [&](TomlKeys& inner) { read_cors(inner, options.cors); });
  within(keys, "rates", "[gateway.rates]", [&](TomlKeys& inner) { read_rates(inner, options.limits); });
  within(keys, "proxies", "[gateway.proxies]", [&](TomlKeys& inner) { read_proxies(inner, options.proxies); });
  within(keys, "tokens", "[gateway.tokens]", [&](TomlKeys& inner) { out.tokens = read_tokens(inner); });
  within(keys, "log", "[gateway.log]", [&](TomlKeys& inner) { read_log(inner, out.log); });
}

// --- its seat in the cluster ---

bool is_client(const NodeConfig& node) {
  if (node.join.coordinator.kind != CoordinatorKind::none) return node.join.client;
  const auto me =
      std::find_if(node.members.begin(), node.members.end(), [&](const Member& one) { return one.name == node.name; });
  return me != node.members.end() && me->client;
}

NodeConfig read_seat(TomlKeys& top, TomlKeys& gateway) {
  const auto cluster = gateway.word("cluster"), name = gateway.word("node");
  const toml::table* own = top.table("node");
  if (cluster && own) gateway.fail("cluster", "'cluster' names the file of its [node], and there is a [node] here too");
  if (!cluster && !own)
    gateway.fail("", "its seat in the cluster is missing: a table [node] in this file, or 'cluster', a file with one");
  NodeConfig node = cluster ? read_node_file(gateway.path(*cluster), name.value_or("")).config
                            : node_config_from_toml(*own, gateway.file(), name.value_or(""));
  if (!is_client(node))
    gateway.fail(name      ? "node"
                 : cluster ? "cluster"
                           : "",
                 "node '" + node.name +
                     "' is no client of its cluster, and a gateway owns no actors; write client = true for it, in "
                     "[node.join] or in its [[node.members]]");
  return node;
}

}  // namespace

GatewayFile read_gateway_file(const fs::path& file) {
  const toml::table root = parse(file);
  TomlKeys top(root, file, "");
  GatewayFile out{.file = file};
  const toml::table* table = top.table("gateway");
  if (!table) top.fail("", "table [gateway] is missing");
  TomlKeys keys(*table, file, "[gateway]");
  read_gateway(keys, out);
  out.node = read_seat(top, keys);
  keys.end();
  top.end();
  return out;
}

}  // namespace troupe::edge

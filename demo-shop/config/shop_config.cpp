#include "config/shop_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <troupe/toml.h>
#include <troupe/toml_keys.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "nodes/free_port.h"

namespace demo {

namespace {

using std::chrono::milliseconds;
using troupe::TomlKeys;

constexpr std::int64_t kLongestMs = 24 * 3600 * 1000;
// Beside the data directories of members that name none, as what a coordinator of files has.
constexpr const char* kLinkSecret = "link.secret";
constexpr const char* kCoordinator = "coordinator";
// Members of one static list; each has a link to every other.
constexpr std::size_t kMostNodes = 64;

// Names become directory and file names.
bool is_plain_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), plain);
}

std::string wrong_name(std::string_view name) {
  return fmt::format("'name' has letters, digits, '-' and '_', at most 64, not '{}'", name);
}

// With a coordinator a port is found out by others, and may be any.
ShopNode read_member(TomlKeys& keys, bool must_be_named, const ShopConfig& config, const std::filesystem::path& dir) {
  ShopNode node;
  if (config.join) node.host = config.join->host;
  if (auto name = keys.word("name")) {
    node.name = *name;
  } else if (must_be_named) {
    keys.missing("name");
  } else {
    node.name = "client";
  }
  if (!is_plain_name(node.name)) keys.fail("name", wrong_name(node.name));
  node.host = keys.word("host").value_or(node.host);
  const auto port = keys.number("port", config.join ? 0 : 1, 65535);
  if (!port && !config.join) keys.missing("port");
  node.port = static_cast<std::uint16_t>(port.value_or(0));
  node.data_dir = config.data_dir / node.name;
  if (const auto data_dir = keys.word("data_dir")) node.data_dir = dir / *data_dir;  // an absolute one stays
  keys.end();
  return node;
}

void check_distinct(TomlKeys& keys, const ShopNode& node, const std::vector<ShopNode>& others) {
  for (const auto& other : others) {
    if (other.name == node.name) keys.fail("name", fmt::format("two members are called '{}'", node.name));
    if (other.port == node.port && other.host == node.host)
      keys.fail("port", fmt::format("{} and {} both listen on {}:{}", other.name, node.name, node.host, node.port));
    if (other.data_dir == node.data_dir)
      keys.fail("data_dir",
                fmt::format("{} and {} both keep their data in {}", other.name, node.name, node.data_dir.string()));
  }
}

troupe::EncryptionKeys read_encryption(const toml::table& table, const std::filesystem::path& file,
                                       const std::filesystem::path& dir) {
  TomlKeys keys(table, file, "[encryption]");
  troupe::EncryptionKeys encryption;
  if (auto path = keys.word("file")) encryption.file = dir / *path;  // an absolute one stays
  if (auto name = keys.word("environment")) encryption.environment = *name;
  keys.end();
  if (!encryption.file.empty() && !encryption.environment.empty())
    keys.fail("environment", "keys come from 'file' or from 'environment', not from both");
  if (!encryption.named())
    keys.fail("file", "say where the keys are, 'file' or 'environment', or leave [encryption] out");
  return encryption;
}

OrdersTopic read_orders_topic(const toml::table& table, const std::filesystem::path& file,
                              const std::filesystem::path& dir) {
  TomlKeys keys(table, file, "[orders_topic]");
  OrdersTopic topic;
  const auto back_end = keys.word("back_end").value_or("table");
  const auto url = keys.word("url");
  const auto credentials = keys.word("credentials");
  const auto prefix = keys.word("prefix");
  const auto replicas = keys.number("replicas", 1, 5);
  keys.end();
  if (back_end != "table" && back_end != "jetstream")
    keys.fail("back_end", fmt::format("'back_end' is table or jetstream, not '{}'", back_end));
  if (back_end == "table") {
    for (const char* key : {"url", "credentials", "prefix", "replicas"})
      if (table.contains(key)) keys.fail(key, fmt::format("'{}' is of back_end = \"jetstream\"", key));
    return topic;
  }
  topic.back_end = OrdersTopic::BackEnd::jetstream;
  if (!url) keys.missing("url");
  topic.url = *url;
  if (credentials) topic.credentials = dir / *credentials;
  topic.prefix = prefix.value_or(topic.prefix);
  topic.replicas = replicas.value_or(topic.replicas);
  try {
    (void)order_log(topic);
  } catch (const troupe::Error& e) {
    keys.fail(e.kind() == troupe::ErrorKind::unimplemented ? "back_end" : "url", e.message());
  }
  return topic;
}

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};

std::string_view word(troupe::LogLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

std::optional<troupe::LogLevel> log_level(std::string_view word) {
  const auto found = std::find(kLevels.begin(), kLevels.end(), word);
  if (found == kLevels.end()) return std::nullopt;
  return static_cast<troupe::LogLevel>(found - kLevels.begin());
}

// A path goes between single quotes, where TOML takes every character as it is.
std::string member_text(const ShopNode& node) {
  return fmt::format("name = \"{}\"\nhost = \"{}\"\nport = {}\ndata_dir = '{}'\n", node.name, node.host, node.port,
                     std::filesystem::absolute(node.data_dir).string());
}

troupe::JoinConfig read_join(const toml::table* table, const ShopConfig& config) {
  troupe::JoinConfig join;
  join.coordinator = {.kind = troupe::CoordinatorKind::file, .directory = config.data_dir / kCoordinator};
  if (!table) return join;
  join.coordinator.kind = troupe::CoordinatorKind::none;
  const bool elsewhere = table->get("kind") && table->get("kind")->value_or(std::string()) != "file";
  if (elsewhere) join.coordinator.directory.clear();
  join = troupe::join_config_from_toml(*table, config.file, std::move(join));
  if (join.client)
    TomlKeys(*table, config.file, "[join]").fail("client", "nodes own actors; who only calls has the seat of [client]");
  return join;
}

ShopConfig read(const toml::table& root, const std::filesystem::path& file) {
  const auto dir = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  TomlKeys keys(root, file, "");
  ShopConfig config;
  config.file = file;
  config.cluster = keys.word("cluster").value_or(config.cluster);
  config.data_dir = dir / keys.word("data_dir").value_or(config.data_dir.string());  // an absolute one stays
  const auto link_secret = keys.word("link_secret");
  config.link_secret = link_secret ? dir / *link_secret : config.data_dir / kLinkSecret;
  if (auto ms = keys.number("call_timeout_ms", 1, kLongestMs)) config.call_timeout = milliseconds(*ms);
  if (auto ms = keys.number("idle_after_ms", 0, kLongestMs)) config.idle_after = milliseconds(*ms);
  if (auto ms = keys.number("stop_deadline_ms", 1, kLongestMs)) config.stop_deadline = milliseconds(*ms);
  if (auto ms = keys.number("slow_turn_ms", 0, kLongestMs)) config.slow_turn = milliseconds(*ms);
  if (auto ms = keys.number("unhealthy_after_ms", 0, kLongestMs)) config.unhealthy_after = milliseconds(*ms);
  if (auto n = keys.number("threads", 0, 1024)) config.threads = static_cast<std::uint32_t>(*n);
  if (auto n = keys.number("max_mailbox", 1, 1'000'000)) config.max_mailbox = static_cast<std::uint32_t>(*n);
  if (auto word = keys.word("log_level")) {
    const auto level = log_level(*word);
    if (!level) keys.fail("log_level", fmt::format("'log_level' is debug, info, warn or error, not '{}'", *word));
    config.log_level = *level;
  }
  if (auto tls = keys.word("tls")) config.tls = dir / *tls;
  const auto* join = keys.table("join");
  const auto* nodes = keys.tables("nodes");
  const auto* client = keys.table("client");
  const auto* supervision = keys.table("supervision");
  const auto* encryption = keys.table("encryption");
  const auto* orders_topic = keys.table("orders_topic");
  const auto* web = keys.table("web");
  const auto* rpc = keys.table("rpc");
  keys.end();
  if (encryption) config.encryption = read_encryption(*encryption, file, dir);
  if (orders_topic) config.orders_topic = read_orders_topic(*orders_topic, file, dir);
  if (web) config.web = read_web_config(*web, file, dir);
  if (rpc) config.rpc = read_rpc_config(*rpc, file, dir);
  if (supervision) config.supervision = troupe::supervision_from_toml(*supervision, file);

  if (join || !nodes) config.join = read_join(join, config);
  const bool listed = !config.join || config.join->coordinator.kind == troupe::CoordinatorKind::none;
  if (listed) config.join.reset();
  if (nodes && !listed)
    keys.fail("nodes", "members are listed in [[nodes]], or find each other as [join] says; leave one of them out");
  if (listed && (!nodes || nodes->empty())) keys.missing("nodes");
  if (nodes && nodes->size() > kMostNodes)
    keys.fail("nodes", fmt::format("at most {} nodes, not {}", kMostNodes, nodes->size()));
  for (std::size_t i = 0; nodes && i < nodes->size(); ++i) {
    TomlKeys node_keys(*(*nodes)[i].as_table(), file, "[[nodes]]");
    auto node = read_member(node_keys, true, config, dir);
    check_distinct(node_keys, node, config.nodes);
    config.nodes.push_back(std::move(node));
  }
  if (!client && listed) keys.missing("client");
  const toml::table nothing;
  TomlKeys client_keys(client ? *client : nothing, file, "[client]");
  config.client = read_member(client_keys, false, config, dir);
  check_distinct(client_keys, config.client, config.nodes);
  return config;
}

}  // namespace

ShopNode ShopConfig::node(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& node : nodes) {
    if (node.name == name) return node;
    names.push_back(node.name);
  }
  if (join) {
    if (!is_plain_name(name)) throw ConfigError("a node's " + wrong_name(name));
    if (name == client.name)
      throw ConfigError(
          fmt::format("{}: '{}' is the seat of those who only call; take another name", file.string(), name));
    return {std::string(name), join->host, join->port, data_dir / name};
  }
  throw ConfigError(
      fmt::format("{}: there is no node '{}'; there are {}", file.string(), name, fmt::join(names, ", ")));
}

ShopConfig parse_config(std::string_view text, const std::filesystem::path& file) {
  try {
    return read(toml::parse(text, file.string()), file);
  } catch (const troupe::Error& e) {
    throw ConfigError(e.message());
  } catch (const toml::parse_error& e) {
    throw ConfigError(fmt::format("{}:{}: {}", file.string(), e.source().begin.line, e.description()));
  }
}

ShopConfig load_config(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  if (!in || std::filesystem::is_directory(file) || !(text << in.rdbuf()))
    throw ConfigError(
        fmt::format("cannot read the configuration {}; demo-shop/shop.toml is an example", file.string()));
  return parse_config(text.str(), file);
}

ShopConfig local_config(unsigned count, const std::filesystem::path& dir) {
  ShopConfig config;
  config.data_dir = dir;
  config.link_secret = dir / kLinkSecret;
  config.client = {"client", "127.0.0.1", 0, dir / "client"};
  config.join = read_join(nullptr, config);
  for (unsigned i = 0; i < count; ++i) config.nodes.push_back(config.node(fmt::format("shop-{}", i + 1)));
  return config;
}

ShopConfig listed_config(unsigned count, const std::filesystem::path& dir) {
  ShopConfig config = local_config(count, dir);
  config.join.reset();
  const auto ports = free_ports(count + 1);
  for (unsigned i = 0; i < count; ++i) config.nodes[i].port = ports[i];
  config.client.port = ports[count];
  return config;
}

void write_config(const ShopConfig& config, const std::filesystem::path& file) {
  auto out =
      fmt::format("# Written by `shop`. demo-shop/shop.toml explains the keys.\ncluster = \"{}\"\n", config.cluster);
  out +=
      fmt::format("call_timeout_ms = {}\nidle_after_ms = {}\nstop_deadline_ms = {}\nthreads = {}\nmax_mailbox = {}\n",
                  config.call_timeout.count(), config.idle_after.count(), config.stop_deadline.count(), config.threads,
                  config.max_mailbox);
  out += fmt::format("slow_turn_ms = {}\nunhealthy_after_ms = {}\n", config.slow_turn.count(),
                     config.unhealthy_after.count());
  out += fmt::format("log_level = \"{}\"\n", word(config.log_level));
  if (!config.link_secret.empty())
    out += fmt::format("link_secret = '{}'\n", std::filesystem::absolute(config.link_secret).string());
  if (!config.tls.empty()) out += fmt::format("tls = '{}'\n", std::filesystem::absolute(config.tls).string());
  out += fmt::format("data_dir = '{}'\n", std::filesystem::absolute(config.data_dir).string());
  if (config.join)
    out += fmt::format("\n[join]\nkind = \"file\"\ndirectory = '{}'\n",
                       std::filesystem::absolute(config.join->coordinator.directory).string());
  for (const auto& node : config.nodes)
    if (!config.join) out += "\n[[nodes]]\n" + member_text(node);
  out += "\n[client]\n" + member_text(config.client);
  const auto& encryption = config.encryption;
  if (!encryption.file.empty())
    out += fmt::format("\n[encryption]\nfile = '{}'\n", std::filesystem::absolute(encryption.file).string());
  if (!encryption.environment.empty())
    out += fmt::format("\n[encryption]\nenvironment = \"{}\"\n", encryption.environment);
  const auto& topic = config.orders_topic;
  if (topic.back_end == OrdersTopic::BackEnd::jetstream) {
    out += fmt::format("\n[orders_topic]\nback_end = \"jetstream\"\nurl = '{}'\nprefix = \"{}\"\nreplicas = {}\n",
                       topic.url, topic.prefix, topic.replicas);
    if (!topic.credentials.empty())
      out += fmt::format("credentials = '{}'\n", std::filesystem::absolute(topic.credentials).string());
  }
  if (config.web) out += web_config_text(*config.web);
  if (config.rpc) out += rpc_config_text(*config.rpc);
  std::ofstream stream(file);
  if (!(stream << out << std::flush)) throw ConfigError(fmt::format("cannot write {}", file.string()));
}

namespace {

troupe::Member member_of(const ShopNode& node) {
  troupe::Member member;
  member.name = node.name;
  member.host = node.host;
  member.port = node.port;
  return member;
}

void configure_members(const ShopConfig& config, const ShopNode& node, troupe::NodeConfig& out) {
  if (config.join) {
    out.join = *config.join;
    out.join.host = node.host;
    out.join.port = node.port;
    out.join.client = node.name == config.client.name;
    return;
  }
  for (const auto& member : config.nodes) out.members.push_back(member_of(member));
  out.members.push_back(member_of(config.client));
  out.members.back().client = true;
}

}  // namespace

troupe::NodeConfig node_config(const ShopConfig& config, const ShopNode& node, troupe::LogSink log) {
  troupe::NodeConfig out;
  out.name = node.name;
  out.cluster = config.cluster;
  out.data_dir = node.data_dir;
  out.link_secret = config.link_secret;
  out.tls.directory = config.tls;
  out.encryption_keys = config.encryption;
  configure_members(config, node, out);
  out.threads = config.threads;
  out.default_timeout = config.call_timeout;
  out.idle_after = config.idle_after;
  out.max_mailbox = config.max_mailbox;
  out.watch.slow_turn = config.slow_turn;
  out.watch.stalled_workers = out.watch.stuck_commits = config.unhealthy_after;
  out.log = std::move(log);
  out.logging.level = config.log_level;
  return out;
}

troupe::NodeConfig client_config(const ShopConfig& config, troupe::LogSink log) {
  auto out = node_config(config, config.client, std::move(log));
  out.admin = false;
  return out;
}

}  // namespace demo

// The [node] table, field by field. What a value means and whether the fields fit together is Node's to judge; that
// they can be represented, here.
#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include "troupe/toml.h"
#include "troupe/toml_keys.h"

namespace troupe {
namespace {

namespace fs = std::filesystem;
using Keys = TomlKeys;

constexpr std::int64_t kMost32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kMost64 = std::numeric_limits<std::int64_t>::max();
constexpr const char* kNode = "[node]";

// Keys of a table within [node], which may be left out.
template <class Read>
void within(Keys& node, const char* name, Read read) {
  const toml::table* table = node.table(name);
  if (!table) return;
  Keys keys(*table, node.file(), "[node." + std::string(name) + "]");
  read(keys);
  keys.end();
}

void read_encryption(Keys& node, EncryptionKeys& out) {
  within(node, "encryption_keys", [&](Keys& keys) {
    const auto file = keys.word("file");
    const auto environment = keys.word("environment");
    if (file.has_value() == environment.has_value())
      keys.fail("", "keys come from 'file' or from 'environment': one of the two");
    if (file) out.file = keys.path(*file);
    if (environment) out.environment = *environment;
  });
}

void read_tls(Keys& node, TlsConfig& out) {
  within(node, "tls", [&](Keys& keys) {
    for (const auto& [key, path] :
         {std::pair("directory", &out.directory), std::pair("certificate", &out.certificate),
          std::pair("key", &out.key), std::pair("authority", &out.authority), std::pair("denied", &out.denied)})
      if (const auto file = keys.word(key)) *path = keys.path(*file);
    keys.read_ms("max_link_age_ms", out.max_link_age);
    keys.read_ms("look_every_ms", out.look_every, 1);
  });
}

void read_restart(Keys& node, RestartPolicy& out) {
  within(node, "restart", [&](Keys& keys) {
    keys.read("restarts", out.restarts, 0, kMost32);
    keys.read_ms("window_ms", out.window);
    keys.read("sustained", out.sustained, 0, kMost32);
    keys.read_ms("sustained_window_ms", out.sustained_window);
    keys.read_ms("backoff_ms", out.backoff);
    keys.read_ms("max_backoff_ms", out.max_backoff);
    if (const auto jitter = keys.share("jitter")) out.jitter = *jitter;
    keys.read_ms("cooldown_ms", out.cooldown);
  });
}

void read_delivery(Keys& node, DeliveryPolicy& out) {
  within(node, "delivery", [&](Keys& keys) {
    keys.read("tries", out.tries, 0, kMost32);
    keys.read_ms("backoff_ms", out.backoff);
    keys.read_ms("max_backoff_ms", out.max_backoff);
  });
}

void read_overload(Keys& node, OverloadPolicy& out) {
  within(node, "overload", [&](Keys& keys) {
    keys.read("max_queued_calls", out.max_queued_calls, 0, kMost32);
    keys.read("max_queued_bytes", out.max_queued_bytes, 0, kMost64);
    keys.read_ms("target_ms", out.target);
    keys.read_ms("interval_ms", out.interval);
    keys.read("min_queue", out.min_queue, 0, kMost32);
    keys.read("max_link_calls", out.max_link_calls, 0, kMost32);
    keys.read("max_link_bytes", out.max_link_bytes, 0, kMost64);
    keys.read("max_link_activations", out.max_link_activations, 0, kMost32);
  });
}

void read_pools(Keys& node, std::map<std::string, PoolOptions>& out) {
  const toml::table* pools = node.table("pools");
  if (!pools) return;
  for (const auto& [name, value] : *pools) {
    const std::string service(name.str());
    const toml::table* pool = value.as_table();
    if (!pool) node.fail("pools", "[node.pools] has a table for each service, and '" + service + "' is none");
    Keys keys(*pool, node.file(), "[node.pools." + service + "]");
    PoolOptions& options = out[service];
    Balance balance{};
    keys.read_word("balance", kBalances, balance);
    if (pool->contains("balance")) options.balance = balance;
    keys.read("instances", options.instances, 0, kMost32);
    keys.end();
  }
}

void read_watch(Keys& node, WatchLimits& out) {
  within(node, "watch", [&](Keys& keys) {
    keys.read_ms("slow_turn_ms", out.slow_turn);
    keys.read_ms("blocked_thread_ms", out.blocked_thread);
    keys.read_ms("stalled_workers_ms", out.stalled_workers);
    keys.read_ms("stuck_commits_ms", out.stuck_commits);
    keys.read_ms("check_every_ms", out.check_every);
    keys.read_ms("slow_check_ms", out.slow_check, 1);
  });
}

void read_tracing(Keys& node, TracingConfig& out) {
  within(node, "tracing", [&](Keys& keys) {
    if (const auto on = keys.flag("on")) out.on = *on;
    if (const auto sample = keys.share("sample")) out.sample = *sample;
    keys.read_ms("slow_ms", out.slow);
    keys.read("keep", out.keep, 0, static_cast<std::int64_t>(limits::kMaxSpansKept));
    if (const auto url = keys.word("otlp_url")) out.otlp.url = *url;
    out.otlp.headers = keys.named_texts("otlp_headers");
    if (const auto file = keys.word("otlp_ca_file")) out.otlp.ca_file = keys.path(*file);
    keys.read_ms("otlp_timeout_ms", out.otlp.timeout, 1);
    keys.read_ms("otlp_every_ms", out.otlp.every, 1);
    keys.read("otlp_batch", out.otlp.batch, 1, static_cast<std::int64_t>(limits::kMaxSpanBatch));
    keys.read("otlp_queue", out.otlp.queue, 1, static_cast<std::int64_t>(limits::kMaxSpanQueue));
  });
}

void read_recorders(Keys& node, NodeConfig& out) {
  within(node, "flight_recorder", [&](Keys& keys) {
    keys.read("bytes", out.flight_recorder.bytes, 0, kMost64);
    keys.read("input_bytes", out.flight_recorder.input_bytes, 0, kMost64);
  });
  within(node, "crash_files", [&](Keys& keys) {
    keys.read("files", out.crash_files.files, 0, kMost64);
    keys.read("bytes", out.crash_files.bytes, 0, kMost64);
  });
}

constexpr std::array kLogLevels = {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error};

void read_logging(Keys& node, LogOptions& out) {
  within(node, "log", [&](Keys& keys) {
    keys.read_word("level", kLogLevels, out.level);
    for (const auto& [room, word] : keys.named_texts("levels")) {
      const auto level = log_level_of(word);
      if (!level) keys.fail("levels", "'levels." + room + "' is one of debug, info, warn, error, not '" + word + "'");
      out.levels[room] = *level;
    }
    keys.read("repeats", out.repeats, 0, kMost32);
    keys.read_ms("repeat_window_ms", out.repeat_window, 1);
    keys.read("kept_lines", out.kept_lines, 0, limits::kMaxKeptLogLines);
  });
}

void read_metrics(Keys& node, MetricsConfig& out) {
  within(node, "metrics", [&](Keys& keys) {
    if (const auto calls = keys.flag("calls")) out.calls = *calls;
    if (const auto listen = keys.word("listen")) out.listen = *listen;
    if (const auto token = keys.word("token_file")) out.token_file = keys.path(*token);
  });
}

// Paths begin at the file's directory, as all of them.
void read_coordinator(Keys& keys, CoordinatorConfig& out) {
  const auto kind = keys.word("kind");
  if (!kind) keys.missing("kind");
  if (*kind == "file")
    out.kind = CoordinatorKind::file;
  else if (*kind == "etcd")
    out.kind = CoordinatorKind::etcd;
  else if (*kind != "static")
    keys.fail("kind", "'kind' is one of static, file, etcd, not '" + *kind + "'");
  const auto only_of = [&](const char* key, CoordinatorKind owner, const char* word) {
    if (out.kind != owner)
      keys.fail(key, "'" + std::string(key) + "' is for kind \"" + word + "\", and 'kind' is \"" + *kind + "\"");
  };
  for (const auto& [key, path, owner, word] :
       {std::tuple("directory", &out.directory, CoordinatorKind::file, "file"),
        std::tuple("ca_file", &out.ca_file, CoordinatorKind::etcd, "etcd"),
        std::tuple("certificate_file", &out.certificate_file, CoordinatorKind::etcd, "etcd"),
        std::tuple("key_file", &out.key_file, CoordinatorKind::etcd, "etcd"),
        std::tuple("password_file", &out.password_file, CoordinatorKind::etcd, "etcd")})
    if (const auto given = keys.word(key)) {
      only_of(key, owner, word);
      *path = keys.path(*given);
    }
  if (auto endpoints = keys.texts("endpoints")) {
    only_of("endpoints", CoordinatorKind::etcd, "etcd");
    out.endpoints = std::move(*endpoints);
  }
  for (const auto& [key, text] : {std::pair("prefix", &out.prefix), std::pair("user", &out.user)})
    if (const auto given = keys.word(key)) {
      only_of(key, CoordinatorKind::etcd, "etcd");
      *text = *given;
    }
  if (out.kind == CoordinatorKind::file && out.directory.empty()) {
    const char* named = std::getenv(kCoordinatorVariable);
    if (!named || !*named) keys.missing("directory");
    out.directory = named;
  }
  if (out.kind == CoordinatorKind::etcd && out.endpoints.empty()) keys.missing("endpoints");
  if (out.kind == CoordinatorKind::etcd && out.prefix.empty()) keys.missing("prefix");
}

void read_join(Keys& keys, JoinConfig& out) {
  read_coordinator(keys, out.coordinator);
  if (const auto host = keys.word("host")) out.host = *host;
  keys.read("port", out.port, 0, 65535);
  if (const auto client = keys.flag("client")) out.client = *client;
  keys.read("weight", out.weight, 0, limits::kMaxWeight);
  if (const auto zone = keys.text("zone")) out.zone = *zone;
  out.labels = keys.named_texts("labels");
  keys.read_ms("session_ttl_ms", out.session_ttl, 1);
  keys.read_ms("timeout_ms", out.timeout, 1);
  keys.read_ms("drain_ms", out.drain);
  if (const auto rebalance = keys.flag("rebalance")) out.rebalance = *rebalance;
  keys.read("moves", out.moves, 1, limits::kMaxMoves);
  keys.read("move_bytes_per_second", out.move_bytes_per_second, 0, kMost64);
  if (const auto held_back = keys.flag("held_back")) out.held_back = *held_back;
}

// The member of the node's name brings its data directory.
void read_members(Keys& node, NodeConfig& out) {
  const toml::array* members = node.tables("members");
  std::string known;
  for (std::size_t i = 0; members && i < members->size(); ++i) {
    Keys keys(*(*members)[i].as_table(), node.file(), "[[node.members]]");
    Member member;
    const auto name = keys.word("name");
    if (!name) keys.missing("name");
    member.name = *name;
    if (auto host = keys.word("host")) member.host = *host;
    keys.read("port", member.port, 0, 65535);
    member.client = keys.flag("client").value_or(false);
    const auto data_dir = keys.word("data_dir");
    keys.end();
    known += (known.empty() ? "" : ", ") + member.name;
    if (member.name == out.name && data_dir) out.data_dir = keys.path(*data_dir);
    out.members.push_back(std::move(member));
  }
  const auto is_me = [&](const Member& member) { return member.name == out.name; };
  if (members && std::none_of(out.members.begin(), out.members.end(), is_me))
    node.fail("members", "there is no member '" + out.name + "'; there are " + known);
}

toml::table parse(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) throw Error(ErrorKind::not_found, "there is no file " + file.string());
  if (!fs::is_regular_file(file, ignored)) throw Error(ErrorKind::invalid, file.string() + " is no file");
  try {
    return toml::parse_file(file.string());
  } catch (const toml::parse_error& e) {
    throw Error(ErrorKind::invalid,
                file.string() + ":" + std::to_string(e.source().begin.line) + ": " + std::string(e.description()));
  }
}

}  // namespace

NodeConfig node_config_from_toml(const toml::table& table, const fs::path& file, std::string_view node) {
  Keys keys(table, file, kNode);
  NodeConfig out;
  if (auto name = keys.word("name")) {
    if (!node.empty()) keys.fail("name", "'name' is for the file of one node; here it is '" + std::string(node) + "'");
    out.name = *name;
  }
  if (!node.empty()) out.name = node;
  if (auto cluster = keys.word("cluster")) out.cluster = *cluster;
  if (auto data_dir = keys.word("data_dir")) out.data_dir = keys.path(*data_dir);
  if (auto link_secret = keys.word("link_secret")) out.link_secret = keys.path(*link_secret);
  keys.read("threads", out.threads, 0, kMost32);
  keys.read_ms("default_timeout_ms", out.default_timeout, 1);
  keys.read_ms("idle_after_ms", out.idle_after);
  keys.read("max_mailbox", out.max_mailbox, 1, kMost32);
  keys.read("max_store_bytes", out.max_store_bytes, 1, kMost64);
  if (auto admin = keys.flag("admin")) out.admin = *admin;
  read_encryption(keys, out.encryption_keys);
  read_tls(keys, out.tls);
  read_restart(keys, out.restart);
  read_delivery(keys, out.delivery);
  read_overload(keys, out.overload);
  read_pools(keys, out.pools);
  read_watch(keys, out.watch);
  read_tracing(keys, out.tracing);
  read_recorders(keys, out);
  read_logging(keys, out.logging);
  read_metrics(keys, out.metrics);
  within(keys, "join", [&](Keys& join) { read_join(join, out.join); });
  if (const toml::table* calls = keys.table("calls")) out.calls = calls_from_toml(*calls, file);
  read_members(keys, out);
  keys.end();
  return out;
}

JoinConfig join_config_from_toml(const toml::table& table, const fs::path& file, JoinConfig defaults) {
  Keys keys(table, file, "[join]");
  read_join(keys, defaults);
  keys.end();
  return defaults;
}

NodeFile read_node_file(const fs::path& file, std::string_view node) {
  const toml::table root = parse(file);
  Keys keys(root, file, "");
  const toml::table* config = keys.table("node");
  const toml::table* supervision = keys.table("supervision");
  keys.end();
  if (!config) keys.fail("", "table [node] is missing");
  NodeFile out{.config = node_config_from_toml(*config, file, node)};
  if (supervision) out.supervision = supervision_from_toml(*supervision, file);
  return out;
}

}  // namespace troupe

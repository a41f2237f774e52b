// A shop's configuration: how its nodes find each other, and their limits, from a TOML file (see shop.toml for every
// key).
// A wrong or unknown key is a ConfigError that names the key, its file and line, and what is known there.
#pragma once

#include <topic/event_log.h>
#include <troupe/encryption.h>
#include <troupe/node.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "config/rpc_config.h"
#include "config/web_config.h"

namespace demo {

struct ConfigError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ShopNode {
  std::string name;
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::filesystem::path data_dir;
};

// Where the events of topic `orders` lie.
struct OrdersTopic {
  enum class BackEnd : std::uint8_t { table, jetstream };
  BackEnd back_end = BackEnd::table;  // rows of the partitions' own tables, or streams of a NATS server
  // Of JetStream alone; topic/jetstream/jetstream.h says what they are.
  std::string url = "nats://127.0.0.1:4222";
  std::filesystem::path credentials{};  // empty: none
  std::string prefix = "troupe";
  std::int64_t replicas = 1;
};

struct ShopConfig {
  std::filesystem::path file;  // where it was read from; empty: made by a program
  std::string cluster = "shop";
  // Where nodes that name no other place keep their data, below their names, and what the nodes share.
  std::filesystem::path data_dir = "shop-data";
  // By a coordinator: members come and go, and no list has them. Nothing: `nodes` is the list of all that there are.
  std::optional<troupe::JoinConfig> join;
  // With `join`: those that a program of this machine starts (local_config()); a file names none.
  std::vector<ShopNode> nodes;
  // The seat of those who call and own no actors: `shop verify`, the scripted shopper. One at a time, which its data
  // directory sees to.
  ShopNode client;
  // What members prove to each other; the first node that starts makes the file.
  std::filesystem::path link_secret;
  // Links with TLS: a directory that `troupe cert` made, with a certificate for every node and the client. Empty: none.
  std::filesystem::path tls;
  std::chrono::milliseconds call_timeout{10'000};
  std::chrono::milliseconds idle_after{60'000};
  std::chrono::milliseconds stop_deadline{5'000};
  std::chrono::milliseconds slow_turn{1'000};         // then a turn is logged; 0: never
  std::chrono::milliseconds unhealthy_after{30'000};  // without a commit that ends, or a worker that is free; 0: never
  std::uint32_t threads = 0;
  std::uint32_t max_mailbox = 10'000;
  troupe::LogLevel log_level = troupe::LogLevel::info;
  std::optional<troupe::Supervision> supervision;  // what every node keeps alive of its own
  troupe::EncryptionKeys encryption;               // of the nodes' stores and of the client's
  OrdersTopic orders_topic;
  std::optional<RpcConfig> rpc;  // how each node serves programs over Cap'n Proto's RPC; nothing: none does
  std::optional<WebConfig> web;  // how each node serves the shop over HTTP; nothing: none does

  // The node of that name: of the list, which the ConfigError has that is thrown where it is not there; with `join` any
  // name that may be one.
  [[nodiscard]] ShopNode node(std::string_view name) const;
};

// Reads and checks a file. Relative paths start at the file's own.
[[nodiscard]] ShopConfig load_config(const std::filesystem::path& file);
// `text` as if it stood in `file`.
[[nodiscard]] ShopConfig parse_config(std::string_view text, const std::filesystem::path& file);

// Nodes shop-1 ... shop-<count> with data directories below `dir`, which find each other by a coordinator of files
// there.
[[nodiscard]] ShopConfig local_config(unsigned count, const std::filesystem::path& dir);
// The same as a list of members, with ports that are free on this machine now.
[[nodiscard]] ShopConfig listed_config(unsigned count, const std::filesystem::path& dir);
// The configuration as a file that load_config reads back; with a coordinator, without `nodes`. That is one of files.
void write_config(const ShopConfig& config, const std::filesystem::path& file);

// What the runtime gets to know of it, for a node or for the client's seat.
[[nodiscard]] troupe::NodeConfig node_config(const ShopConfig& config, const ShopNode& node, troupe::LogSink log);
[[nodiscard]] troupe::NodeConfig client_config(const ShopConfig& config, troupe::LogSink log);

// For host_shop(): where the events of orders lie; empty: in tables. Throws troupe::Error `invalid` for what can never
// work, and `unimplemented` in a build without the back end.
[[nodiscard]] troupe::topic::LogFactory order_log(const OrdersTopic& topic);

}  // namespace demo

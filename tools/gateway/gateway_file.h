// The configuration of `troupe gateway`, from TOML. What is wrong, a key that nobody knows too, is thrown as Error
// `invalid`: "FILE:LINE: " and what is wrong with which key. actors/gateway/doc/process.md has every key.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auth/http/callers.h"
#include "gateway/gateway.h"
#include "loaded_services.h"
#include "troupe/node.h"

namespace troupe::edge {

// Whose tokens count.
struct TokenRules {
  std::string audience;
  std::string issuer;  // of the cluster's own (actors/auth), whose keys its actors are asked for; empty: it has none
  std::vector<auth::web::OutsideIssuer> issuers;
};

struct LogRules {
  LogLevel level = LogLevel::info;
  bool json = false;
  bool access = true;  // a line for each request
};

struct GatewayFile {
  std::filesystem::path file;
  NodeConfig node;
  SchemaPlaces places;
  std::vector<std::string> services;  // that are offered; empty: all that have routes
  gateway::GatewayOptions options;
  std::optional<TokenRules> tokens;
  LogRules log;
  std::chrono::milliseconds drain{30'000};  // what runs when it is told to stop may take
};

// `not_found`: there is no such file.
[[nodiscard]] GatewayFile read_gateway_file(const std::filesystem::path& file);

}  // namespace troupe::edge

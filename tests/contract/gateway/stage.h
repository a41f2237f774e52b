// A node with the services of bazaar.capnp and a gateway before them, and a client that speaks HTTP.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "bazaar.capnp.troupe.h"
#include "gateway/gateway.h"
#include "support/scratch_directory.h"
#include "troupe/actor.h"
#include "troupe/node.h"
#include "unit/http/raw_client.h"

namespace troupe::bazaar {

void host_bazaar(Node& node);

// "Bearer alice:reader,admin:diaries:burn": the name, roles and scopes, taken at its word.
[[nodiscard]] Result<Caller> believe(const http::Request& request);

// What a stage has besides the bazaar.
struct Offered {
  std::function<void(Node&)> host{};
  std::function<void(gateway::Gateway&)> offer{};
};

class Stage {
 public:
  explicit Stage(gateway::GatewayOptions options = {}, const Offered& besides = {});
  ~Stage();

  struct Sent {
    std::string verb = "GET";
    std::string target = "/";
    std::string body{};
    std::string headers{};  // "Name: value\r\n"...
    std::string type = "application/json";
  };
  [[nodiscard]] http::Answer ask(const Sent& request);
  [[nodiscard]] http::Answer get(const std::string& target, const std::string& headers = {}) {
    return ask({.target = target, .headers = headers});
  }
  // What is answered with that status, as JSON.
  [[nodiscard]] nlohmann::json json(const Sent& request, int status = 200);
  // The detail of a problem with that status.
  [[nodiscard]] std::string problem(const Sent& request, int status);

  [[nodiscard]] Node& node() { return *node_; }
  [[nodiscard]] gateway::Gateway& gateway() { return *gateway_; }

 private:
  testing::ScratchDirectory directory_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<http::RawClient> client_;
};

}  // namespace troupe::bazaar

// The shop for programs of any language, on one node: its services over Cap'n Proto's RPC, for whoever has one of the
// shop's tokens, and what is public for everybody.
#pragma once

#include <gateway/audit/audit_topic.h>
#include <rpc/server.h>
#include <troupe/node.h>

#include <chrono>

#include "config/rpc_config.h"

namespace demo {

class ShopRpc {
 public:
  // `node` outlives it.
  ShopRpc(troupe::Node& node, const RpcConfig& rpc, const troupe::LogSink& log);
  // After node.start(). Throws troupe::Error: `unavailable` when the port cannot be had, `invalid` for files of TLS.
  void start() { server_.start(); }
  // Once it is started.
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  // Takes nobody new, lets what runs finish, and stops.
  void stop(std::chrono::milliseconds at_most) { server_.drain(at_most); }

 private:
  troupe::gateway::audit::AuditTopic audit_;
  troupe::rpc::Server server_;
};

}  // namespace demo

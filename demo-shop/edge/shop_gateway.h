// The shop over HTTP, on one node: every route of the schemas, log-ins and tokens, the pages.
#pragma once

#include <auth/http/endpoints.h>
#include <gateway/audit/audit_topic.h>
#include <gateway/gateway.h>
#include <gateway/streams/topic_streams.h>
#include <troupe/log.h>
#include <troupe/node.h>

#include <chrono>
#include <string>
#include <vector>

#include "config/web_config.h"

namespace demo {

// Whose routes it serves.
[[nodiscard]] std::vector<const troupe::ServiceInfo*> offered_services();

class ShopGateway {
 public:
  // `node` has not started, and outlives it. Throws troupe::Error `invalid` for a directory of pages that is none.
  ShopGateway(troupe::Node& node, const WebConfig& web, troupe::LogSink log);
  // After node.start(). Throws troupe::Error `unavailable` when the port cannot be had.
  void start();
  // "http://127.0.0.1:8080", once it is started.
  [[nodiscard]] std::string address() const;
  // Takes nobody new, lets what runs finish, and stops.
  void stop(std::chrono::milliseconds at_most);

 private:
  // An admin hears of everybody's orders, others of their own.
  [[nodiscard]] troupe::gateway::ServedStream order_events();
  [[nodiscard]] troupe::gateway::GatewayOptions options(const WebConfig& web, troupe::LogSink log);

  troupe::Node& node_;
  WebConfig web_;
  troupe::auth::Issuer issuer_;
  troupe::auth::web::Endpoints endpoints_;
  troupe::gateway::audit::AuditTopic audit_;
  troupe::gateway::TopicStreams streams_;
  troupe::gateway::Gateway gateway_;
};

}  // namespace demo

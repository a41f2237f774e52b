// One entry to the services of a node's cluster over HTTP: routes, JSON and rules as the schemas have them.
//
//   gateway::Gateway gateway(node, {.server = {.port = 8080}});
//   gateway.offer<shop::Product>().offer<shop::Cart>();
//   gateway.start();                                          // after the node's start()
//
// gateway/doc/routes.md says how a method becomes a route.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/http/server.h"
#include "troupe/caller.h"
#include "troupe/node.h"

namespace troupe::gateway {

// Who sends the request; without a name: nobody that is known. An error is the answer: `unauthenticated` for a token
// that is none. On the connection's thread, several at once; must not block.
using Authenticate = std::function<Result<Caller>(const http::Request&)>;

// Which pages of other origins may call (the Fetch standard's CORS). No origins: none may.
struct Cors {
  std::vector<std::string> origins{};  // "https://shop.example"; "*": all, without credentials
  bool credentials = false;            // cookies and Authorization of a browser; not with "*"
  std::chrono::seconds max_age{600};   // for which a browser remembers the answer
};

// What /openapi.json says of the whole.
struct ApiInfo {
  std::string title = "API";
  std::string version = "1";
  std::string description{};
  std::string server{};  // "https://shop.example/api"; empty: where the document is
};

struct GatewayOptions {
  http::ServerOptions server{};
  ApiInfo api{};
  Authenticate authenticate{};  // empty: nobody is known
  Cors cors{};
  std::filesystem::path files{};  // served where no route is; empty: none
  // Of every call, from the request's arrival; zero: the method's own, or the node's.
  Milliseconds timeout{std::chrono::milliseconds(0)};
};

class Gateway {
 public:
  // The node outlives it.
  Gateway(Node& node, GatewayOptions options);
  // stop()s.
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // The routes of a service, wherever it runs. Before start(). Throws `invalid`: it has none, it was offered before, or
  // a route is taken.
  template <class Interface>
  Gateway& offer() {
    return offer(ServiceOf<Interface>::info());
  }
  Gateway& offer(const ServiceInfo& service);

  // Throws `invalid` for an option that cannot be, `unavailable` when the address cannot be had. Once.
  void start();
  // Known after start().
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] http::Counts counts() const;
  // As http::Server::drain(); /readyz says 503 from now on.
  bool drain(Milliseconds at_most);
  void stop();

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace troupe::gateway

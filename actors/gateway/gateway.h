// One entry to the services of a node's cluster over HTTP: routes, JSON and rules as the schemas have them.
//
//   gateway::Gateway gateway(node, {.server = {.port = 8080}});
//   gateway.offer<shop::Product>().offer<shop::Cart>();
//   gateway.start();                                          // after the node's start()
//
// gateway/doc/routes.md says how a method becomes a route.
#pragma once

#include <capnp/schema.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/admin_act.h"
#include "gateway/http/server.h"
#include "gateway/rate_limit.h"
#include "troupe/caller.h"
#include "troupe/http_route.h"
#include "troupe/node.h"
#include "troupe/trace.h"

namespace troupe::gateway {

// Who sends the request; without a name: nobody that is known. An error is the answer: `unauthenticated` for a token
// that is none. On the connection's thread, several at once; must not block.
using Authenticate = std::function<Result<Caller>(const http::Request&)>;

// The same where whoever sends it may have to be waited for, as when the keys of an issuer elsewhere are fetched. Asked
// with `may_wait` false on the connection's thread, it must not block: nothing means that it would have to, and then it
// is asked again, with `may_wait` true, on a thread of the gateway's that may.
using AuthenticatePatiently = std::function<std::optional<Result<Caller>>(const http::Request&, bool may_wait)>;

// A request that the host answers itself.
struct Visit {
  Caller asks;                                            // without a name: nobody that is known
  std::map<std::string, std::string, std::less<>> names;  // what stands for the {names} of the path, decoded
  TraceContext trace;                                     // for a TraceScope around what the handler calls
  std::string trace_id;                                   // its, 32 hexadecimal digits
};
// On the connection's thread, or one that may wait; several at once; must not block. The responder is answered at once,
// or moved away and answered later. What is thrown before it is moved away is the answer, as of a route; after that,
// the peer gets 500.
using Serve = std::function<void(http::Request request, http::Responder&& responder, Visit visit)>;

// What /openapi.json says of a path that shows events.
struct StreamDocument {
  std::string summary{};                      // one line
  std::vector<capnp::StructSchema> events{};  // those that it shows
  AccessRule::Who who = AccessRule::Who::known;
  std::string scopes{};  // that a token needs, parted by spaces
};
// A stream for Gateway::serve(), as TopicStreams::of() gives it.
struct ServedStream {
  Serve serve{};
  StreamDocument document{};

  void operator()(http::Request request, http::Responder&& responder, Visit visit) const {
    serve(std::move(request), std::move(responder), std::move(visit));
  }
};

// Whether `authenticate` is asked before.
enum class Identity : std::uint8_t {
  checked,  // and its error is the answer
  unasked   // Visit::asks is nobody: for those who say who they are by other means
};

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

// How often requests are taken, whichever gateway of the cluster they reach; more get 429. A method may have a limit of
// its own, $Http.limit. gateway/doc/limits.md says how they are kept.
struct RateLimits {
  RateLimit per_address{};  // of each address, before it is asked who sends; a network of IPv6 is one
  RateLimit per_caller{};   // of each caller that is known
};

// Where a proxy says whose request it passes on.
enum class ForwardedBy : std::uint8_t {
  x_forwarded_for,  // and X-Forwarded-Proto
  forwarded         // RFC 7239
};

// Proxies before the gateway. What a trusted one says is taken for the request's own address, everywhere: limits, keys,
// streams, the audit log, handlers of the host. gateway/doc/access.md says how it is read.
struct Proxies {
  std::vector<std::string> trusted{};                 // "10.0.0.7", "fd00::/8": kMaxTrustedProxies at most. Empty: none
  ForwardedBy header = ForwardedBy::x_forwarded_for;  // which all of them write, whatever a client sent
  bool scheme = false;                                // and whether it came by TLS they say, too
};
inline constexpr std::size_t kMaxTrustedProxies = 256;

inline constexpr unsigned kMaxPatientThreads = 64;
inline constexpr std::size_t kMaxPatientRequests = 1'000'000;

// Who is told of acts of administration (admin_act.h). Both on threads of the gateway or the runtime, several at once;
// must not block.
struct Audit {
  std::function<void(AdminAct)> acted{};  // once for each, before its answer leaves; empty: nobody is told
  std::function<bool()> ready{};          // asked before an act; false: it is not done, and gets 503. Empty: always
};

struct GatewayOptions {
  http::ServerOptions server{};
  ApiInfo api{};
  Authenticate authenticate{};                     // empty: nobody is known
  AuthenticatePatiently authenticate_patiently{};  // instead of `authenticate`
  unsigned patient_threads = 2;                    // that may wait in it, 1 to kMaxPatientThreads
  std::size_t patient_requests = 1'000;  // that wait for such a thread; more get 503. 1 to kMaxPatientRequests
  Proxies proxies{};
  RateLimits limits{};
  // For which it is remembered what an Idempotency-Key was used for, a week at most: another request under it gets 422,
  // and the same one, while the first runs, 409. Zero: that is not looked at.
  std::chrono::milliseconds keys_kept{std::chrono::hours(1)};
  Cors cors{};
  Audit audit{};
  std::filesystem::path files{};  // served where no route is; empty: none
  // Of the page at /docs that shows /openapi.json and lets try it: gateway::api_pages() (api_pages.h). Empty: none.
  std::filesystem::path docs{};
  // Of every call, from the request's arrival; zero: the method's own, or the node's.
  Milliseconds timeout{std::chrono::milliseconds(0)};
};

// What the gateways of a cluster keep together, for rate limits and Idempotency-Keys: on every node that owns actors,
// before its start(). Without it requests with an Idempotency-Key get 503, unless keys_kept is zero, and each gateway
// keeps rate limits by itself.
void host(Node& node);

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
  // The same for who has no generated code: `service` as it was read from a schema at run time, without functions, and
  // that schema. Both outlive the gateway. Throws `invalid`, too, where one is not of the other.
  Gateway& offer(const ServiceInfo& service, const capnp::InterfaceSchema& schema);

  // What the host answers itself: a verb, and a path of literal segments and {names}, as "/pictures/{sku}". HEAD comes
  // to the handler of GET; its answer goes without the body. CORS and the security headers go on what it answers, on
  // streams too. Before start(). Throws `invalid`: the path is taken, by a route, by another or by the gateway itself,
  // or cannot be; an empty handler.
  Gateway& serve(std::string_view verb, std::string_view path, Serve handler, Identity identity = Identity::checked);
  // The same of a stream, which /openapi.json describes.
  Gateway& serve(std::string_view verb, std::string_view path, ServedStream stream);

  // Throws `invalid` for an option that cannot be, naming it, `unavailable` when the address cannot be had. Once.
  void start();
  // Known after start().
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] http::Counts counts() const;
  // As http::Server::reload_certificate().
  Result<void> reload_certificate();
  // As http::Server::drain(); /readyz says 503 from now on.
  bool drain(Milliseconds at_most);
  void stop();

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace troupe::gateway

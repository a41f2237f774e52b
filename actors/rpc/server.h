// The services of a node's cluster for programs of any language: Cap'n Proto's own RPC, the two-party protocol, on a
// port of its own.
//
//   rpc::Server server(node, {.port = 7600, .check_token = whose});
//   server.offer<shop::Product>().offer<shop::Cart>();
//   server.start();                                          // after the node's start()
//
// actors/rpc/README.md says what a client does, and what it is promised.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/gateway.h"
#include "gateway/http/tls_files.h"
#include "rpc/limits.h"
#include "troupe/caller.h"
#include "troupe/duration.h"
#include "troupe/error.h"
#include "troupe/log.h"
#include "troupe/node.h"

namespace troupe::rpc {

// Whose a token is, and until when; never past Limits::token. A caller without a name is none, and refused.
struct Bearer {
  Caller caller{};
  std::chrono::system_clock::time_point until = std::chrono::system_clock::time_point::max();
};
// An error, `unauthenticated`, is the answer. What it throws is one that says nothing. On threads for it alone, several
// at once: it may wait for who knows. stop() waits for those that run.
using CheckToken = std::function<Result<Bearer>(std::string_view token)>;

// Who may call a method for which the schema has no rule.
enum class Unruled : std::uint8_t {
  nobody,  // as at every other entrance
  known,   // whoever has shown a good token
  everybody
};
struct OfferOptions {
  // Not `nobody`: these calls are the program's own. No rule is looked at behind this port, and the actor is not told
  // who asked (Actor::caller()).
  Unruled unruled = Unruled::nobody;
};

using http::TlsFiles;

struct ServerOptions {
  std::string address = "127.0.0.1";  // an address of this machine; "0.0.0.0" and "::" are all
  std::uint16_t port = 0;             // 0: any that is free
  unsigned threads = 1;               // of I/O, 1 to 64; a connection stays on one
  Limits limits{};
  gateway::RateLimits
      rates{};  // of calls, with those of the cluster's gateways (gateway::host()); $Http.limit holds, too
  TlsFiles tls{};
  CheckToken check_token{};    // empty: nobody is known
  unsigned token_threads = 2;  // that look at tokens, 1 to 64
  // Whether who shows no token may see what there is, and call what $Auth.public lets everybody. If not, the bootstrap
  // takes a token and nothing else.
  bool anonymous = false;
  // For which it is remembered what an idempotency key was used for, a week at most, by what gateway::host() hosts: a
  // call of the same method of the same actor with other parameters is refused. Zero: that is not looked at.
  std::chrono::milliseconds keys_kept{std::chrono::hours(1)};
  gateway::Audit audit{};  // who is told of acts of administration, as by a gateway; of calls that are given up, too
  // Of calls for which the client names no time; zero: the method's own, or the node's.
  Milliseconds timeout{std::chrono::milliseconds(0)};
  LogSink log{};
};

// Since the start, but for what is now.
struct Counts {
  std::uint64_t connections = 0;  // now
  std::uint64_t calls = 0;        // now: that are not answered
  std::uint64_t accepted = 0;
  std::uint64_t refused_connections = 0;           // past Limits::connections
  std::uint64_t refused_connections_per_peer = 0;  // past Limits::connections_per_peer
  std::uint64_t answered = 0;                      // calls of actors that ended, well or not
  std::uint64_t cancelled = 0;                     // that their callers gave up, or went away from
  std::uint64_t overloaded = 0;                    // calls past a limit of this port
  std::uint64_t bad_tokens = 0;
  std::uint64_t closed = 0;             // connections that this server closed, by a limit or for what they sent
  std::uint64_t failed_handshakes = 0;  // of TLS
};

// Its functions may be called from any thread but its own.
class Server {
 public:
  // The node outlives it.
  Server(Node& node, ServerOptions options);
  // stop()s.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // A service, wherever in the cluster it runs. Before start(). Throws `invalid`: it was offered before, or another one
  // of its name.
  template <class Interface>
  Server& offer(OfferOptions options = {}) {
    return offer(ServiceOf<Interface>::info(), options);
  }
  Server& offer(const ServiceInfo& service, OfferOptions options = {});

  // Throws `invalid` for an option that cannot be, `unavailable` when the address cannot be had. Once.
  void start();
  // Known after start().
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] Counts counts() const;
  // Reads the files of TLS again, now. `invalid`: what is wrong; the certificate before stays.
  Result<void> reload_certificate();

  // Accepts nobody, refuses new calls (`unavailable`), lets those under way end and closes their connections. Returns
  // when all have gone or after `at_most`, and stops. True: all had gone.
  bool drain(Milliseconds at_most);
  // At once; calls that are under way are given up. Idempotent.
  void stop();

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace troupe::rpc

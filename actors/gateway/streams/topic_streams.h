// Events of topics for clients of a gateway, as they happen: server-sent events, or a WebSocket for who asks for one.
//
//   gateway::TopicStreams streams(node);
//   gateway.serve("GET", "/orders/live", streams.of<shop::OrderPlaced, shop::OrderPaid>(
//       kOrders, {.who = {.who = AccessRule::Who::known}, .keys = gateway::StreamKeys::own}));
//
// gateway/doc/streams.md says what a client sees. `Troupe::gateway_streams`.
#pragma once

#include <capnp/schema.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "gateway/gateway.h"
#include "topic/config.h"
#include "troupe/http_route.h"

namespace troupe::gateway {

// As AccessRule. Nothing said: nobody, and no stream is made.
struct StreamRule {
  AccessRule::Who who = AccessRule::Who::nobody;
  bool own = false;      // the events' key is the caller's name; with `some`
  std::string roles{};   // "admin clerk"; with `some`
  std::string scopes{};  // all of which the token has
};

// Which events, by their key.
enum class StreamKeys : std::uint8_t {
  all,
  own,   // those whose key is the caller's name
  named  // those whose key stands in the path, for {key}
};

struct StreamOptions {
  StreamRule who{};
  StreamKeys keys = StreamKeys::all;
  // Pages of other origins that may open a WebSocket: a browser asks nobody. For server-sent events Cors says it.
  std::vector<std::string> origins{};
  std::string summary{};  // of /openapi.json; empty: "Events of topic 'orders'"
};

struct StreamLimits {
  std::size_t streams = 10'000;                  // open at once; more get 503
  std::size_t streams_per_client = 16;           // of a caller, or of an address where the caller is not known; 429
  std::chrono::milliseconds heartbeat{15'000};   // at least 10: how often a quiet stream says that it is there
  std::chrono::milliseconds longest{3'600'000};  // then the client comes again, and who it is is asked again
  std::chrono::milliseconds retry{2'000};        // for which a client waits before it comes again
  std::chrono::milliseconds look_every{100};     // at least 1: how soon a new event is seen
};

class TopicStreams {
 public:
  // The node outlives it. Throws `invalid` for a limit that is none, naming it.
  explicit TopicStreams(Node& node, StreamLimits limits = {});
  // Ends all streams. What it gave to a gateway answers 503 from then on.
  ~TopicStreams();
  TopicStreams(const TopicStreams&) = delete;
  TopicStreams& operator=(const TopicStreams&) = delete;

  // For Gateway::serve() with GET, and then in its /openapi.json. Shows the events whose payload is one of these
  // structs, as JSON, and no others. Throws `invalid`: no rule, no struct, a topic that cannot be, one of more than
  // kMaxStreamPartitions partitions whose events of all keys are wanted, a rule of one's own where events of all keys
  // are.
  template <class... Events>
  [[nodiscard]] ServedStream of(topic::TopicConfig topic, StreamOptions options) {
    return of(std::move(topic), std::move(options), {capnp::Schema::from<Events>()...});
  }
  [[nodiscard]] ServedStream of(topic::TopicConfig topic, StreamOptions options,
                                std::vector<capnp::StructSchema> events);

  [[nodiscard]] std::size_t open() const noexcept;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace troupe::gateway

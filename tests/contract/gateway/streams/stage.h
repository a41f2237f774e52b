// A node with a topic, a gateway that shows it, and clients that read it over real sockets.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gateway/streams/topic_streams.h"
#include "ticker.capnp.h"
#include "topic/topics.h"
#include "troupe/testing.h"
#include "unit/http/raw_client.h"

namespace troupe::ticker {

using nlohmann::json;

[[nodiscard]] topic::TopicConfig prices(std::uint32_t partitions = 3);
// "Bearer alice:clerk": the name and the roles, taken at their word.
[[nodiscard]] Result<Caller> believe(const http::Request& request);

// One event that a client was shown.
struct Shown {
  std::string id;
  std::string name;
  json data;
};

// Reads server-sent events as a browser does.
class EventClient {
 public:
  EventClient(std::uint16_t port, const std::string& target, const std::string& headers = {}, int receive_buffer = 0);

  [[nodiscard]] const http::Answer& head() const { return head_; }
  // The next event that has data.
  [[nodiscard]] Shown next();
  // Whether the stream ends, whatever comes before.
  [[nodiscard]] bool ends();
  // As a browser that comes again would send it: also of events without data.
  [[nodiscard]] const std::string& last_id() const { return id_; }
  [[nodiscard]] const std::string& retry() const { return retry_; }
  // Reads until the id is another.
  void await_other_id();
  void close() { client_->close(); }

 private:
  [[nodiscard]] bool read_line(std::string& line);
  bool read_block(Shown& shown);

  std::unique_ptr<http::RawClient> client_;
  http::Answer head_;
  std::string text_, id_, retry_;
  bool ended_ = false;
};

class Stage {
 public:
  struct Options {
    topic::TopicConfig topic = prices();
    gateway::StreamLimits limits{.look_every = std::chrono::milliseconds(5)};
    http::Limits http{};
    std::vector<std::string> nodes{"n"};  // more: a client of theirs is the gateway's node
  };
  Stage() : Stage(Options()) {}
  explicit Stage(Options options);
  ~Stage();

  // So many prices, numbered on from those before.
  void publish(const std::string& key, unsigned count = 1, const std::string& note = {});
  void whisper(const std::string& key);

  [[nodiscard]] EventClient listen(const std::string& target = "/prices", const std::string& headers = {}) {
    return {port(), target, headers};
  }
  // The status of a request for a stream that is refused, and the detail.
  [[nodiscard]] std::pair<int, std::string> refusal(const std::string& target, const std::string& headers = {});

  [[nodiscard]] std::uint16_t port() const { return gateway_->port(); }
  [[nodiscard]] gateway::Gateway& gateway() { return *gateway_; }
  [[nodiscard]] gateway::TopicStreams& streams() { return *streams_; }
  void end_streams() { streams_.reset(); }
  [[nodiscard]] testing::TestCluster& cluster() { return *cluster_; }
  [[nodiscard]] Node& node() { return cluster_->node(edge_); }
  [[nodiscard]] const topic::TopicConfig& topic() const { return options_.topic; }

 private:
  Options options_;
  std::string edge_;
  std::unique_ptr<testing::TestCluster> cluster_;
  std::unique_ptr<gateway::TopicStreams> streams_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::uint64_t number_ = 0;
};

}  // namespace troupe::ticker

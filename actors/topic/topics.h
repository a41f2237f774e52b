// What a program does about topics: declares them, lets their actors run on its nodes, and publishes and reads from its
// own threads.
//
//   topic::Topics topics;
//   topics.add(kOrders, {{.name = "sales", .service = "Sales", .method = "onEvents", .key = "all"}});
//   topics.host(node);       // before start(), the same on every node that owns actors
//   node.start();
//   topics.declare(node);    // on any node, any number of times; refused if a topic cannot become this
//
//   topic::TopicClient orders(node, kOrders);
//   orders.publish(topic::NewEvents(kOrders).add("o-1", "Note", "bytes"));
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topic/config.h"
#include "topic/event_log.h"
#include "topic/new_events.h"
#include "troupe/node.h"

namespace troupe::topic {

class Topics {
 public:
  // `logs`: where events lie; empty: in rows of the partitions' own tables.
  explicit Topics(LogFactory logs = {});

  // Throws `invalid` for a configuration that is wrong, and for a name that was added before.
  Topics& add(TopicConfig topic, std::vector<GroupConfig> groups = {});
  // Where the events of this topic lie, unlike those of the others. The same on every node that owns actors.
  Topics& lie_in(std::string topic, LogFactory logs);
  void host(Node& node) const;
  // Throws what a topic refuses: `partitions_shrink`, `no_such_method`, `not_for_events`. Waits for the nodes that own
  // the topics.
  void declare(Node& node, Nanoseconds timeout = std::chrono::seconds(10)) const;

 private:
  struct Declared {
    TopicConfig topic;
    std::vector<GroupConfig> groups;
  };
  LogFactory logs_;
  std::map<std::string, LogFactory> logs_of_;
  std::vector<Declared> topics_;
};

// A topic from a host's threads. A cheap value; the node outlives it.
class TopicClient {
 public:
  TopicClient(Node& node, TopicConfig topic) : node_(&node), topic_(std::move(topic)) {}

  // One append for each partition the events belong to; blocks until all are durable. With an idempotency key they are
  // appended once however often that is called with it, by whom ever. Throws; then any of the appends may have run.
  struct Published {
    std::uint32_t partition;
    Offset first;
    Offset next;
  };
  std::vector<Published> publish(const NewEvents& events, std::string_view idempotency_key = {},
                                 Nanoseconds timeout = std::chrono::seconds(10)) const;

  [[nodiscard]] Ref<Topic> topic() const;
  [[nodiscard]] Ref<TopicPartition> partition(std::uint32_t number) const;
  [[nodiscard]] Ref<TopicGroup> group(std::uint32_t partition, std::string_view name) const;
  [[nodiscard]] const TopicConfig& config() const noexcept { return topic_; }

 private:
  Node* node_;
  TopicConfig topic_;
};

// A group of one partition that fetches and commits by itself. What it does with events is its own business: what it
// fetched and did not commit comes again after a restart. For one thread.
class PullConsumer {
 public:
  // Goes on where the group has committed.
  PullConsumer(TopicClient client, std::uint32_t partition, std::string group);

  using Events = Reply<TopicPartition::FetchResults>;
  // What follows on what was fetched last; empty when there is nothing yet. `lost()` says what retention removed
  // between.
  [[nodiscard]] Events fetch(std::uint32_t max_events = 256, std::uint32_t max_bytes = 1u << 20);
  // Everything that was fetched is done.
  void commit();
  [[nodiscard]] Offset next() const noexcept { return next_; }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

 private:
  TopicClient client_;
  std::uint32_t partition_;
  std::string group_;
  Offset next_ = 0;
  std::uint64_t next_position_ = 0;
  Offset committed_ = 0;
  std::uint64_t committed_position_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace troupe::topic

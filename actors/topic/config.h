// What a program says about a topic and its groups: plain values, the same on every node.
//
//   const topic::TopicConfig kOrders{.name = "orders", .partitions = 4, .retention_age = 24h};
//
// They are checked when they are declared (topic/topics.h) and kept by the topic itself, so that what it cannot become
// is refused: a topic never loses partitions.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::topic {

struct TopicConfig {
  std::string name;  // letters, digits, '_', '-'; at most limits::kMaxNameBytes
  std::uint32_t partitions =
      1;  // may grow: then keys move, and the order of one key's events across that moment is lost
  // Events past either are removed, also those that a group has not taken; what it loses is counted. Zero: kept.
  std::uint64_t retention_bytes = 0;  // per partition, as positions count (event_bytes())
  std::chrono::milliseconds retention_age{0};
  // When the slowest group of a partition is this far behind, publishing to it is `overloaded`. Zero: never.
  std::uint64_t max_backlog_bytes = 0;
};

// Where a group's events go, and what happens to those that their subscriber fails at.
struct GroupConfig {
  std::string name;
  // A hosted service by name, and a method of it whose parameters are an EventBatch. Both empty: the group is a place
  // to remember how far a program has come that fetches by itself.
  std::string service{};
  std::string method{};
  std::string key{};  // of the one actor that gets all events; empty: the actor whose key is the event's
  std::uint32_t batch_events = 256;
  std::uint32_t batch_bytes = 1u << 20;
  enum class Start : std::uint8_t { beginning, end };
  Start start = Start::beginning;  // of a new group
  enum class OnPoison : std::uint8_t {
    stop,       // the group stops before the event, until it is told to resume or skip
    set_aside,  // the event becomes a row of the group's dead events, and the group goes on
  };
  OnPoison on_poison = OnPoison::stop;
};

// Throw `invalid` that names the field.
void check(const TopicConfig& topic);
void check(const GroupConfig& group);

// Where the events of a key go. Never changes for a given count.
[[nodiscard]] std::uint32_t partition_of(const TopicConfig& topic, std::string_view event_key) noexcept;

// The keys of the actors behind it.
[[nodiscard]] std::string partition_key(std::string_view topic, std::uint32_t partition);
[[nodiscard]] std::string group_key(std::string_view topic, std::uint32_t partition, std::string_view group);
// The way back, of either. Throws `invalid` for what is none.
struct KeyParts {
  std::string topic;
  std::uint32_t partition = 0;
  std::string group{};
};
[[nodiscard]] KeyParts parts_of_key(std::string_view key);

}  // namespace troupe::topic

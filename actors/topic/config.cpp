#include "topic/config.h"

#include <algorithm>
#include <charconv>

#include "topic/limits.h"
#include "troupe/error.h"
#include "troupe/ids.h"

namespace troupe::topic {
namespace {

// On disk by its effect: never change it.
constexpr std::uint64_t kPartitionSeed = 0x746f'7069'6373'2131;

void check_name(std::string_view what, const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (name.empty() || name.size() > limits::kMaxNameBytes || !std::all_of(name.begin(), name.end(), fits)) {
    throw Error(ErrorKind::invalid, "'" + name + "' cannot be the name of a " + std::string(what) + ": it takes 1 to " +
                                        std::to_string(limits::kMaxNameBytes) + " letters, digits, '_' and '-'");
  }
}

void check_range(const std::string& what, std::uint64_t value, std::uint64_t most) {
  if (value >= 1 && value <= most) return;
  throw Error(ErrorKind::invalid,
              what + " is " + std::to_string(value) + "; 1 to " + std::to_string(most) + " are allowed");
}

}  // namespace

void check(const TopicConfig& topic) {
  check_name("topic", topic.name);
  check_range("partitions of topic " + topic.name, topic.partitions, limits::kMaxPartitions);
  if (topic.retention_age.count() < 0)
    throw Error(ErrorKind::invalid, "retention_age of topic " + topic.name + " is negative");
}

void check(const GroupConfig& group) {
  check_name("group", group.name);
  if (group.service.empty() != group.method.empty()) {
    throw Error(ErrorKind::invalid,
                "group " + group.name + " names " +
                    (group.service.empty() ? "a method but no service" : "a service but no method"));
  }
  check_range("batch_events of group " + group.name, group.batch_events, limits::kMaxBatchEvents);
  check_range("batch_bytes of group " + group.name, group.batch_bytes, limits::kMaxBatchBytes);
}

std::uint32_t partition_of(const TopicConfig& topic, std::string_view event_key) noexcept {
  return static_cast<std::uint32_t>(stable_hash(event_key, kPartitionSeed) % topic.partitions);
}

std::string partition_key(std::string_view topic, std::uint32_t partition) {
  return std::string(topic) + "/" + std::to_string(partition);
}

std::string group_key(std::string_view topic, std::uint32_t partition, std::string_view group) {
  return partition_key(topic, partition) + "/" + std::string(group);
}

KeyParts parts_of_key(std::string_view key) {
  const auto slash = key.find('/');
  const auto rest = slash == key.npos ? std::string_view() : key.substr(slash + 1);
  KeyParts place{.topic = std::string(key.substr(0, slash))};
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), place.partition);
  const auto group = rest.substr(static_cast<std::size_t>(end - rest.data()));
  if (error != std::errc() || place.partition >= limits::kMaxPartitions || (!group.empty() && group[0] != '/')) {
    throw Error(ErrorKind::invalid, "'" + std::string(key) +
                                        "' is no key of a partition (\"orders/3\") or of a group (\"orders/3/sales\")");
  }
  if (!group.empty()) place.group = group.substr(1);
  return place;
}

}  // namespace troupe::topic

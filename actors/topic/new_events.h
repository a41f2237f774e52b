// Events that are about to be published, sorted by the partitions they go to. Events of one partition are appended
// together: all of them or none, in the order they were added. A plain value, one thread at a time.
#pragma once

#include <capnp/message.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "topic/config.h"
#include "topic/topic.capnp.troupe.h"

namespace troupe::topic {

class NewEvents {
 public:
  explicit NewEvents(const TopicConfig& topic) : topic_(topic) {}

  // Bytes as they are. Throws `invalid` for a key that is empty, and past the limits of topic/limits.h.
  NewEvents& add(std::string_view key, std::string_view type, std::string_view payload) {
    return add_event(key, type, 0, std::string(payload));
  }
  // A struct, which `build` fills in; the event's type is its name.
  template <class T, class Build>
  NewEvents& add(std::string_view key, Build&& build) {
    capnp::MallocMessageBuilder message;
    std::forward<Build>(build)(message.initRoot<T>());
    const auto words = capnp::messageToFlatArray(message);
    const auto bytes = words.asChars();
    const kj::StringPtr name = capnp::Schema::from<T>().getShortDisplayName();
    return add_event(key, {name.begin(), name.size()}, capnp::typeId<T>(), std::string(bytes.begin(), bytes.size()));
  }

  [[nodiscard]] bool empty() const noexcept { return parts_.empty(); }
  [[nodiscard]] const TopicConfig& topic() const noexcept { return topic_; }
  // The partitions it has events for.
  [[nodiscard]] std::vector<std::uint32_t> partitions() const;
  // The append of one of them.
  void write(std::uint32_t partition, std::string_view publisher, std::chrono::system_clock::time_point now,
             TopicPartition::AppendParams::Builder out) const;

 private:
  struct One {
    std::string key;
    std::string type;
    std::uint64_t schema;
    std::string payload;
  };
  struct Part {
    std::vector<One> events;
    std::size_t bytes = 0;
  };
  NewEvents& add_event(std::string_view key, std::string_view type, std::uint64_t schema, std::string payload);

  TopicConfig topic_;
  std::map<std::uint32_t, Part> parts_;
};

}  // namespace troupe::topic

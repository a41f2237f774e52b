#include "topic/new_events.h"

#include <algorithm>
#include <random>

#include "topic/limits.h"
#include "troupe/error.h"

namespace troupe::topic {
namespace {

void check_size(const char* what, std::string_view key, std::size_t size, std::size_t most) {
  if (size <= most) return;
  throw Error(ErrorKind::invalid, "an event's " + std::string(what) + " has " + std::to_string(size) +
                                      " bytes; at most " + std::to_string(most) + " are allowed (its key begins '" +
                                      std::string(key.substr(0, 32)) + "')");
}

std::uint64_t random_word() {
  thread_local std::mt19937_64 chance([] {
    std::random_device seed;
    return (static_cast<std::uint64_t>(seed()) << 32) ^ seed();
  }());
  return chance();
}

}  // namespace

NewEvents& NewEvents::add_event(std::string_view key, std::string_view type, std::uint64_t schema,
                                std::string payload) {
  if (key.empty()) throw Error(ErrorKind::invalid, "an event needs a key: it decides the partition and the order");
  check_size("key", key, key.size(), limits::kMaxEventKeyBytes);
  check_size("type", key, type.size(), limits::kMaxEventTypeBytes);
  check_size("payload", key, payload.size(), limits::kMaxPayloadBytes);
  Part& part = parts_[partition_of(topic_, key)];
  const std::size_t bytes = part.bytes + key.size() + type.size() + payload.size() + limits::kEventOverheadBytes;
  if (part.events.size() >= limits::kMaxAppendEvents || bytes > limits::kMaxAppendBytes) {
    throw Error(ErrorKind::invalid, "too much for one append to topic '" + topic_.name + "': at most " +
                                        std::to_string(limits::kMaxAppendEvents) + " events and " +
                                        std::to_string(limits::kMaxAppendBytes) + " bytes a partition");
  }
  part.bytes = bytes;
  part.events.push_back({std::string(key), std::string(type), schema, std::move(payload)});
  return *this;
}

std::vector<std::uint32_t> NewEvents::partitions() const {
  std::vector<std::uint32_t> numbers;
  for (const auto& [number, part] : parts_) numbers.push_back(number);
  return numbers;
}

void NewEvents::write(std::uint32_t partition, std::string_view publisher, std::chrono::system_clock::time_point now,
                      TopicPartition::AppendParams::Builder out) const {
  const Part& part = parts_.at(partition);
  const auto now_ms =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  auto name = out.initPublisher(static_cast<unsigned>(publisher.size()));
  std::copy(publisher.begin(), publisher.end(), name.begin());
  out.setIdHi(random_word());
  out.setIdLo(random_word());
  auto events = out.initEvents(static_cast<unsigned>(part.events.size()));
  for (unsigned i = 0; i < events.size(); ++i) {
    const One& one = part.events[i];
    events[i].setKey(one.key);
    events[i].setType(one.type);
    events[i].setSchema(one.schema);
    events[i].setPublishedMs(now_ms);
    events[i].setPayload({reinterpret_cast<const capnp::byte*>(one.payload.data()), one.payload.size()});
  }
}

}  // namespace troupe::topic

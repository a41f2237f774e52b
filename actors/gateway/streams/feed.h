// The newest events of one partition of a topic, read once for all streams that have come so far. On the loop.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gateway/streams/event_shapes.h"
#include "gateway/streams/loop.h"
#include "topic/config.h"
#include "troupe/node.h"

namespace troupe::gateway {

// A page of a partition's log: all of its events from `begin` to before `end`.
struct FeedPage {
  std::uint64_t asked = 0;  // from there on; `begin` is past it where retention has removed what was between
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t log_next = 0;  // the log's end when it was read
  struct Event {
    std::uint64_t offset;
    std::string type;
    std::string key;
    std::string members;  // of its JSON; empty: shown to nobody
  };
  std::vector<Event> events;

  [[nodiscard]] bool is_last() const noexcept { return end >= log_next; }
};
using FeedPagePtr = std::shared_ptr<const FeedPage>;

class FeedReader {
 public:
  virtual ~FeedReader() = default;
  virtual void on_page(std::uint32_t partition, const FeedPage& page) = 0;
};

// What all feeds of a topic need, and answers that are still on their way.
struct FeedSource {
  Node& node;
  std::shared_ptr<Loop> loop;
  topic::TopicConfig topic;
  std::shared_ptr<const EventShapes> shapes;
  std::chrono::milliseconds look_every{100};
};
using FeedSourcePtr = std::shared_ptr<const FeedSource>;

class Feed : public std::enable_shared_from_this<Feed> {
 public:
  Feed(FeedSourcePtr source, std::uint32_t partition) : source_(std::move(source)), partition_(partition) {}

  // A page from there on; no events asked for: where the log begins and ends. Null: it could not be read now.
  using OnPage = std::function<void(FeedPagePtr)>;
  void read(std::uint64_t from, bool with_events, OnPage on_page);

  // The reader, which has all before `next`, is told of what comes, page by page, until leave(). False: it lacks what
  // was told to others; it has to read that first.
  [[nodiscard]] bool join(FeedReader& reader, std::uint64_t next);
  void leave(FeedReader& reader) { readers_.erase(&reader); }

 private:
  static constexpr std::uint32_t kPageEvents = 256;
  static constexpr std::uint32_t kPageBytes = 1u << 20;
  static constexpr std::chrono::milliseconds kAfterFailure{500};

  void look();
  void look_later(std::chrono::milliseconds delay);

  const FeedSourcePtr source_;
  const std::uint32_t partition_;
  std::set<FeedReader*> readers_;
  std::uint64_t next_ = 0;
  bool looks_ = false;  // and goes on while there are readers
};

}  // namespace troupe::gateway

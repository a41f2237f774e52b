// EventLog: where the events of one partition lie. The actor that owns a partition decides what is appended and
// removed; a log keeps it. There is one back end per file: rows of the actor's own table (topic/table_log.h), other
// systems beside it. All of them pass the same tests (tests/contract/topic/).
//
// Every function runs in a turn of the partition's actor; append() and trim() in one that keeps others out, the rest
// also beside them. A back end that must block does so in co_await LogHome::blocking(), and never holds a lock across
// it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "topic/topic.capnp.troupe.h"
#include "troupe/actor.h"
#include "troupe/ids.h"
#include "troupe/task.h"

namespace troupe::topic {

using Offset = std::uint64_t;

// What a log holds: events first .. next-1.
struct Extent {
  Offset first = 0;
  Offset next = 0;
  std::uint64_t first_position = 0;  // Event.position of `first`, or what it would be
  std::uint64_t next_position = 0;
  std::uint64_t last_ms = 0;  // Event.timeMs of the newest that ever was

  [[nodiscard]] bool empty() const noexcept { return first == next; }
  [[nodiscard]] std::uint64_t events() const noexcept { return next - first; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return next_position - first_position; }
};

// Events to append: all of them or none.
struct Appending {
  // These events and no others, also when they are appended again because nobody knows whether they were. A log that
  // is not committed with the turn leaves out what it has under this id.
  RequestId id;
  std::string_view publisher;
  capnp::List<NewEvent>::Reader events;  // one at least
  std::uint64_t now_ms = 0;
};

struct Appended {
  Offset first = 0;  // of these events
  Extent extent;
};

struct PageLimit {
  std::uint32_t events = 0;
  std::uint64_t bytes = 0;  // as event_bytes() counts; the first event is given however large it is
};

// Events as they lie in the log, in order and without gaps. `keeps` holds what the readers read from.
struct LogPage {
  std::vector<Event::Reader> events;
  std::shared_ptr<const void> keeps;
};

// What is known of an event without its payload.
struct EventMark {
  std::uint64_t time_ms = 0;
  std::uint64_t position = 0;
};

class EventLog {
 public:
  EventLog() = default;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  virtual ~EventLog() = default;

  [[nodiscard]] virtual Task<Extent> extent() = 0;
  // Offsets follow on each other; Event.timeMs is `now_ms`, or that of the event before if it is later.
  [[nodiscard]] virtual Task<Appended> append(const Appending& events) = 0;
  // From `from` on, which is within the extent; nothing at its end.
  [[nodiscard]] virtual Task<LogPage> read(Offset from, PageLimit limit) = 0;
  // Nothing: there is no such event.
  [[nodiscard]] virtual Task<std::optional<EventMark>> mark(Offset offset) = 0;
  // Removes what lies before `first`, which is within the extent or its end.
  [[nodiscard]] virtual Task<Extent> trim(Offset first) = 0;
};

// What a log may use of the actor it belongs to.
class LogHome {
 public:
  explicit LogHome(Actor& actor) : actor_(actor) {}
  LogHome(const LogHome&) = delete;
  LogHome& operator=(const LogHome&) = delete;

  [[nodiscard]] Actor& actor() const noexcept { return actor_; }
  [[nodiscard]] const std::string& topic() const noexcept { return topic_; }
  [[nodiscard]] std::uint32_t partition() const noexcept { return partition_; }

  // A place for the extent, committed with the turn. For logs that are; others know theirs.
  [[nodiscard]] virtual Extent stored() const = 0;
  virtual void store(const Extent& extent) = 0;

  // As Actor::blocking(): name the lambda, and let it own what it uses.
  template <class F>
  [[nodiscard]] auto blocking(F& work) const {
    return detail::BlockingResult<std::invoke_result_t<F>>(actor_, F(work));
  }

 protected:
  ~LogHome() = default;
  void name(std::string topic, std::uint32_t partition) {
    topic_ = std::move(topic);
    partition_ = partition;
  }

 private:
  Actor& actor_;
  std::string topic_;
  std::uint32_t partition_ = 0;
};

// Makes the log of a partition when its actor is activated; any worker thread. What it throws is a crash.
using LogFactory = std::function<std::unique_ptr<EventLog>(LogHome&)>;

// What an event counts for retention, backlog and positions.
[[nodiscard]] std::uint64_t event_bytes(Event::Reader event) noexcept;
[[nodiscard]] std::uint64_t event_bytes(NewEvent::Reader event, std::string_view publisher) noexcept;

// The first event of the extent that `holds` for, or its end. `holds` must stay true once it is.
[[nodiscard]] Task<Offset> first_where(EventLog& log, const Extent& extent,
                                       const std::function<bool(const EventMark&)>& holds);

}  // namespace troupe::topic

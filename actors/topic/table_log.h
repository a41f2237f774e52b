// TableLog: a partition's events as rows of its actor's table "log", committed with the turn that appends or removes
// them. A row's key is the event's offset, eight bytes, the most significant first; its value an Event.
#pragma once

#include "topic/event_log.h"

namespace troupe::topic {

class TableLog final : public EventLog {
 public:
  explicit TableLog(LogHome& home) : home_(home) {}

  Task<Extent> extent() override;
  Task<Appended> append(const Appending& events) override;
  Task<LogPage> read(Offset from, PageLimit limit) override;
  Task<std::optional<EventMark>> mark(Offset offset) override;
  Task<Extent> trim(Offset first) override;

 private:
  LogHome& home_;
};

[[nodiscard]] LogFactory table_logs();

// The key of an offset's row, in order.
[[nodiscard]] std::string offset_key(Offset offset);

}  // namespace troupe::topic

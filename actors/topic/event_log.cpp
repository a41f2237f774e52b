#include "topic/event_log.h"

#include "topic/limits.h"

namespace troupe::topic {

std::uint64_t event_bytes(Event::Reader event) noexcept {
  return limits::kEventOverheadBytes + event.getKey().size() + event.getType().size() + event.getPublisher().size() +
         event.getPayload().size();
}

std::uint64_t event_bytes(NewEvent::Reader event, std::string_view publisher) noexcept {
  return limits::kEventOverheadBytes + event.getKey().size() + event.getType().size() + publisher.size() +
         event.getPayload().size();
}

Task<Offset> first_where(EventLog& log, const Extent& extent, const std::function<bool(const EventMark&)>& holds) {
  Offset from = extent.first;
  Offset to = extent.next;
  while (from < to) {
    const Offset middle = from + (to - from) / 2;
    const auto mark = co_await log.mark(middle);
    if (mark && holds(*mark)) {
      to = middle;
    } else {
      from = middle + 1;
    }
  }
  co_return from;
}

}  // namespace troupe::topic

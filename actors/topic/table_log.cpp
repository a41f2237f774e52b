#include "topic/table_log.h"

#include <algorithm>
#include <utility>

#include "troupe/table.h"

namespace troupe::topic {
namespace {

constexpr std::string_view kTable = "log";
// Rows of one read of the table; the bytes of a page are bounded between such reads.
constexpr std::size_t kReadRows = 256;

using Rows = std::vector<Table<Event>::Stored>;

}  // namespace

std::string offset_key(Offset offset) {
  std::string key(sizeof offset, '\0');
  for (std::size_t i = key.size(); i-- > 0; offset >>= 8) key[i] = static_cast<char>(offset & 0xff);
  return key;
}

Task<Extent> TableLog::extent() { co_return home_.stored(); }

Task<Appended> TableLog::append(const Appending& appending) {
  Table<Event> table(home_.actor(), kTable);
  Extent extent = home_.stored();
  const Offset first = extent.next;
  extent.last_ms = std::max(extent.last_ms, appending.now_ms);
  for (const auto event : appending.events) {
    table.put(offset_key(extent.next), [&](Event::Builder row) {
      row.setOffset(extent.next);
      row.setTimeMs(extent.last_ms);
      row.setPublishedMs(event.getPublishedMs());
      row.setPosition(extent.next_position);
      row.setSchema(event.getSchema());
      row.setKey(event.getKey());
      row.setType(event.getType());
      auto publisher = row.initPublisher(static_cast<unsigned>(appending.publisher.size()));
      std::copy(appending.publisher.begin(), appending.publisher.end(), publisher.begin());
      row.setPayload(event.getPayload());
    });
    ++extent.next;
    extent.next_position += event_bytes(event, appending.publisher);
  }
  home_.store(extent);
  co_return Appended{first, extent};
}

Task<LogPage> TableLog::read(Offset from, PageLimit limit) {
  Table<Event> table(home_.actor(), kTable);
  auto rows = std::make_shared<Rows>();
  LogPage page;
  std::uint64_t bytes = 0;
  bool more = true;
  while (more && page.events.size() < limit.events) {
    const std::string key = offset_key(from + page.events.size());
    auto read = table.page({.from = key, .limit = std::min(kReadRows, limit.events - page.events.size())});
    more = read.more();
    for (const auto& row : read) {
      bytes += event_bytes(*row);
      if (!page.events.empty() && bytes > limit.bytes) {
        more = false;
        break;
      }
      page.events.push_back(*row);
      rows->push_back(row);
    }
  }
  page.keeps = std::move(rows);
  co_return page;
}

Task<std::optional<EventMark>> TableLog::mark(Offset offset) {
  const auto row = Table<Event>(home_.actor(), kTable).get(offset_key(offset));
  if (!row) co_return std::optional<EventMark>();
  co_return std::optional<EventMark>({(*row)->getTimeMs(), (*row)->getPosition()});
}

Task<Extent> TableLog::trim(Offset first) {
  Table<Event> table(home_.actor(), kTable);
  Extent extent = home_.stored();
  if (first <= extent.first) co_return extent;
  first = std::min(first, extent.next);
  const auto mark = co_await this->mark(first);
  for (Offset offset = extent.first; offset < first; ++offset) table.erase(offset_key(offset));
  extent.first = first;
  extent.first_position = mark ? mark->position : extent.next_position;
  home_.store(extent);
  co_return extent;
}

LogFactory table_logs() {
  return [](LogHome& home) { return std::make_unique<TableLog>(home); };
}

}  // namespace troupe::topic

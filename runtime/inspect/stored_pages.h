// Listings of a store's rows, page by page: what all of them share.
#pragma once

#include <capnp/blob.h>

#include <string>

#include "inspect/key_text.h"
#include "inspect/stored_names.h"
#include "observe/row_source.h"
#include "store/store.h"

namespace troupe::inspect {

// In a row's key: the receiver as a hash, then the message's number.
inline constexpr std::size_t kChannelBytes = 16;
inline constexpr std::size_t kNumberBytes = 8;

[[nodiscard]] inline std::string text(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

[[nodiscard]] inline Error no_cursor() {
  return Error(ErrorKind::invalid, "\"after\" is not a cursor that this listing gave");
}

// The part of a range that comes after a cursor: before it, when read backward.
[[nodiscard]] inline Result<store::KeyRange> go_on(store::KeyRange range, const std::string& after,
                                                   bool backward = false) {
  if (after.empty()) return range;
  const auto key = from_hex(after);
  if (!key || *key < range.first || *key >= range.past) return no_cursor();
  if (backward) {
    range.past = *key;
  } else {
    range.first = store::key_after(*key);
  }
  return range;
}

// Adds the range's rows to the page as lines, up to its limit; `line` makes one of a record. True: there is more.
template <class Line, class MakeLine>
[[nodiscard]] Result<bool> fill(const store::Store& store, const store::KeyRange& range, std::size_t limit,
                                bool backward, observe::PageOf<Line>& page, MakeLine&& line) {
  store::KeyRange rest = range;
  for (;;) {
    auto read = store.read_page(rest, limit - page.lines.size() + 1, backward);
    if (!read.ok()) return read.error();
    for (const auto& record : read->records) {
      if (page.lines.size() == limit) return true;
      auto made = line(record);
      if (!made.ok()) return made.error();
      page.lines.push_back(std::move(*made));
      page.next = to_hex(record.key);
    }
    if (!read->more || read->records.empty()) return false;
    const std::string& last = read->records.back().key;
    (backward ? rest.past : rest.first) = backward ? last : store::key_after(last);
  }
}

template <class Line>
[[nodiscard]] observe::PageOf<Line> ended(observe::PageOf<Line> page, bool more) {
  if (!more) page.next.clear();
  return page;
}

}  // namespace troupe::inspect

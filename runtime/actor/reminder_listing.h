// What reminders a store holds, for looking at: of a live node or of one that is down. Any thread; reads as it goes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/store.h"
#include "troupe/error.h"

namespace troupe::actor {

struct StoredReminder {
  std::uint64_t service = 0;
  std::string key;  // the actor's
  std::string name;
  std::uint64_t due_ms = 0;
  std::uint64_t period_ms = 0;  // 0: once
};

// Of one actor, by name; those whose names come after `after`.
[[nodiscard]] Result<std::vector<StoredReminder>> reminders_of(const store::Store& store, const store::RowOwner& owner,
                                                               std::size_t limit, std::string_view after = {});
// Of all actors, the earliest first; those due at `from_ms` or later.
[[nodiscard]] Result<std::vector<StoredReminder>> reminders_by_time(const store::Store& store, std::size_t limit,
                                                                    std::uint64_t from_ms = 0);

}  // namespace troupe::actor

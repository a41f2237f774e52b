// The two rows of a reminder: one in the order of time, one by name. Pure functions; any thread.
//
//   reminder        [u16 partition][u8 kind][u64 due_ms][u64 service][u16 length of the actor's key][the actor's
//   key][name]
//                   no value
//   reminder_name   row_key(reminder_name, actor, name), value rows::Reminder
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actor/effects.h"
#include "store/keys.h"
#include "troupe/error.h"

namespace troupe::actor {

struct DueKey {
  PartitionId partition = 0;
  std::uint64_t due_ms = 0;
  std::uint64_t service = 0;
  std::string key;
  std::string name;
};

[[nodiscard]] std::string due_key(const store::RowOwner& owner, std::uint64_t due_ms, std::string_view name);
[[nodiscard]] Result<DueKey> parse_due_key(std::string_view bytes);
// The row in the order of time that belongs to a row by name. Throws `corrupt`.
[[nodiscard]] std::string due_key_of(const RowValue& by_name, std::string_view key);

}  // namespace troupe::actor

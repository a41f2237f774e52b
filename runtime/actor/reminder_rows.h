// The two rows of a reminder: one in the order of time, one by name. Pure functions; any thread.
//
//   reminder        [u16 partition][u8 kind][u64 due_ms][u64 service][u16 length of the actor's key][the actor's
//                   key][name], value [u64 which setting of it this is], all big-endian
//   reminder_name   row_key(reminder_name, actor, name), value rows::Reminder
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "actor/effects.h"
#include "store/format/keys.h"
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
// What the keys of a partition's reminders begin with that are due at `due_ms`; those due later are greater.
[[nodiscard]] std::string due_prefix(PartitionId partition, std::uint64_t due_ms);
// Of a key that parse_due_key() takes; 0 for a shorter one.
[[nodiscard]] std::uint64_t due_of(std::string_view due_key) noexcept;
// Whether a durable key is that of a row in the order of time.
[[nodiscard]] bool is_due_key(std::string_view key) noexcept;
// The value of such a row. Two settings of a reminder for the same time are two, although their keys are equal.
[[nodiscard]] RowValue due_row(std::uint64_t setting);
[[nodiscard]] std::uint64_t setting_of(std::span<const std::byte> due_row) noexcept;
// The row in the order of time that belongs to a row by name. Throws `corrupt`.
[[nodiscard]] std::string due_key_of(const RowValue& by_name, std::string_view key);

}  // namespace troupe::actor

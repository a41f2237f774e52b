// The commands on what actors keep beside their states: messages, dead letters, tables, reminders, earlier states; and
// erasing an actor. Each gives what it was told, as tables or as JSON, or throws a Failure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "stored_data.h"

namespace troupe::tool {

struct StoredDataOptions {
  std::string actor;  // empty: all
  std::string table;
  std::string from;  // of row keys, \xNN for bytes that cannot be typed
  std::string prefix;
  bool backward = false;
  std::size_t limit = 100;
  std::optional<std::uint64_t> number;  // of a dead letter
  std::optional<std::uint64_t> at;      // of an edit
  bool all = false;
  bool diff = false;
  bool yes = false;
};

[[nodiscard]] std::string show_outbox(const StoredData& kept, const StoredDataOptions& options, bool json);
[[nodiscard]] std::string show_messages(const StoredData& kept, const StoredDataOptions& options, bool json);
[[nodiscard]] std::string show_dead_letters(const StoredData& kept, const StoredDataOptions& options, bool json);
[[nodiscard]] std::string show_dead_letter(const StoredData& kept, const StoredDataOptions& options, bool json);
[[nodiscard]] std::string show_tables(const StoredData& kept, const StoredDataOptions& options, bool json);
[[nodiscard]] std::string show_reminders(const StoredData& kept, const StoredDataOptions& options, bool json);
[[nodiscard]] std::string show_history(const StoredData& kept, const StoredDataOptions& options, bool json);

// One dead letter, every one of an actor, or every one there is: the last two only with `yes`. `what`: retry or drop.
[[nodiscard]] std::string end_dead_letters(const Nodes& nodes, const StoredDataOptions& options,
                                           const std::string& what, bool json);
// Without `yes` it says what would go, and fails.
[[nodiscard]] std::string erase_actor(const Nodes& nodes, const StoredDataOptions& options, bool json);

}  // namespace troupe::tool

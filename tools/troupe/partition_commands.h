// The commands that move partitions by hand: partitions move, force and drop, and rebalance. Each gives what was done,
// as text or as JSON, or throws a Failure.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "db_commands.h"
#include "nodes.h"
#include "stored_data_command_line.h"

namespace troupe::tool {

struct MoveByHandOptions {
  std::string partitions;  // "7", "7-20", "7,9,12-14"
  std::string to;          // the member
  bool wait = true;        // until they are there
  bool dry_run = false;    // of rebalance
  bool accept_loss = false;
  long timeout_ms = 300'000;  // of the wait
};

// "7,9,12-14" as numbers, each once. Throws a usage Failure for what is none.
[[nodiscard]] std::vector<std::uint32_t> partitions_in(const std::string& text);

// Orders at any node that answers; those that were ordered before one was refused are named with the refusal.
[[nodiscard]] std::string move_partitions(const Nodes& nodes, const MoveByHandOptions& options, bool json);
// Only with `accept_loss`.
[[nodiscard]] std::string force_partitions(const Nodes& nodes, const MoveByHandOptions& options, bool json);
[[nodiscard]] std::string rebalance(const Nodes& nodes, const MoveByHandOptions& options, bool json);
// From the store of a stopped node; only with `accept_loss`.
[[nodiscard]] std::string drop_partitions_of(const Files& files, const MoveByHandOptions& options, bool json);

// Adds move, force and drop below `partitions`, and rebalance to the top.
void add_partition_commands(CLI::App& app, CLI::App& partitions, MoveByHandOptions& options, Files& files,
                            const AddCommand& add, const std::function<Nodes()>& nodes, const bool& json);

}  // namespace troupe::tool

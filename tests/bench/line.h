// A line of the benchmark: one question, asked of Troupe and of the library a user would otherwise take, in the same
// unit. Each side is measured in a process of its own (see own_process.h), so that neither sees the other's threads or
// heap.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace troupe::bench {

// How much of it to do. A side warms up for a tenth of `time` first.
struct Effort {
  std::chrono::nanoseconds time{std::chrono::seconds(1)};
  std::uint32_t activations = 1'000'000;
  std::filesystem::path dir;  // empty, and this side's alone
  bool apart = true;          // near and far side have processors of their own (apart.h)
  // Operations a transaction, on average. Our side of a line whose baseline writes in the same batches sets it; the
  // baseline reads it, and takes its own when it is 0.
  double* batch = nullptr;
};

// Gives the figure in the line's unit. Throws a std::exception that says what went wrong.
using Side = double (*)(const Effort&);

struct Goal {
  enum class Sense : unsigned char { at_least, at_most };
  Sense sense;
  double ratio;
};

struct Line {
  std::string_view name;
  std::string_view unit;
  std::string_view baseline_name;
  std::string_view about;  // for --help
  Goal goal;
  int max_rounds;  // a line that takes long and hardly varies asks for few
  Side ours;
  Side baseline;
};

[[nodiscard]] std::span<const Line> all_lines();
// Null when there is none of this name.
[[nodiscard]] const Line* find_line(std::string_view name);

}  // namespace troupe::bench

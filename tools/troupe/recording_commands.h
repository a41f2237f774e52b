// The commands about recorded turns: `record start`, `stop` and `ls` of nodes that run; `crashes ls`, `crashes get`,
// `crashes test` and `replay`, which read files, also of nodes that do not. Each gives what it found, or throws a
// Failure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "stored_data_command_line.h"

namespace troupe::tool {

struct RecordingOptions {
  std::string file;   // as `crashes ls` names it, or a path
  std::string actor;  // empty: of all
  std::size_t turns = 100;
  std::size_t bytes = std::size_t{4} << 20;
};

// `nodes` and `json` are asked when the command runs.
void add_recordings(CLI::App& app, RecordingOptions& options, const AddCommand& add,
                    const std::function<Nodes()>& nodes, const bool& json);

[[nodiscard]] std::string start_recording(const Nodes& nodes, const RecordingOptions& options, bool json);
[[nodiscard]] std::string stop_recording(const Nodes& nodes, const RecordingOptions& options, bool json);
[[nodiscard]] std::string show_recordings(const Nodes& nodes, bool json);
[[nodiscard]] std::string show_crash_files(const Nodes& nodes, const RecordingOptions& options, bool json);
[[nodiscard]] std::string show_recorded_turns(const std::string& file, bool json);
// A test that fails until the crash is mended.
[[nodiscard]] std::string test_of_crash(const std::string& file);

}  // namespace troupe::tool

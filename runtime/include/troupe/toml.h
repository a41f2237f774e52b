// Configuration from TOML: a node's, how it joins a cluster, and its supervision tree. Component `toml`, target
// Troupe::toml. The only public header that includes toml++. runtime/doc/configuration.md has every key.
//
// What is wrong is thrown as Error `invalid`: "FILE:LINE: " and what is wrong with which key, of which table; a key
// that nobody knows is wrong. Relative paths start at the file's directory. Any thread.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "troupe/node.h"

namespace troupe {

// Names the directory of a coordinator of kind "file" to nodes whose configuration has that kind and no directory:
// `troupe up` does for its processes.
inline constexpr const char* kCoordinatorVariable = "TROUPE_COORDINATOR";

// What a [node] table says, over the defaults of NodeConfig. `node`: which of the table's members this is, whose
// `data_dir` it takes, so that all nodes of a cluster read one file; empty: the one of the table's `name`. What a node
// itself refuses, a name twice among the members, say, its constructor throws.
[[nodiscard]] NodeConfig node_config_from_toml(const toml::table& table, const std::filesystem::path& file,
                                               std::string_view node = {});

// What a table [join] of a program's own file says, with the keys of [node.join], over `defaults`.
[[nodiscard]] JoinConfig join_config_from_toml(const toml::table& table, const std::filesystem::path& file,
                                               JoinConfig defaults = {});

// The tree that a [supervision] table declares, checked; services are named, and looked for by Node::start().
[[nodiscard]] Supervision supervision_from_toml(const toml::table& table, const std::filesystem::path& file);

// What the tables [node.calls.NAME] say; `table` is the one that holds them.
[[nodiscard]] std::vector<CoveredCalls> calls_from_toml(const toml::table& table, const std::filesystem::path& file);

struct NodeFile {
  NodeConfig config{};
  std::optional<Supervision> supervision{};
};
// A file with [node], perhaps [supervision], and nothing else. `not_found`: there is no such file.
[[nodiscard]] NodeFile read_node_file(const std::filesystem::path& file, std::string_view node = {});

}  // namespace troupe

// The commands that ask running nodes. Each prints what it was told, as tables or as JSON, or throws a Failure.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "nodes.h"

namespace troupe::tool {

struct ListOptions {
  std::string service;
  std::string prefix;
  std::size_t limit = 100;
  bool rows = false;  // of files: also what each keeps beside its record
};

struct CallOptions {
  std::string actor;
  std::string method;
  std::string json;  // "-": read from standard input
  std::chrono::milliseconds timeout{10'000};
};

// kUnreachable when one does not answer.
[[nodiscard]] Shown show_nodes(const Nodes& nodes, bool json);
[[nodiscard]] std::string show_list(const Nodes& nodes, const ListOptions& options, bool json);
[[nodiscard]] std::string show_overload(const Nodes& nodes, bool json);
[[nodiscard]] std::string show_links(const Nodes& nodes, bool json);
[[nodiscard]] std::string show_services(const Nodes& nodes, bool json);
// kFailed when one is not well.
[[nodiscard]] Shown show_health(const Nodes& nodes, bool json);
[[nodiscard]] std::string show_turns(const Nodes& nodes, std::chrono::milliseconds over, bool json);
[[nodiscard]] std::string show_metrics(const Nodes& nodes, bool json);
// graph_commands.cpp: edges of all nodes, added up, the busiest first; as JSON what each node says.
[[nodiscard]] std::string show_graph(const Nodes& nodes, bool json);
// kNotFound when it never was.
[[nodiscard]] Shown show_actor(const Nodes& nodes, const std::string& actor, bool json);
[[nodiscard]] std::string show_state(const Nodes& nodes, const std::string& actor, bool json);
[[nodiscard]] std::string show_call(const Nodes& nodes, const CallOptions& options, bool json);

}  // namespace troupe::tool

// Changes of the cluster as they come: what the nodes say is asked for again and again, and what differs is a line.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nodes.h"

namespace troupe::tool {

struct WatchOptions {
  bool on = false;
  double interval_s = 1;
};

// What is known of one thing: its fields, in words.
using Fields = std::map<std::string, std::string>;
// By kind and name: {"member", "shop-1"}.
using Facts = std::map<std::pair<std::string, std::string>, Fields>;

// What several nodes say of one thing is what it says itself, if it was asked, else what the first of them says.
[[nodiscard]] Facts member_facts(const std::vector<Answer>& answers);
[[nodiscard]] Facts partition_facts(const std::vector<Answer>& answers);
[[nodiscard]] Facts service_facts(const std::vector<Answer>& answers);

// A line for each thing that came, went or is otherwise, with the time. Pure.
[[nodiscard]] std::string changes(const Facts& before, const Facts& after, std::uint64_t at_ms, bool json);

// Asks for `path` and prints what changed, until SIGINT or SIGTERM ends the process with kDone. A node that stops
// answering is a line, and what it had said stands until it answers again. Returns when nobody reads any more.
[[nodiscard]] int watch(const std::function<Nodes()>& nodes, const std::string& path,
                        const std::function<Facts(const std::vector<Answer>&)>& facts, const WatchOptions& options,
                        bool json);

}  // namespace troupe::tool

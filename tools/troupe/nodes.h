// Which nodes are meant, and how they are asked: by socket, by data directory, or by the directory that holds one data
// directory per node. What is asked of an actor goes to the node it lives on.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "failure.h"

namespace troupe::tool {

struct Selection {
  std::string node;  // --node: a socket, a data directory, or with `data` the name of one in it
  std::string data;  // --data
};

struct Answer {
  std::string node;  // who answered; empty where it was not asked for
  Json body;
};

class Nodes {
 public:
  // Throws a usage Failure when nothing names a node.
  explicit Nodes(const Selection& selection, std::chrono::milliseconds timeout);

  // The data directories chosen, also those of stopped nodes.
  [[nodiscard]] const std::vector<std::filesystem::path>& places() const noexcept { return places_; }

  // Each throws the Failure that the node answered with, or kUnreachable.
  [[nodiscard]] Json get(const std::filesystem::path& place, const std::string& path) const;
  // From every node chosen that runs; at least one does.
  [[nodiscard]] std::vector<Answer> get_all(const std::string& path) const;
  // GET /tree: of the tree of processes that keeps its socket in --data, and of every node chosen that runs.
  [[nodiscard]] std::vector<Answer> get_trees() const;
  // To every node chosen that runs; what the first that fails says is thrown.
  [[nodiscard]] std::vector<Answer> post_all(const std::string& path) const;
  // From the node the actor lives on.
  [[nodiscard]] Json get_actor(const std::string& path) const;
  // The same, to change something there.
  [[nodiscard]] Json post_actor(const std::string& path) const;
  // To any node that runs: calls find their way. `timeout` is the call's.
  [[nodiscard]] Json post(const std::string& path, const std::string& body, std::chrono::milliseconds timeout) const;

 private:
  [[nodiscard]] Json ask(const std::filesystem::path& place, const std::string& method, const std::string& path,
                         const std::string& body, std::chrono::milliseconds timeout) const;
  [[nodiscard]] Json ask_owner(const std::string& method, const std::string& path) const;
  [[nodiscard]] std::vector<Answer> ask_all(const std::vector<std::filesystem::path>& places,
                                            const std::string& path) const;
  [[nodiscard]] std::vector<std::filesystem::path> running() const;
  [[nodiscard]] std::filesystem::path place_of(const std::string& owner, const std::filesystem::path& asked) const;

  std::vector<std::filesystem::path> places_;
  std::filesystem::path tree_;  // the socket of a tree of processes beside them; empty: there is none
  std::chrono::milliseconds timeout_;
};

// "Stock/sku-1" as a path of the admin API. Throws a usage Failure when it is no actor.
[[nodiscard]] std::string actor_path(const std::string& actor);
struct ActorName {
  std::string service;
  std::string key;
};
[[nodiscard]] ActorName actor_name(const std::string& actor);

}  // namespace troupe::tool

// Which nodes are meant, and how they are asked: by socket, by data directory, or by the directory that holds one data
// directory per node. What is asked of an actor goes to the node it lives on. Nodes are asked side by side, and one
// that does not answer is never left out in silence: it is noted in SilentNodes.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "failure.h"
#include "silent_nodes.h"

namespace troupe::tool {

struct Selection {
  std::string node;  // --node: a socket, a data directory, or with `data` the name of one in it
  std::string data;  // --data
};

struct Answer {
  std::string node;  // who answered; empty where it was not asked for
  Json body;
};

// What became of a question to one place.
struct Asked {
  std::string name;  // of its directory, until it has said its own
  std::optional<Json> body;
  std::optional<Failure> failed;  // where there is no body
};

class Nodes {
 public:
  // Throws a usage Failure when nothing names a node. `silent` outlives it.
  Nodes(const Selection& selection, std::chrono::milliseconds timeout, SilentNodes& silent);

  [[nodiscard]] std::chrono::milliseconds timeout() const noexcept { return timeout_; }
  // The data directories chosen, also those of stopped nodes.
  [[nodiscard]] const std::vector<std::filesystem::path>& places() const noexcept { return places_; }

  // Throws the Failure that the node answered with, or kUnreachable.
  [[nodiscard]] Json get(const std::filesystem::path& place, const std::string& path) const;
  // Every place chosen, in their order, whatever came of it; none is noted.
  [[nodiscard]] std::vector<Asked> ask_each(const std::string& path) const;

  // From every node chosen that answers; at least one does, else it throws.
  [[nodiscard]] std::vector<Answer> get_all(const std::string& path) const;
  // GET /tree: of the tree of processes that keeps its socket in --data, and of every node chosen.
  [[nodiscard]] std::vector<Answer> get_trees() const;
  // To every node chosen, to change something there.
  [[nodiscard]] std::vector<Answer> post_all(const std::string& path) const;
  // The same, whatever came of it; none is noted.
  [[nodiscard]] std::vector<Asked> post_each(const std::string& path) const;
  // The same, to the tree of processes too; none is noted.
  [[nodiscard]] std::vector<Asked> post_trees(const std::string& path) const;
  // That it did not answer.
  void note(const Asked& asked) const;
  // Pages: `read` is given each node that answers, and how to ask it, and may ask again and again.
  using Get = std::function<Json(const std::string& path)>;
  void read_each(const std::function<void(const std::string& node, const Get& get)>& read) const;

  // From any node that answers, where all know the same.
  [[nodiscard]] Json get_any(const std::string& path) const;
  // From the node the actor lives on.
  [[nodiscard]] Json get_actor(const std::string& path) const;
  // The same, to change something there.
  [[nodiscard]] Json post_actor(const std::string& path) const;
  // To any node that answers: calls find their way. `timeout` is the call's.
  [[nodiscard]] Json post(const std::string& path, const std::string& body, std::chrono::milliseconds timeout) const;

 private:
  using Places = std::vector<std::filesystem::path>;
  [[nodiscard]] Json ask(const std::filesystem::path& place, const std::string& method, const std::string& path,
                         const std::string& body, std::chrono::milliseconds timeout) const;
  [[nodiscard]] Json ask_owner(const std::string& method, const std::string& path) const;
  [[nodiscard]] std::vector<Asked> ask_each(const Places& places, const std::string& method,
                                            const std::string& path) const;
  [[nodiscard]] std::vector<Answer> answers_of(std::vector<Asked> asked) const;
  [[nodiscard]] Places with_tree() const;
  [[nodiscard]] std::filesystem::path one_that_answers() const;
  [[nodiscard]] std::filesystem::path place_of(const std::string& owner, const std::filesystem::path& asked) const;

  Places places_;
  std::filesystem::path tree_;  // the socket of a tree of processes beside them; empty: there is none
  std::chrono::milliseconds timeout_;
  SilentNodes* silent_;
};

// [{"node": "shop-1", ...}]
[[nodiscard]] std::string as_json(const std::vector<Answer>& answers);

// "Stock/sku-1" as a path of the admin API. Throws a usage Failure when it is no actor.
[[nodiscard]] std::string actor_path(const std::string& actor);
struct ActorName {
  std::string service;
  std::string key;
};
[[nodiscard]] ActorName actor_name(const std::string& actor);

}  // namespace troupe::tool

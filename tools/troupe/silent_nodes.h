// The nodes that a command asked and that did not answer, each with the cause. What the command prints is then not all
// there is: main() shows them behind it, and ends with kUnreachable. Not for several threads.
#pragma once

#include <string>
#include <vector>

#include "failure.h"

namespace troupe::tool {

class SilentNodes {
 public:
  // The last cause of a node counts.
  void add(const std::string& node, const Failure& why);
  void forget() noexcept { nodes_.clear(); }
  [[nodiscard]] bool empty() const noexcept { return nodes_.empty(); }

  // A line each.
  [[nodiscard]] std::string text() const;
  // [{"node": "shop-2", "error": {...}}]
  [[nodiscard]] Json json() const;

 private:
  struct Node {
    std::string name;
    Failure why;
  };
  std::vector<Node> nodes_;
};

}  // namespace troupe::tool

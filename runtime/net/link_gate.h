// Which peers can be reached, where a test parts nodes from each other. A link whose gate shuts is cut without a word,
// none is made while it is shut.
#pragma once

#include <string>

namespace troupe::net {

class LinkGate {
 public:
  // Any thread; must not block.
  [[nodiscard]] virtual bool open(const std::string& peer) const noexcept = 0;

 protected:
  ~LinkGate() = default;
};

}  // namespace troupe::net

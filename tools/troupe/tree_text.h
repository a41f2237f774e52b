// A supervision tree for people: of the actors of a node, or of processes. Pure.
#pragma once

#include <string>

#include "failure.h"

namespace troupe::tool {

// `tree`: the member "supervision" of GET /tree. One line for a child, what is below a supervisor indented.
[[nodiscard]] std::string show_supervision(const Json& tree);

}  // namespace troupe::tool

// The comments of a schema file, for the documents of an API that is offered by it.
#pragma once

#include <vector>

#include "model.h"
#include "nodes.h"

namespace troupe::schema {

// Of the types of the file and their members, the parameters and results of methods among them; those that have one.
[[nodiscard]] std::vector<Comment> comments_in(const Nodes& nodes, const Node& file);

[[nodiscard]] bool any_route(const std::vector<Service>& services);

}  // namespace troupe::schema

// A gateway in a process of its own, on a client of a cluster whose owner is another.
#pragma once

#include <string>
#include <vector>

namespace troupe::bazaar {

// `arguments`: a folder, the owner's port, the client's, the gateway's. Until stdin ends.
int run_gateway(const std::vector<std::string>& arguments);

}  // namespace troupe::bazaar

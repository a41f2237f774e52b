// What is wrong with a node, by all that look at it.
#pragma once

#include <vector>

#include "host/node_parts.h"
#include "troupe/node.h"

namespace troupe::host {

// What the watch sees, and supervisors that gave up: what they have to keep running does not run.
[[nodiscard]] std::vector<Health::Fault> faults_of(NodeParts& running);
// Services whose own checks find something wrong.
[[nodiscard]] std::vector<Health::SickService> sick_services_of(NodeParts& running);

}  // namespace troupe::host

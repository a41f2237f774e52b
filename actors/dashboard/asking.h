// Questions to nodes, and their answers as the pages take them:
//   {"node": "shop-1", "path": "/node", "atMs": 1763635000123, "tookMs": 2, "status": 200, "body": {...}}
// or, when there is no answer or one that is an error, "error" instead of "body", as the admin API has it. Any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dashboard/dashboard.h"

namespace troupe::dashboard {

[[nodiscard]] bool answers(const ShownNode& node, std::string_view path);
// Blocks as long as the node does, at most `patience`. No exception leaves it.
[[nodiscard]] std::string asked(const ShownNode& node, std::string_view method, const std::string& path,
                                Milliseconds patience) noexcept;
// Every node that answers any of `paths` is asked for them, side by side; `take` is called with each answer, on several
// threads. A node that does not answer in time is not asked for the rest: `take` is given the same error.
void ask_all(const std::vector<ShownNode>& nodes, const std::vector<std::string>& paths, Milliseconds patience,
             const std::function<void(const std::string& path, const std::string& answer)>& take);

}  // namespace troupe::dashboard

// The admin socket of a tree of processes: GET /node and GET /tree as a node answers them, so that `troupe tree` shows
// it like the tree of a node.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "observe/admin_server.h"
#include "troupe/error.h"
#include "troupe/log.h"
#include "troupe/supervision.h"

namespace troupe::processes {

[[nodiscard]] observe::AdminAnswer answer(const std::string& name, const ChildView& tree,
                                          const observe::AdminRequest& request);

// Serves `directory`/admin.sock until it is destroyed. `view` is called on threads of the server. Throws what
// AdminServer::start() says.
[[nodiscard]] std::unique_ptr<observe::AdminServer> serve_tree(const std::string& name,
                                                               const std::filesystem::path& directory, LogSink log,
                                                               std::function<ChildView()> view);

}  // namespace troupe::processes

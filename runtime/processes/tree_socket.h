// The socket of a tree of processes: GET /node and GET /tree as the admin socket of a node answers them, so that
// `troupe tree` shows it like the tree of a node. Its name is another, for the directory may hold those of nodes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "observe/admin_server.h"
#include "troupe/log.h"
#include "troupe/supervision.h"

namespace troupe::processes {

inline constexpr const char* kTreeSocketName = "processes.sock";

[[nodiscard]] observe::AdminAnswer answer(const std::string& name, const ChildView& tree,
                                          const observe::AdminRequest& request);

// Serves `directory`/processes.sock until it is destroyed. `view` is called on threads of the server. Throws what
// AdminServer::start() says: `unavailable` when another tree serves it.
[[nodiscard]] std::unique_ptr<observe::AdminServer> serve_tree(const std::string& name,
                                                               const std::filesystem::path& directory, LogSink log,
                                                               std::function<ChildView()> view);

}  // namespace troupe::processes

// The socket of a tree of processes: GET /node, GET /tree and POST /tree/restart as the admin socket of a node answers
// them, so that `troupe tree` treats it like the tree of a node. Its name is another, for the directory may hold those
// of nodes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "observe/admin_server.h"
#include "troupe/log.h"
#include "troupe/supervision.h"

namespace troupe::processes {

inline constexpr const char* kTreeSocketName = "processes.sock";

[[nodiscard]] observe::AdminAnswer answer(const std::string& name, const ChildView& tree,
                                          const observe::AdminRequest& request);

// Called on threads of the server; restart() may throw an Error.
struct ServedTree {
  std::function<ChildView()> view;
  std::function<void(const std::string& path)> restart;
  // Of the host program: ProcessTreeOptions::admin.
  std::string more_path;
  std::function<std::pair<int, std::string>(std::string_view method, std::string_view target)> more;
};

// Serves `directory`/processes.sock until it is destroyed. Throws what AdminServer::start() says: `unavailable` when
// another tree serves it.
[[nodiscard]] std::unique_ptr<observe::AdminServer> serve_tree(const std::string& name,
                                                               const std::filesystem::path& directory, LogSink log,
                                                               ServedTree tree);

}  // namespace troupe::processes

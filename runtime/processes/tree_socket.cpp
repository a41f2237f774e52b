#include "processes/tree_socket.h"

#include <utility>

#include "observe/views_json.h"

namespace troupe::processes {

observe::AdminAnswer answer(const std::string& name, const ChildView& tree, const observe::AdminRequest& request) {
  using observe::Json;
  const auto refuse = [](int status, const char* kind, const std::string& message) {
    const Json error = {{"kind", kind}, {"code", ""}, {"message", message}, {"mayHaveRun", false}};
    return observe::AdminAnswer{status, Json{{"error", error}}.dump()};
  };
  if (request.method != "GET") return refuse(400, "invalid", "a tree of processes is read with GET");
  if (request.target == "/node") return {200, Json{{"name", name}, {"processes", true}}.dump()};
  if (request.target == "/tree") {
    const Json body = {{"name", name},   {"strategy", ""}, {"policy", ""},      {"children", 0},
                       {"restarts", 0},  {"givenUp", 0},   {"supervisors", Json::array()},
                       {"supervision", observe::to_json(tree)}};
    return {200, body.dump()};
  }
  return refuse(404, "not_found", "'" + name + "' is a tree of processes and answers /node and /tree; ask one of its nodes for " +
                                      std::string(request.target));
}

std::unique_ptr<observe::AdminServer> serve_tree(const std::string& name, const std::filesystem::path& directory,
                                                 LogSink log, std::function<ChildView()> view) {
  auto server = observe::AdminServer::start(
      {.socket = directory / observe::kAdminSocketName, .log = std::move(log)},
      [name, view = std::move(view)](const observe::AdminRequest& request) { return answer(name, view(), request); });
  return std::move(server).value();
}

}  // namespace troupe::processes

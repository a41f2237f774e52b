#include "processes/tree_socket.h"

#include <unistd.h>

#include <utility>

#include "observe/views_json.h"

namespace troupe::processes {

using observe::Json;

observe::AdminAnswer answer(const std::string& name, const ChildView& tree, const observe::AdminRequest& request) {
  const auto dumped = [](const Json& body) { return body.dump(-1, ' ', false, Json::error_handler_t::replace); };
  const auto refuse = [&](int status, const Error& error) {
    return observe::AdminAnswer{status, dumped({{"error", observe::to_json(error)}})};
  };
  if (request.method != "GET") return refuse(400, Error(ErrorKind::invalid, "a tree of processes answers GET alone"));
  if (request.target == "/node") return {200, dumped({{"name", name}, {"kind", "processes"}, {"pid", ::getpid()}})};
  if (request.target == "/tree")
    return {200, dumped({{"name", name}, {"kind", "processes"}, {"supervision", observe::to_json(tree)}})};
  return refuse(404, Error(ErrorKind::not_found, "'" + name + "' is a tree of processes and answers /node and /tree; " +
                                                     "ask one of its nodes for " + std::string(request.target)));
}

std::unique_ptr<observe::AdminServer> serve_tree(const std::string& name, const std::filesystem::path& directory,
                                                 LogSink log, std::function<ChildView()> view) {
  observe::AdminServerOptions options;
  options.socket = directory / kTreeSocketName;
  options.log = std::move(log);
  return observe::AdminServer::start(std::move(options),
                                     [name, view = std::move(view)](const observe::AdminRequest& request) {
                                       return answer(name, view(), request);
                                     })
      .value();
}

}  // namespace troupe::processes

#include "processes/tree_socket.h"

#include <unistd.h>

#include <utility>

#include "observe/answering.h"

namespace troupe::processes {

using observe::Json;

namespace {

observe::AdminAnswer restart(const ServedTree& tree, const observe::AdminRequest& request) {
  auto target = observe::parse_target(request.target);
  if (!target.ok()) return observe::fail(target.error());
  if (target->path != std::vector<std::string>{"tree", "restart"})
    return observe::fail(Error(ErrorKind::not_found, "a tree of processes takes POST /tree/restart?id= alone"));
  if (auto known = observe::only(*target, {"id"}); !known.ok()) return observe::fail(known.error());
  const std::string id = observe::word(*target, "id");
  try {
    tree.restart(id);
    return observe::ok({{"restarted", id}});
  } catch (const Error& error) {
    return observe::fail(error);
  }
}

observe::AdminAnswer more(const ServedTree& tree, const observe::AdminRequest& request) {
  try {
    auto [status, json] = tree.more(request.method, request.target);
    return {status, std::move(json)};
  } catch (const Error& error) {
    return observe::fail(error);
  } catch (const std::exception& error) {
    return observe::fail(Error(ErrorKind::failed, std::string("ProcessTreeOptions::admin threw: ") + error.what()));
  }
}

}  // namespace

observe::AdminAnswer answer(const std::string& name, const ChildView& tree, const observe::AdminRequest& request) {
  if (request.method != "GET")
    return observe::fail(Error(ErrorKind::invalid, "a tree of processes answers GET alone"), 400);
  if (request.target == "/node") return observe::ok({{"name", name}, {"kind", "processes"}, {"pid", ::getpid()}});
  if (request.target == "/tree")
    return observe::ok({{"name", name}, {"kind", "processes"}, {"supervision", observe::to_json(tree)}});
  return observe::fail(
      Error(ErrorKind::not_found, "'" + name + "' is a tree of processes and answers /node and /tree; " +
                                      "ask one of its nodes for " + std::string(request.target)),
      404);
}

std::unique_ptr<observe::AdminServer> serve_tree(const std::string& name, const std::filesystem::path& directory,
                                                 LogSink log, ServedTree tree) {
  observe::AdminServerOptions options;
  options.socket = directory / kTreeSocketName;
  options.log = std::move(log);
  return observe::AdminServer::start(
             std::move(options),
             [name, tree = std::move(tree)](const observe::AdminRequest& request) {
               if (tree.more && !tree.more_path.empty() && request.target.starts_with(tree.more_path))
                 return more(tree, request);
               return request.method == "POST" ? restart(tree, request) : answer(name, tree.view(), request);
             })
      .value();
}

}  // namespace troupe::processes

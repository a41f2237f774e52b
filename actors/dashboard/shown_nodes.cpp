// Where the nodes of a dashboard are, and how each is asked.
#include <algorithm>

#include "dashboard/dashboard.h"
#include "dashboard/limits.h"

namespace troupe::dashboard {
namespace {

namespace fs = std::filesystem;
constexpr const char* kSocket = "admin.sock";
constexpr const char* kTreeSocket = "processes.sock";
constexpr const char* kStore = "data.mdb";
// A backup has a store, and is no node's; so has the directory of a coordinator.
constexpr const char* kNotOfNodes[] = {"backup", "processes"};

bool has(const fs::path& place, const char* file) {
  std::error_code ignored;
  return fs::exists(place / file, ignored);
}

bool keeps_node(const fs::path& place) {
  if (has(place, kSocket)) return true;
  return has(place, kStore) && std::none_of(std::begin(kNotOfNodes), std::end(kNotOfNodes),
                                            [&](const char* file) { return has(place, file); });
}

std::string name_of(const fs::path& place) {
  std::error_code ignored;
  const fs::path whole = fs::absolute(place, ignored).lexically_normal();
  const fs::path folder = fs::is_directory(whole, ignored) ? whole : whole.parent_path();
  return (folder.has_filename() ? folder.filename() : folder.parent_path().filename()).string();
}

ShownNode by_socket(std::string name, const fs::path& place) {
  return {std::move(name), [place](std::string_view method, const std::string& path, Milliseconds patience) {
            return AdminClient(place).request(method, path, {}, patience);
          }};
}

}  // namespace

ShownNode node_at(const fs::path& place) { return by_socket(name_of(place), place); }

ShownNode node_here(Node& node) {
  return {node.name(), [&node](std::string_view method, const std::string& path, Milliseconds) -> Result<AdminReply> {
            auto [status, json] = node.admin(method, path, {});
            return AdminReply{status, std::move(json)};
          }};
}

std::vector<ShownNode> nodes_below(const fs::path& directory) {
  if (keeps_node(directory)) return {node_at(directory)};
  std::vector<fs::path> places;
  std::error_code ignored;
  for (fs::directory_iterator at(directory, ignored), end; at != end; at.increment(ignored)) {
    if (keeps_node(at->path())) places.push_back(at->path());
    if (ignored) break;
  }
  std::sort(places.begin(), places.end());
  std::vector<ShownNode> nodes;
  if (has(directory, kTreeSocket)) {
    nodes.push_back(by_socket("processes", directory / kTreeSocket));
    nodes.back().only = {"/node", "/tree"};
  }
  for (const auto& place : places) nodes.push_back(node_at(place));
  return nodes;
}

}  // namespace troupe::dashboard

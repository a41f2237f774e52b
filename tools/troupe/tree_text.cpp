#include "tree_text.h"

#include <algorithm>

#include "show.h"

namespace troupe::tool {
namespace {

// A child, or the top, as each of some nodes has it.
struct Seen {
  std::string node;
  const Json* child;
};

std::string how_it_stands(const Json& child) {
  const std::string status = text_at(child, "status");
  std::string out = status == "given_up" ? "GIVEN UP" : printable(status);
  if (child.contains("againMs")) out += " in " + duration(number_at(child, "againMs"));
  if (child.contains("node")) out += ", on " + printable(text_at(child, "node"));
  if (child.contains("pid")) out += ", process " + text_at(child, "pid");
  if (child.contains("live")) out += ", " + text_at(child, "live") + " live";
  if (const auto restarts = number_at(child, "restarts"); restarts > 0)
    out += ", " + std::to_string(restarts) + (restarts == 1 ? " restart" : " restarts");
  if (const std::string cause = text_at(child, "lastCause"); !cause.empty()) out += "; last: " + printable(cause);
  return out;
}

// Once where it is the same on all nodes; else node by node.
std::string how_they_stand(const std::vector<Seen>& seen) {
  if (seen.size() == 1) return how_it_stands(*seen.front().child);
  std::vector<Seen> here;
  for (const Seen& one : seen)
    if (text_at(*one.child, "status") != "elsewhere") here.push_back(one);
  if (here.empty()) return how_it_stands(*seen.front().child);
  const std::string first = how_it_stands(*here.front().child);
  const bool same =
      std::all_of(here.begin(), here.end(), [&](const Seen& one) { return how_it_stands(*one.child) == first; });
  if (same && here.size() == seen.size()) return first;
  std::string out;
  for (const Seen& one : here)
    out += (out.empty() ? "" : " | ") + printable(one.node) + ": " + how_it_stands(*one.child);
  return out;
}

std::string as_declared(const Json& child) {
  const bool top = text_at(child, "id").empty();
  std::string out = (top ? "supervision" : printable(text_at(child, "id"))) + "  " +
                    (text_at(child, "kind") == "service" ? "service " : "") + printable(text_at(child, "what"));
  if (const std::string shut = text_at(child, "autoShutdown"); !shut.empty() && shut != "never")
    out += ", shuts down with " + printable(shut);
  if (top) return out;
  out += "; " + printable(text_at(child, "restart"));
  if (child.value("significant", false)) out += ", significant";
  if (child.value("dynamic", false)) out += ", added";
  return out + ", shutdown " + printable(text_at(child, "shutdown"));
}

void supervised(const std::vector<Seen>& seen, const std::string& indent, std::string& out) {
  const Json& first = *seen.front().child;
  out += indent + as_declared(first) + "; " + how_they_stand(seen) + "\n";
  for (std::size_t i = 0; i < array_at(first, "children").size(); ++i) {
    std::vector<Seen> below;
    for (const Seen& one : seen) below.push_back({one.node, &array_at(*one.child, "children")[i]});
    supervised(below, indent + "  ", out);
  }
}

// What is declared, and nothing of how it stands.
std::string shape_of(const Json& child) {
  std::string shape = as_declared(child) + "{";
  for (const Json& below : array_at(child, "children")) shape += shape_of(below) + ",";
  return shape + "}";
}

}  // namespace

std::string show_supervision(const std::vector<TreeOfNode>& trees) {
  std::vector<std::pair<std::string, std::vector<Seen>>> shapes;
  for (const TreeOfNode& one : trees) {
    const std::string shape = shape_of(one.tree);
    auto found = std::find_if(shapes.begin(), shapes.end(), [&](const auto& known) { return known.first == shape; });
    if (found == shapes.end()) found = shapes.insert(shapes.end(), {shape, {}});
    found->second.push_back({one.node, &one.tree});
  }
  std::string out;
  for (const auto& [shape, seen] : shapes) {
    std::string names;
    for (const Seen& one : seen) names += (names.empty() ? "" : ", ") + printable(one.node);
    if (!names.empty()) out += names + "\n";
    supervised(seen, "  ", out);
  }
  return out;
}

}  // namespace troupe::tool

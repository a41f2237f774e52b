#include "tree_commands.h"

#include <algorithm>
#include <vector>

#include "pages.h"
#include "show.h"
#include "tree_text.h"

namespace troupe::tool {
namespace {

// One service's supervisor as the nodes have it.
struct ServiceLine {
  std::string name;
  std::string policy;
  std::uint64_t live = 0, restarts = 0, quarantined = 0;
  std::string live_by_node, quarantined_by_node;
};

void add_up(const std::string& node, const Json& view, std::vector<ServiceLine>& lines) {
  const std::string name = text_at(view, "name"), policy = text_at(view, "policy");
  auto line = std::find_if(lines.begin(), lines.end(),
                           [&](const ServiceLine& one) { return one.name == name && one.policy == policy; });
  if (line == lines.end()) line = lines.insert(lines.end(), {name, policy});
  const auto add = [&](const char* what, std::uint64_t& sum, std::string& by_node) {
    const std::uint64_t count = number_at(view, what);
    sum += count;
    if (count > 0) by_node += (by_node.empty() ? "" : ", ") + printable(node) + " " + std::to_string(count);
  };
  std::string ignored;
  add("children", line->live, line->live_by_node);
  add("restarts", line->restarts, ignored);
  add("quarantined", line->quarantined, line->quarantined_by_node);
}

// The supervisors that services have without a word from anybody.
std::string show_services_supervised(const std::vector<Answer>& answers) {
  std::vector<ServiceLine> lines;
  std::size_t nodes = 0;
  for (const auto& answer : answers) {
    if (text_at(answer.body, "kind") == "processes") continue;
    ++nodes;
    for (const Json& service : array_at(answer.body, "supervisors")) add_up(answer.node, service, lines);
  }
  const auto by = [&](const std::string& by_node) { return nodes > 1 && !by_node.empty() ? " (" + by_node + ")" : ""; };
  std::string out = lines.empty() ? "" : "services\n";
  for (const auto& line : lines) {
    out += "  " + printable(line.name + "  " + line.policy) + "; " + std::to_string(line.live) + " live" +
           by(line.live_by_node) + ", " + std::to_string(line.restarts) +
           (line.restarts == 1 ? " restart" : " restarts");
    if (line.quarantined > 0)
      out += ", " + std::to_string(line.quarantined) + " QUARANTINED" + by(line.quarantined_by_node);
    out += "\n";
  }
  return out;
}

}  // namespace

std::string show_tree(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_trees();
  if (json) return as_json(answers);
  std::string out;
  std::vector<TreeOfNode> trees;
  for (const auto& answer : answers) {
    const auto tree = answer.body.find("supervision");
    if (tree == answer.body.end() || !tree->is_object()) continue;
    if (text_at(answer.body, "kind") == "processes") {
      out += show_supervision({{answer.node + "  processes", *tree}});
    } else {
      trees.push_back({answer.node, *tree});
    }
  }
  out += show_supervision(trees) + show_services_supervised(answers);
  return out.empty() ? "nothing is supervised\n" : out;
}

std::string restart_in_tree(const Nodes& nodes, const std::string& id, bool json) {
  const auto asked = nodes.post_trees(with("/tree/restart", "id", id));
  Json all = Json::array();
  std::string text;
  std::optional<Failure> refused;
  for (const auto& one : asked) {
    if (one.body) {
      all.push_back({{"node", one.name}, {"restarted", id}});
      text += printable(one.name) + ": started " + (id == "/" ? "the tree" : printable(id)) + " again\n";
    } else if (one.failed->code == kUnreachable) {
      nodes.note(one);
    } else if (!refused || refused->code == kNotFound) {  // best what whoever has it says
      refused = one.failed;
    }
  }
  if (!all.empty()) return json ? dumped(all) : text;
  if (refused) throw *refused;
  throw failure(kUnreachable, Error(ErrorKind::unavailable, "none of these nodes answers"));
}

}  // namespace troupe::tool

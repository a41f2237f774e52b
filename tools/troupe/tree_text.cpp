#include "tree_text.h"

#include "show.h"

namespace troupe::tool {
namespace {

std::string how_it_stands(const Json& child) {
  const std::string status = text_at(child, "status");
  std::string out = status == "given_up" ? "GIVEN UP" : printable(status);
  if (child.contains("againMs")) out += " in " + text_at(child, "againMs") + " ms";
  if (child.contains("node")) out += ", on " + printable(text_at(child, "node"));
  if (child.contains("pid")) out += ", process " + text_at(child, "pid");
  if (child.contains("live")) out += ", " + text_at(child, "live") + " live";
  if (const auto restarts = number_at(child, "restarts"); restarts > 0)
    out += ", " + std::to_string(restarts) + (restarts == 1 ? " restart" : " restarts");
  if (const std::string cause = text_at(child, "lastCause"); !cause.empty()) out += "; last: " + printable(cause);
  return out;
}

void supervised(const Json& child, const std::string& indent, std::string& out) {
  const bool top = text_at(child, "id").empty();
  out += indent + (top ? "supervision" : printable(text_at(child, "id"))) + "  " +
         (text_at(child, "kind") == "service" ? "service " : "") + printable(text_at(child, "what"));
  if (const std::string shut = text_at(child, "autoShutdown"); !shut.empty() && shut != "never")
    out += ", shuts down with " + printable(shut);
  if (!top) {
    out += "; " + printable(text_at(child, "restart"));
    if (child.value("significant", false)) out += ", significant";
    if (child.value("dynamic", false)) out += ", added";
    out += ", shutdown " + printable(text_at(child, "shutdown"));
  }
  out += "; " + how_it_stands(child) + "\n";
  const auto children = child.find("children");
  if (children == child.end() || !children->is_array()) return;
  for (const Json& below : *children) supervised(below, indent + "  ", out);
}

}  // namespace

std::string show_supervision(const Json& tree) {
  std::string out;
  supervised(tree, "  ", out);
  return out;
}

}  // namespace troupe::tool

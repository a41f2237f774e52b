#include "host/faults.h"

namespace troupe::host {
namespace {

void add_given_up(const ChildView& child, const std::string& path, std::vector<Health::Fault>& faults) {
  if (child.status == "given_up") {
    const std::string who = path.empty() ? "the supervision tree" : "supervisor \"" + path + "\"";
    faults.push_back({"supervision_given_up", who + " gave up: " + child.last_cause +
                                                  "; what it keeps running is stopped, `troupe tree restart " +
                                                  (path.empty() ? "/" : path) + "` starts it again"});
  }
  for (const ChildView& below : child.children)
    add_given_up(below, path.empty() ? below.id : path + "/" + below.id, faults);
}

}  // namespace

std::vector<Health::Fault> faults_of(NodeParts& running) {
  auto faults = running.watchdog().faults();
  if (auto* tree = running.tree()) add_given_up(tree->view(), {}, faults);
  return faults;
}

std::vector<Health::SickService> sick_services_of(NodeParts& running) {
  std::vector<Health::SickService> out;
  const NodeCondition condition = running.condition();
  for (const auto& hosted : running.routing().registry.services())
    if (const auto at = condition.troubles.find(hosted->service.id); at != condition.troubles.end())
      out.push_back({hosted->service.name, at->second});
  return out;
}

}  // namespace troupe::host

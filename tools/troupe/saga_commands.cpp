#include "saga_commands.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "pages.h"
#include "show.h"

namespace troupe::tool {
namespace {

constexpr const char* kPhases[] = {"running", "compensating", "stuck", "done", "failed", "cancelled", "killed"};
constexpr const char* kNotDone = "running,compensating,stuck";

std::string wanted(const SagaOptions& options) {
  if (options.all) return {};
  if (options.stuck) return "stuck";
  std::string list;
  for (const auto& state : options.states) {
    if (std::find(std::begin(kPhases), std::end(kPhases), state) == std::end(kPhases)) {
      std::string known;
      for (const char* phase : kPhases) known += (known.empty() ? "" : ", ") + std::string(phase);
      throw usage("no saga is ever '" + state + "'; it is one of: " + known);
    }
    list += (list.empty() ? "" : ",") + state;
  }
  return list.empty() ? kNotDone : list;
}

// What somebody has to know of it: why it is stuck, else what it failed with.
std::string why(const Json& run) {
  if (const std::string stuck = text_at(run, "stuckWhy"); !stuck.empty()) return stuck;
  const auto failure = run.find("failure");
  if (failure != run.end() && failure->is_object())
    return text_at(*failure, "kind") + ": " + text_at(*failure, "message");
  return run.value("cancelRequested", false) ? "somebody cancels it" : "";
}

// 64-bit integers travel as texts.
std::uint64_t ms_at(const Json& run, const char* name) {
  const std::string text = text_at(run, name);
  return text.empty() ? 0 : std::strtoull(text.c_str(), nullptr, 10);
}

}  // namespace

std::string show_sagas(const StoredData& kept, const SagaOptions& options, bool json) {
  std::string path = "/rows/saga/run";
  if (!options.service.empty()) path = with(path, "service", options.service);
  if (const std::string states = wanted(options); !states.empty())
    path = with(with(path, "field", "phase"), "is", states);
  Json all = Json::array();
  bool more = false;
  kept.read_each([&](const std::string& node, const Nodes::Get& get) {
    const bool rest = each_line(get, path, "rows", options.limit - all.size(), [&](const Json& line) {
      all.push_back({{"actor", text_at(line, "actor")}});
      if (!node.empty()) all.back()["node"] = node;
      all.back()["saga"] = line.value("row", Json());
    });
    more = more || rest;
  });
  if (json) return dumped(all);
  Table table({"SAGA", "PHASE", "RUN", "STARTED", "ENDED", "WHY", "NODE"});
  for (const Json& line : all) {
    const Json& run = line["saga"];
    const std::uint64_t started = ms_at(run, "startedMs"), ended = ms_at(run, "endedMs");
    table.row({text_at(line, "actor"), text_at(run, "phase"), text_at(run, "number"), ago(started) + " ago",
               ended == 0 ? "" : ago(ended) + " ago", why(run), text_at(line, "node")});
  }
  if (table.empty())
    return options.all ? "no sagas\n" : options.stuck ? "no saga is stuck\n" : "no such sagas; --all shows every one\n";
  return table.text() + (more ? "there may be more; raise --limit\n" : "");
}

}  // namespace troupe::tool

#include "trace_commands.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>

#include "show.h"
#include "troupe/admin_client.h"
#include "waterfall.h"

namespace troupe::tool {
namespace {

constexpr std::size_t kColumns = 120;  // where there is no terminal

std::size_t columns() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return kColumns;
}

std::int64_t ns_of(const Json& line, const char* name) {
  return std::strtoll(text_at(line, name).c_str(), nullptr, 10);
}

std::int64_t length_of(const Json& line) { return ns_of(line, "endNs") - ns_of(line, "beginNs"); }

// Of one trace, what two nodes know of it. The name is of the root, wherever that is.
void merge(Json& into, const Json& line, const std::string& node) {
  const bool earlier = ns_of(line, "beginNs") < ns_of(into, "beginNs");
  const bool has_root = into.value("root", false), brings_root = line.value("root", false);
  if ((brings_root && !has_root) || (brings_root == has_root && earlier)) into["name"] = line["name"];
  into["root"] = has_root || brings_root;
  if (earlier) into["beginNs"] = line["beginNs"];
  if (ns_of(line, "endNs") > ns_of(into, "endNs")) into["endNs"] = line["endNs"];
  into["spans"] = number_at(into, "spans") + number_at(line, "spans");
  into["failures"] = number_at(into, "failures") + number_at(line, "failures");
  into["slow"] = into.value("slow", false) || line.value("slow", false);
  into["nodes"].push_back(node);
}

struct WholeTrace {
  std::vector<WaterfallSpan> spans;
  std::vector<Json> effects;
};

WholeTrace read(const Nodes& nodes, const std::string& id) {
  WholeTrace out;
  std::vector<Json> bodies;
  for (const auto& answer : nodes.get_all("/traces/" + AdminClient::encode(id))) {
    bodies.push_back(answer.body);
    for (const Json& effect : array_at(answer.body, "effects")) out.effects.push_back(effect);
  }
  out.spans = spans_of(bodies);
  if (out.spans.empty())
    throw failure(Error(ErrorKind::not_found,
                        "no node that answers holds a span of trace " + id.substr(0, 100) +
                            "; nodes keep the latest (tracing.keep), of the traces that were sampled or failed: "
                            "`troupe trace ls`"));
  return out;
}

}  // namespace

std::string list_traces(const Nodes& nodes, const TraceOptions& options, bool json) {
  std::map<std::string, Json> merged;
  for (const auto& answer : nodes.get_all("/traces?which=" + AdminClient::encode(options.which) + "&limit=1000"))
    for (const Json& line : array_at(answer.body, "traces")) {
      auto [at, fresh] = merged.try_emplace(text_at(line, "trace"), line);
      if (fresh) at->second["nodes"] = Json::array({answer.node});
      if (!fresh) merge(at->second, line, answer.node);
    }
  std::vector<Json> lines;
  for (auto& [id, line] : merged) lines.push_back(std::move(line));
  const bool by_length = options.which == "slow";
  std::stable_sort(lines.begin(), lines.end(), [&](const Json& a, const Json& b) {
    return by_length ? length_of(a) > length_of(b) : ns_of(a, "beginNs") > ns_of(b, "beginNs");
  });
  if (lines.size() > options.limit) lines.resize(options.limit);
  if (json) return dumped(Json(lines));
  if (lines.empty())
    return options.which == "recent" ? "no traces: none was sampled lately (tracing.sample), and nothing failed\n"
                                     : "no " + options.which + " traces\n";
  Table table({"TRACE", "WHEN", "WHAT", "TOOK", "SPANS", "FAILED", "NODES"});
  for (const Json& line : lines) {
    std::string at;
    for (const Json& node : array_at(line, "nodes")) at += (at.empty() ? "" : ",") + node.get<std::string>();
    table.row({text_at(line, "trace"),
               moment(static_cast<std::uint64_t>(std::max<std::int64_t>(ns_of(line, "beginNs"), 0) / 1'000'000)),
               text_at(line, "name"), short_time(length_of(line)), text_at(line, "spans"), text_at(line, "failures"),
               at});
  }
  return table.text();
}

std::string show_trace(const Nodes& nodes, const TraceOptions& options, bool json) {
  const WholeTrace trace = read(nodes, options.id);
  const auto shifts = clock_shifts(trace.spans);
  const auto drawn = laid_out(trace.spans, shifts);
  if (json) {
    Json spans = Json::array();
    for (const DrawnSpan& each : drawn) {
      spans.push_back(each.span.whole);
      spans.back()["depth"] = each.depth;
    }
    Json clocks = Json::array();
    for (const auto& [node, shift] : shifts) clocks.push_back({{"node", node}, {"shiftNs", std::to_string(shift)}});
    return dumped({{"trace", text_at(drawn.front().span.whole, "trace")},
                   {"spans", std::move(spans)},
                   {"clocks", std::move(clocks)},
                   {"effects", Json(trace.effects)}});
  }
  std::string out = waterfall(drawn, shifts, columns());
  for (const Json& effect : trace.effects)
    out += "led to " + printable(text_at(effect, "name")) + " on " + printable(text_at(effect, "node")) + " at " +
           moment(static_cast<std::uint64_t>(std::max<std::int64_t>(ns_of(effect, "beginNs"), 0) / 1'000'000)) +
           ": troupe trace show " + text_at(effect, "trace") + "\n";
  return out;
}

std::string export_trace(const Nodes& nodes, const TraceOptions& options, bool json) {
  const WholeTrace trace = read(nodes, options.id);
  const auto drawn = laid_out(trace.spans, clock_shifts(trace.spans));
  std::ofstream file(options.perfetto, std::ios::binary | std::ios::trunc);
  file << chrome_trace(drawn).dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
  file.close();
  if (!file)
    throw failure(Error(ErrorKind::failed, "cannot write " + options.perfetto + "; is its directory there, and room?"));
  if (json) return dumped({{"file", options.perfetto}, {"spans", drawn.size()}});
  return std::to_string(drawn.size()) + " spans written to " + options.perfetto +
         "; open it at https://ui.perfetto.dev or chrome://tracing\n";
}

}  // namespace troupe::tool

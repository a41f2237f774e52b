#include "waterfall.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <set>

#include "show.h"

namespace troupe::tool {
namespace {

constexpr std::size_t kLeastBar = 20;
constexpr std::size_t kMostLabel = 44;
constexpr std::size_t kNotes = 24;  // room that is left for what stands behind the bars
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t ns_at(const Json& span, const char* name) {
  return std::strtoll(text_at(span, name).c_str(), nullptr, 10);
}

using ById = std::map<std::string, std::size_t>;

ById by_id(const std::vector<WaterfallSpan>& spans) {
  ById out;
  for (std::size_t i = 0; i < spans.size(); ++i) out.emplace(spans[i].id, i);
  return out;
}

// What a cause on one node and an effect on another say of the two clocks: the effect's node, less the cause's.
struct Edge {
  std::string cause;
  std::string effect;
  std::int64_t least = 0;
  std::int64_t most = kNever;
};

std::vector<Edge> edges_of(const std::vector<WaterfallSpan>& spans) {
  std::vector<Edge> out;
  const ById ids = by_id(spans);
  for (const WaterfallSpan& child : spans) {
    const auto found = ids.find(child.parent);
    if (found == ids.end() || spans[found->second].node == child.node) continue;
    const WaterfallSpan& parent = spans[found->second];
    Edge edge{parent.node, child.node, parent.begin_ns - child.begin_ns};
    const bool waits = child.kind == "server" || child.kind == "consumer";
    if ((parent.kind == "client" || parent.kind == "producer") && waits) edge.most = parent.end_ns - child.end_ns;
    out.push_back(edge);
  }
  return out;
}

// Of a node next to those that are placed; nothing: it has no edge to them.
std::optional<std::int64_t> shift_of(const std::string& node, const std::vector<Edge>& edges,
                                     const std::map<std::string, std::int64_t>& placed) {
  std::int64_t least = -kNever;
  std::int64_t most = kNever;
  bool any = false;
  for (const Edge& edge : edges) {
    const bool is_effect = edge.effect == node;
    const auto other = placed.find(is_effect ? edge.cause : edge.effect);
    if ((!is_effect && edge.cause != node) || other == placed.end()) continue;
    any = true;
    if (is_effect) {
      least = std::max(least, other->second + edge.least);
      if (edge.most != kNever) most = std::min(most, other->second + edge.most);
    } else {
      most = std::min(most, other->second - edge.least);
      if (edge.most != kNever) least = std::max(least, other->second - edge.most);
    }
  }
  if (!any) return std::nullopt;
  if (least > most) return most + (least - most) / 2;  // its clock went wrong in between: as near as can be
  return std::clamp<std::int64_t>(0, least, most);
}

std::string cut_to(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  text.resize(most - 1);
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
  return text + "~";
}

std::string padded(std::string text, std::size_t to) {
  if (text.size() < to) text.append(to - text.size(), ' ');
  return text;
}

std::string label_of(const DrawnSpan& drawn) {
  std::string what = drawn.span.kind == "client" ? "call " + drawn.span.name : drawn.span.name;
  if (const auto held = drawn.span.whole.find("attributes"); held != drawn.span.whole.end())
    if (const auto route = text_at(*held, "http.route"); !route.empty()) what += " " + route;
  return std::string(2 * drawn.depth, ' ') + printable(what);
}

std::string notes_of(const WaterfallSpan& span) {
  std::string out;
  const auto attributes = span.whole.find("attributes");
  const Json none = Json::object();
  const Json& held = attributes != span.whole.end() ? *attributes : none;
  const auto say = [&](const std::string& what) { out += "  " + printable(what); };
  if (text_at(span.whole, "status") == "error") say("FAILED");
  if (const auto type = text_at(held, "error.type"); !type.empty()) say(type);
  if (const auto why = text_at(held, "troupe.kept"); !why.empty()) say("kept: " + why);
  if (const auto delay = number_at(held, "troupe.mailbox_delay_us"); delay >= 1)
    say("waited " + short_time(static_cast<std::int64_t>(delay) * 1'000));
  if (const auto attempt = number_at(held, "troupe.attempt"); attempt > 1) say("attempt " + std::to_string(attempt));
  for (const Json& link : array_at(span.whole, "links")) say("<- trace " + text_at(link, "trace"));
  return out;
}

std::string bar(const WaterfallSpan& span, std::int64_t begin, std::int64_t whole, std::size_t width) {
  const auto at = [&](std::int64_t ns) {
    return static_cast<std::size_t>(static_cast<double>(ns - begin) / static_cast<double>(whole) *
                                    static_cast<double>(width));
  };
  const std::size_t from = std::min(at(span.begin_ns), width - 1);
  const std::size_t to = std::clamp(at(span.end_ns), from + 1, width);
  return std::string(from, ' ') + std::string(to - from, '=') + std::string(width - to, ' ');
}

}  // namespace

std::vector<WaterfallSpan> spans_of(const std::vector<Json>& answers) {
  std::vector<WaterfallSpan> out;
  std::set<std::string> known;
  for (const Json& answer : answers)
    for (const Json& span : array_at(answer, "spans")) {
      const std::string id = text_at(span, "span");
      if (!known.insert(id).second) continue;
      out.push_back({id, text_at(span, "parent"), text_at(span, "kind"), text_at(span, "name"), text_at(span, "node"),
                     ns_at(span, "beginNs"), ns_at(span, "endNs"), span});
    }
  return out;
}

std::map<std::string, std::int64_t> clock_shifts(const std::vector<WaterfallSpan>& spans) {
  std::map<std::string, std::int64_t> placed;
  const std::vector<Edge> edges = edges_of(spans);
  std::vector<WaterfallSpan> order = spans;
  const ById ids = by_id(spans);
  // From where a trace began, as the clocks have it; each part that hangs together from its own.
  std::stable_sort(order.begin(), order.end(), [&](const WaterfallSpan& a, const WaterfallSpan& b) {
    const bool a_below = ids.contains(a.parent), b_below = ids.contains(b.parent);
    return a_below != b_below ? b_below : a.begin_ns < b.begin_ns;
  });
  for (const WaterfallSpan& root : order) {
    placed.try_emplace(root.node, 0);
    for (bool more = true; more;) {
      more = false;
      for (const WaterfallSpan& span : order) {
        if (placed.contains(span.node)) continue;
        const auto shift = shift_of(span.node, edges, placed);
        if (!shift) continue;
        placed.emplace(span.node, *shift);
        more = true;
      }
    }
  }
  return placed;
}

std::vector<DrawnSpan> laid_out(std::vector<WaterfallSpan> spans, const std::map<std::string, std::int64_t>& shifts) {
  for (WaterfallSpan& span : spans) {
    const auto shift = shifts.find(span.node);
    if (shift == shifts.end()) continue;
    span.begin_ns += shift->second;
    span.end_ns += shift->second;
  }
  std::stable_sort(spans.begin(), spans.end(),
                   [](const WaterfallSpan& a, const WaterfallSpan& b) { return a.begin_ns < b.begin_ns; });
  const ById ids = by_id(spans);
  std::map<std::string, std::vector<std::size_t>> below;
  std::vector<std::pair<std::size_t, std::size_t>> next;  // which, how deep; the last comes first
  std::vector<std::size_t> roots;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const bool is_root = !ids.contains(spans[i].parent) || spans[i].parent == spans[i].id;
    if (is_root) roots.push_back(i);
    if (!is_root) below[spans[i].parent].push_back(i);
  }
  std::vector<DrawnSpan> out;
  std::vector<bool> drawn(spans.size());
  const auto draw_from = [&](std::size_t root) {
    next.emplace_back(root, 0);
    while (!next.empty()) {
      const auto [at, depth] = next.back();
      next.pop_back();
      if (drawn[at]) continue;
      drawn[at] = true;
      out.push_back({spans[at], depth});
      const auto children = below.find(spans[at].id);
      if (children == below.end()) continue;
      for (auto child = children->second.rbegin(); child != children->second.rend(); ++child)
        next.emplace_back(*child, depth + 1);
    }
  };
  for (const std::size_t root : roots) draw_from(root);
  for (std::size_t i = 0; i < spans.size(); ++i) draw_from(i);  // of a circle, which only wrong data can make
  return out;
}

std::string waterfall(const std::vector<DrawnSpan>& spans, const std::map<std::string, std::int64_t>& shifts,
                      std::size_t columns) {
  if (spans.empty()) return "no spans\n";
  std::int64_t begin = kNever, end = -kNever;
  std::size_t label = 0, node = 0, failed = 0;
  for (const DrawnSpan& drawn : spans) {
    begin = std::min(begin, drawn.span.begin_ns);
    end = std::max(end, drawn.span.end_ns);
    label = std::max(label, std::min(label_of(drawn).size(), kMostLabel));
    node = std::max(node, printable(drawn.span.node).size());
    failed += text_at(drawn.span.whole, "status") == "error" ? 1 : 0;
  }
  const std::int64_t whole = std::max<std::int64_t>(end - begin, 1);
  const std::size_t used = label + node + kNotes + 4;
  const std::size_t width = std::max(kLeastBar, columns > used ? columns - used : 0);
  std::string out = "trace " + text_at(spans.front().span.whole, "trace") + "  " +
                    moment(static_cast<std::uint64_t>(std::max<std::int64_t>(begin, 0) / 1'000'000)) + "  " +
                    short_time(whole) + ", " + std::to_string(spans.size()) + (spans.size() == 1 ? " span" : " spans") +
                    (failed == 0 ? "" : ", " + std::to_string(failed) + " failed") + "\n";
  for (const DrawnSpan& drawn : spans) {
    std::string line = padded(cut_to(label_of(drawn), kMostLabel), label) + " " +
                       padded(printable(drawn.span.node), node) + " |" + bar(drawn.span, begin, whole, width) + "| " +
                       short_time(drawn.span.end_ns - drawn.span.begin_ns) + notes_of(drawn.span);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  for (const auto& [name, shift] : shifts)
    if (shift != 0)
      out += "clocks: spans of " + printable(name) + " are drawn " + short_time(std::abs(shift)) +
             (shift > 0 ? " later" : " earlier") + " than its clock says, so that effects follow their causes\n";
  return out;
}

Json chrome_trace(const std::vector<DrawnSpan>& spans) {
  Json events = Json::array();
  std::map<std::string, int> nodes;
  // Bars of one lane must lie within each other or apart: a span that does neither gets another lane.
  std::map<std::string, std::vector<std::vector<std::int64_t>>> lanes;
  std::vector<DrawnSpan> order = spans;
  std::stable_sort(order.begin(), order.end(), [](const DrawnSpan& a, const DrawnSpan& b) {
    if (a.span.begin_ns != b.span.begin_ns) return a.span.begin_ns < b.span.begin_ns;
    return a.span.end_ns > b.span.end_ns;
  });
  for (const DrawnSpan& drawn : order) {
    const WaterfallSpan& span = drawn.span;
    const auto [process, fresh] = nodes.try_emplace(span.node, static_cast<int>(nodes.size()) + 1);
    if (fresh)
      events.push_back(
          {{"name", "process_name"}, {"ph", "M"}, {"pid", process->second}, {"args", {{"name", span.node}}}});
    auto& of_node = lanes[span.node];
    std::size_t lane = 0;
    for (;; ++lane) {
      if (lane == of_node.size()) of_node.emplace_back();
      auto& open = of_node[lane];  // ends of the bars that are open there, the innermost last
      while (!open.empty() && open.back() <= span.begin_ns) open.pop_back();
      if (open.empty() || span.end_ns <= open.back()) break;
    }
    of_node[lane].push_back(span.end_ns);
    Json args = span.whole.value("attributes", Json::object());
    args["trace"] = text_at(span.whole, "trace");
    args["span"] = span.id;
    args["parent"] = span.parent;
    args["status"] = text_at(span.whole, "status");
    events.push_back({{"name", span.kind == "client" ? "call " + span.name : span.name},
                      {"cat", span.kind},
                      {"ph", "X"},
                      {"ts", static_cast<double>(span.begin_ns) / 1'000.0},
                      {"dur", static_cast<double>(span.end_ns - span.begin_ns) / 1'000.0},
                      {"pid", process->second},
                      {"tid", lane + 1},
                      {"args", std::move(args)}});
  }
  return {{"displayTimeUnit", "ns"}, {"traceEvents", std::move(events)}};
}

std::string short_time(std::int64_t ns) {
  const auto written = [](double value, const char* unit) {
    char text[40];
    std::snprintf(text, sizeof text, value < 10 ? "%.2f %s" : "%.1f %s", value, unit);
    return std::string(text);
  };
  const double value = static_cast<double>(ns);
  if (std::abs(ns) < 1'000) return std::to_string(ns) + " ns";
  if (std::abs(ns) < 1'000'000) return written(value / 1e3, "us");
  if (std::abs(ns) < 1'000'000'000) return written(value / 1e6, "ms");
  return written(value / 1e9, "s");
}

}  // namespace troupe::tool

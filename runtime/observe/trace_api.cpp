#include "observe/trace_api.h"

#include <algorithm>
#include <cctype>

namespace troupe::observe {
namespace {

constexpr std::size_t kTraceDigits = 32;

template <class Bytes>
std::string hex(const Bytes& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) out += {kDigits[byte >> 4], kDigits[byte & 15]};
  return out;
}

bool is_set(const SpanId& id) {
  return std::any_of(id.begin(), id.end(), [](std::uint8_t byte) { return byte != 0; });
}

// Times are texts: as numbers they are past what JSON's readers keep exactly.
Json to_json(const SpanData& span) {
  constexpr const char* kStatus[] = {"unset", "ok", "error"};
  Json attributes = Json::object();
  for (const auto& [name, value] : span.attributes)
    std::visit([&, &key = name](const auto& held) { attributes[key] = held; }, value);
  Json links = Json::array();
  for (const TraceContext& link : span.links)
    links.push_back({{"trace", hex(link.trace_id)}, {"span", hex(link.span_id)}});
  return {{"trace", hex(span.context.trace_id)},
          {"span", hex(span.context.span_id)},
          {"parent", is_set(span.parent) ? hex(span.parent) : std::string()},
          {"kind", to_string(span.kind)},
          {"name", span.name},
          {"node", span.node},
          {"beginNs", std::to_string(span.begin_ns)},
          {"endNs", std::to_string(span.end_ns)},
          {"status", kStatus[std::min<std::size_t>(static_cast<std::size_t>(span.status), 2)]},
          {"message", span.message},
          {"attributes", std::move(attributes)},
          {"links", std::move(links)}};
}

Json to_json(const TraceLine& line) {
  return {{"trace", line.trace},
          {"name", line.name},
          {"root", line.root},
          {"beginNs", std::to_string(line.begin_ns)},
          {"endNs", std::to_string(line.end_ns)},
          {"spans", line.spans},
          {"failures", line.failures},
          {"slow", line.slow}};
}

Json to_json(const TraceTotals& totals) {
  return {{"on", totals.on},
          {"sample", totals.sample},
          {"kept", totals.kept},
          {"most", totals.most},
          {"ended", totals.ended},
          {"overwritten", totals.overwritten},
          {"dropped", totals.dropped},
          {"exported", totals.exported},
          {"notExported", totals.not_exported},
          {"exportWaits", totals.export_waits},
          {"exportError", totals.export_error}};
}

AdminAnswer list(TraceSource& source, const Target& target) {
  if (auto known = only(target, {"which", "limit"}); !known.ok()) return fail(known.error());
  auto limit = number(target, "limit", 1, kMaxPage);
  if (!limit.ok()) return fail(limit.error());
  const std::string which = word(target, "which");
  TraceChoice choice = TraceChoice::recent;
  if (which == "slow") {
    choice = TraceChoice::slow;
  } else if (which == "failing") {
    choice = TraceChoice::failing;
  } else if (!which.empty() && which != "recent") {
    return fail(Error(ErrorKind::invalid, "which=" + which.substr(0, 100) + ": there are recent, slow and failing"));
  }
  Json lines = Json::array();
  for (const auto& line : source.traces(choice, static_cast<std::size_t>(limit->value_or(100))))
    lines.push_back(to_json(line));
  return ok({{"traces", std::move(lines)}, {"totals", to_json(source.totals())}});
}

AdminAnswer one(TraceSource& source, const Target& target) {
  if (auto none = only(target, {}); !none.ok()) return fail(none.error());
  std::string id = target.path[1];
  std::transform(id.begin(), id.end(), id.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (id.size() != kTraceDigits || id.find_first_not_of("0123456789abcdef") != std::string::npos)
    return fail(Error(ErrorKind::invalid, "a trace's id has 32 hexadecimal digits, and '" + id.substr(0, 100) +
                                              "' is none; GET /traces lists them"));
  Json spans = Json::array();
  for (const SpanData& span : source.trace(id)) spans.push_back(to_json(span));
  Json effects = Json::array();
  for (const SpanData& span : source.effects(id)) effects.push_back(to_json(span));
  return ok({{"trace", id}, {"spans", std::move(spans)}, {"effects", std::move(effects)}});
}

}  // namespace

bool asks_for_traces(const Target& target) {
  return !target.path.empty() && target.path[0] == "traces" && target.path.size() <= 2;
}

AdminAnswer answer_traces(TraceSource& source, std::string_view method, const Target& target) {
  if (method != "GET") return wrong_method("GET");
  return target.path.size() == 1 ? list(source, target) : one(source, target);
}

}  // namespace troupe::observe

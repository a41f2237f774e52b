#include "inspect/trace_inspection.h"

#include <algorithm>
#include <map>

namespace troupe::inspect {
namespace {

using TraceId = std::array<std::uint8_t, 16>;

bool is_turn(const SpanData& span) {
  return std::any_of(span.attributes.begin(), span.attributes.end(),
                     [](const SpanAttribute& each) { return each.name == "troupe.outcome"; });
}

std::string digits(const TraceId& id) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : id) out += {kDigits[byte >> 4], kDigits[byte & 15]};
  return out;
}

TraceId of_digits(std::string_view id) {
  return TraceContext::of_traceparent("00-" + std::string(id) + "-0000000000000001-00").trace_id;
}

bool begins_earlier(const SpanData& a, const SpanData& b) { return a.begin_ns < b.begin_ns; }

void add(observe::TraceLine& line, const SpanData& span, std::chrono::nanoseconds slow) {
  const bool root = span.parent == SpanId{};
  const bool first = line.spans == 0;
  if (first || (root && !line.root) || (root == line.root && span.begin_ns < line.begin_ns)) line.name = span.name;
  line.root = line.root || root;
  line.begin_ns = first ? span.begin_ns : std::min(line.begin_ns, span.begin_ns);
  line.end_ns = first ? span.end_ns : std::max(line.end_ns, span.end_ns);
  ++line.spans;
  if (span.status == SpanStatus::error) ++line.failures;
  if (slow.count() > 0 && span.end_ns - span.begin_ns >= slow.count() && is_turn(span)) line.slow = true;
}

}  // namespace

std::vector<observe::TraceLine> TraceInspection::traces(observe::TraceChoice choice, std::size_t most) {
  std::vector<observe::TraceLine> out;
  if (!tracer_) return out;
  std::map<TraceId, observe::TraceLine> lines;
  for (const auto& span : tracer_->ring().all()) add(lines[span->context.trace_id], *span, tracer_->slow());
  for (auto& [id, line] : lines) {
    if (choice == observe::TraceChoice::failing && line.failures == 0) continue;
    if (choice == observe::TraceChoice::slow && !line.slow) continue;
    line.trace = digits(id);
    out.push_back(std::move(line));
  }
  const auto longest = [](const auto& a, const auto& b) { return a.end_ns - a.begin_ns > b.end_ns - b.begin_ns; };
  const auto latest = [](const auto& a, const auto& b) { return a.begin_ns > b.begin_ns; };
  if (choice == observe::TraceChoice::slow) std::stable_sort(out.begin(), out.end(), longest);
  if (choice != observe::TraceChoice::slow) std::stable_sort(out.begin(), out.end(), latest);
  if (out.size() > most) out.resize(most);
  return out;
}

std::vector<SpanData> TraceInspection::trace(std::string_view id) {
  std::vector<SpanData> out;
  if (!tracer_) return out;
  for (const auto& span : tracer_->ring().of(of_digits(id))) out.push_back(*span);
  std::stable_sort(out.begin(), out.end(), begins_earlier);
  return out;
}

std::vector<SpanData> TraceInspection::effects(std::string_view id) {
  std::vector<SpanData> out;
  if (!tracer_) return out;
  const TraceId wanted = of_digits(id);
  for (const auto& span : tracer_->ring().all())
    if (std::any_of(span->links.begin(), span->links.end(),
                    [&](const TraceContext& link) { return link.trace_id == wanted; }))
      out.push_back(*span);
  std::stable_sort(out.begin(), out.end(), begins_earlier);
  return out;
}

observe::TraceTotals TraceInspection::totals() {
  observe::TraceTotals out;
  if (!tracer_) return out;
  const telemetry::SpanRing& ring = tracer_->ring();
  out.on = true;
  out.sample = tracer_->config().sample;
  out.kept = ring.size();
  out.most = tracer_->config().keep;
  out.ended = ring.added();
  out.overwritten = ring.overwritten();
  out.dropped = ring.lost() + tracer_->unsampled_dropped();
  if (!exporter_) return out;
  auto counts = exporter_->counts();
  out.exported = counts.exported;
  out.not_exported = counts.dropped;
  out.export_waits = counts.waiting;
  out.export_error = std::move(counts.last_error);
  return out;
}

}  // namespace troupe::inspect

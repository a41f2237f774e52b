#include "telemetry/tracer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "troupe/limits.h"

namespace troupe::telemetry {
namespace {

// The wall clock was set if it has moved so far on the steady one; what is less is how it is read.
constexpr std::int64_t kClockSet = 5'000'000;

// No turn takes so long, and it can be compared with any time.
constexpr std::chrono::hours kSlowest{24 * 365};

constexpr std::uint64_t kTraceSeeds[] = {0x7472'6163'652d'6869ULL, 0x7472'6163'652d'6c6fULL};

// Of a share of all numbers; a share of 1 is `all_`, which no number stands for.
std::uint64_t threshold(double share) noexcept {
  if (!(share > 0)) return 0;
  if (share >= 1) return std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(std::ldexp(share, 64));
}

template <class Bytes>
void put(Bytes& into, std::size_t at, std::uint64_t number) noexcept {
  for (std::size_t i = 0; i < sizeof number; ++i)
    into[at + i] = static_cast<std::uint8_t>(number >> (8 * (sizeof number - 1 - i)));
}

}  // namespace

bool is_failure(const Error& error) noexcept {
  switch (error.kind()) {
    case ErrorKind::refused:
    case ErrorKind::invalid:
    case ErrorKind::not_found:
    case ErrorKind::unauthenticated:
    case ErrorKind::denied:
    case ErrorKind::cancelled: return false;
    default: return true;
  }
}

// Not within a character of more than one byte: OTLP's texts are UTF-8.
std::string cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  std::size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

void set_attribute(SpanData& span, std::string_view name, AttributeValue value) {
  if (name.empty()) return;
  if (auto* text = std::get_if<std::string>(&value)) *text = cut(*text, limits::kMaxSpanTextBytes);
  const std::string key = cut(name, limits::kMaxSpanNameBytes);
  for (SpanAttribute& each : span.attributes)
    if (each.name == key) {
      each.value = std::move(value);
      return;
    }
  if (span.attributes.size() < limits::kMaxSpanAttributes) span.attributes.push_back({key, std::move(value)});
}

TraceContext derived_trace(const RequestId& root) noexcept {
  TraceContext out;
  put(out.trace_id, 0, mix(root.hi ^ kTraceSeeds[0]));
  put(out.trace_id, 8, mix(root.lo ^ mix(root.hi ^ kTraceSeeds[1])) | 1);
  return out;
}

SpanId derived_span(const RequestId& call, Side side) noexcept {
  SpanId out{};
  put(out, 0, mix(call.lo ^ mix(call.hi ^ static_cast<std::uint64_t>(side))) | 1);
  return out;
}

Tracer::Tracer(const TracingConfig& config, const Clock& clock, std::string node, std::uint64_t seed)
    : config_(config),
      clock_(clock),
      node_(std::move(node)),
      seed_(seed),
      all_(config.sample >= 1),
      threshold_(threshold(config.sample)),
      slow_(std::min<std::chrono::milliseconds>(config.slow, kSlowest)),
      offset_(offset_now()),
      ring_(config.keep) {}

Tracer::~Tracer() = default;

SpanId Tracer::new_span() noexcept {
  SpanId out{};
  put(out, 0, std::max<std::uint64_t>(chance(), 1));  // zeros are no id
  return out;
}

TraceContext Tracer::new_trace() noexcept {
  TraceContext out;
  put(out.trace_id, 0, chance());
  put(out.trace_id, 8, std::max<std::uint64_t>(chance(), 1));
  out.flags = 1;
  return out;
}

// To the nanosecond where the machine tells it; a clock of a test has milliseconds.
std::int64_t Tracer::offset_now() const noexcept {
  using namespace std::chrono;
  const auto steady = duration_cast<nanoseconds>(clock_.exact_now().time_since_epoch()).count();
  if (&clock_ == &system_clock())
    return duration_cast<nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count() - steady;
  return static_cast<std::int64_t>(clock_.wall_ms()) * 1'000'000 - steady;
}

std::int64_t Tracer::wall_ns(TimePoint when) noexcept {
  const std::int64_t now = offset_now();
  std::int64_t offset = offset_.load(std::memory_order_relaxed);
  if (std::abs(now - offset) > kClockSet) {
    offset = now;
    offset_.store(now, std::memory_order_relaxed);
  }
  return std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count() + offset;
}

// Between two threads that both see a second begin, one span more or less is kept.
bool Tracer::may_keep_unsampled() noexcept {
  const std::int64_t second = std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
  if (second_.exchange(second, std::memory_order_relaxed) != second) in_second_.store(0, std::memory_order_relaxed);
  if (in_second_.fetch_add(1, std::memory_order_relaxed) < limits::kMaxUnsampledSpansPerSecond) return true;
  dropped_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

}  // namespace troupe::telemetry

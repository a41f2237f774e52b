// The trace that something belongs to, carried from cause to effect: what the W3C recommendation "Trace Context"
// (https://www.w3.org/TR/trace-context/) puts into `traceparent`, without its version.
//
// It is a passenger. A call made in a turn takes the context of the turn's call along, and so do the turn's durable
// messages, their answers and its reminders, in their rows; a turn's timers do not. Nothing the runtime does depends on
// it: what is malformed counts as none.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "base/mail.h"

namespace troupe {

struct TraceContext {
  static constexpr std::size_t kBytes = 25;

  std::array<std::uint8_t, 16> trace_id{};  // all zero: none
  std::array<std::uint8_t, 8> span_id{};    // of the cause
  std::uint8_t flags = 0;                   // 1: sampled

  [[nodiscard]] bool is_set() const noexcept { return any(trace_id); }
  bool operator==(const TraceContext&) const = default;

  // As it lies in headers and rows: trace id, span id, flags.
  [[nodiscard]] std::array<std::uint8_t, kBytes> bytes() const noexcept {
    std::array<std::uint8_t, kBytes> out{};
    const auto rest =
        std::copy(span_id.begin(), span_id.end(), std::copy(trace_id.begin(), trace_id.end(), out.begin()));
    *rest = flags;
    return out;
  }
  // None for another length, and for a trace or span of zeros, which the recommendation has ignored.
  [[nodiscard]] static TraceContext of_bytes(std::span<const std::uint8_t> bytes) noexcept {
    TraceContext out;
    if (bytes.size() != kBytes) return out;
    std::copy_n(bytes.begin(), out.trace_id.size(), out.trace_id.begin());
    std::copy_n(bytes.begin() + out.trace_id.size(), out.span_id.size(), out.span_id.begin());
    out.flags = bytes.back();
    return any(out.span_id) ? out : TraceContext{};
  }

 private:
  template <class Bytes>
  [[nodiscard]] static bool any(const Bytes& id) noexcept {
    return std::any_of(id.begin(), id.end(), [](std::uint8_t byte) { return byte != 0; });
  }
};
static_assert(std::is_trivially_copyable_v<TraceContext> && sizeof(TraceContext) == TraceContext::kBytes);

// A context that calls share: an envelope without one pays for a null pointer, a nested call for a count. It never
// changes. Any thread.
class SharedTrace final : public Counted {
 public:
  explicit SharedTrace(const TraceContext& context) noexcept : context_(context) {}
  [[nodiscard]] const TraceContext& context() const noexcept { return context_; }

  // Null for none.
  [[nodiscard]] static Ptr<SharedTrace> of(const TraceContext& context) {
    return context.is_set() ? make_counted<SharedTrace>(context) : nullptr;
  }

 private:
  const TraceContext context_;
};
using TracePtr = Ptr<SharedTrace>;

}  // namespace troupe

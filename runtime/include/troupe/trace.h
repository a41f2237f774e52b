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
#include <string>
#include <string_view>
#include <type_traits>

namespace troupe {

class SharedTrace;

// A value; any thread.
struct TraceContext {
  static constexpr std::size_t kBytes = 25;

  std::array<std::uint8_t, 16> trace_id{};  // all zero: none
  std::array<std::uint8_t, 8> span_id{};    // of the cause
  std::uint8_t flags = 0;                   // 1: sampled

  [[nodiscard]] bool is_set() const noexcept { return any(trace_id); }
  bool operator==(const TraceContext&) const = default;

  // Of the header `traceparent`; none for what is no such, and for a trace or span of zeros. A later version's is read
  // as far as this one goes, as the recommendation has it.
  [[nodiscard]] static TraceContext of_traceparent(std::string_view header) noexcept;
  [[nodiscard]] std::string traceparent() const;

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

// As long as it lives, the calls that this thread makes outside turns carry `context`; inside of another scope, the
// inner one's. For one thread of the program, and to be ended where it was begun. Throws `invalid` inside actors.
class TraceScope {
 public:
  explicit TraceScope(const TraceContext& context);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  SharedTrace* before_;
};

}  // namespace troupe

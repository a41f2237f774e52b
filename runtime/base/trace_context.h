// The context of a trace as it travels in envelopes; what it is says troupe/trace.h.
#pragma once

#include "base/mail.h"
#include "troupe/trace.h"

namespace troupe {

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

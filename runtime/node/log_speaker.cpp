#include "node/log_speaker.h"

#include <string>

#include "actor/activation.h"
#include "actor/current.h"
#include "actor/turn.h"
#include "base/log_fields.h"

namespace troupe::node {
namespace {

// Where they stand in a traceparent: "00-TRACE-SPAN-flags".
constexpr std::size_t kTraceAt = 3, kTraceLength = 32, kSpanAt = 36, kSpanLength = 16;

}  // namespace

void who_speaks(const std::function<void(std::string_view, std::string_view)>& add) {
  const actor::Current& now = actor::current();
  if (!now.activation) return;
  const std::string name = now.activation->address().text();
  const ActorNameParts parts(name);
  add("service", parts.service);
  add("key", parts.key);
  const wire::Envelope* call = now.turn ? now.turn->call() : nullptr;
  if (!call) return;
  add("method", now.turn->what_runs());
  add("request", call->id.text());
  if (!call->trace) return;
  const std::string trace = call->trace->context().traceparent();
  add("trace", std::string_view(trace).substr(kTraceAt, kTraceLength));
  add("span", std::string_view(trace).substr(kSpanAt, kSpanLength));
}

}  // namespace troupe::node

#include "gateway/http/core.h"

#include "gateway/http/tls_context.h"

namespace troupe::http {

Shared::Shared(ServerOptions given, Handler handles)
    : options(std::move(given)),
      handler(std::move(handles)),
      common(options.security, options.tls.named()),
      attendance(options.limits.connections, options.limits.connections_per_peer) {}

void Shared::log(LogLevel level, const std::string& message) const {
  if (options.log) options.log({level, "http", message});
}

Response Shared::refusal(int status, std::string_view why) const {
  if (options.refusal) {
    Response made;
    bool sound = guarded(*this, "the refusal page", [&] { made = options.refusal(status, why); });
    if (const std::string wrong = sound ? why_not_sent(made) : ""; !wrong.empty()) {
      log(LogLevel::error, "the refusal page made an answer that must not be sent: " + wrong);
      sound = false;
    }
    if (sound) return made;
  }
  return text(status, std::to_string(status) + " " + std::string(reason(status)) + ": " + std::string(why) + "\n");
}

}  // namespace troupe::http

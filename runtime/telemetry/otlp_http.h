// One request to a collector: POST with JSON, over plain HTTP or TLS. Each goes over a connection of its own.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "troupe/error.h"
#include "troupe/tracing.h"

namespace troupe::telemetry {

struct CollectorUrl {
  bool tls = false;
  std::string host;
  std::string port;
  std::string path;  // with its query
};
// `invalid`, with what is wrong: it is to be http://HOST[:PORT][/PATH], or https.
[[nodiscard]] Result<CollectorUrl> parse_collector_url(const std::string& url);

// What became of one.
struct Delivered {
  bool done = false;
  bool again = false;                  // not done, and worth trying again
  std::chrono::milliseconds after{0};  // as the collector asked; 0: it did not
  std::string why{};                   // not done
};
// What the status says, by OTLP: 429, 502, 503 and 504 are worth trying again.
[[nodiscard]] Delivered judge_status(unsigned status, const std::string& retry_after);

using PostSpans = std::function<Delivered(const std::string& body)>;
// `invalid`: the URL, or a CA file that cannot be read. What it gives blocks up to OtlpConfig::timeout; one thread at a
// time.
[[nodiscard]] Result<PostSpans> collector(const OtlpConfig& config);

}  // namespace troupe::telemetry

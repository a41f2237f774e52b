// Where metrics are read over TCP: GET /metrics, in a text format, and nothing else. Who asks must bear the token, if
// there is one. Bounded as the admin socket is.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "observe/admin_api.h"
#include "observe/listen_address.h"
#include "troupe/log.h"
#include "troupe/metrics.h"

namespace troupe::observe {

struct MetricsServerOptions {
  ListenAddress address;
  std::string token;  // empty: none is wanted
  LogSink log;
  std::size_t max_connections = 16;
  std::size_t max_request_bytes = 4096;
  std::chrono::milliseconds read_timeout{10'000};   // for one request to arrive in full
  std::chrono::milliseconds idle_timeout{120'000};  // between requests of a connection
};

// What is answered to a request. Pure.
[[nodiscard]] AdminAnswer answer_scrape(const AdminRequest& request, const std::string& token,
                                        const std::function<std::vector<MetricFamily>()>& read) noexcept;

class MetricsServer {
 public:
  // `unavailable`: the system refuses; the message says what was to be listened on. `read` is called on threads of its
  // own, several at a time.
  [[nodiscard]] static Result<std::unique_ptr<MetricsServer>> start(MetricsServerOptions options,
                                                                    std::function<std::vector<MetricFamily>()> read);
  // Closes every connection, and waits for answers that are being made.
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  struct Parts;
  explicit MetricsServer(std::unique_ptr<Parts> parts) noexcept;
  std::unique_ptr<Parts> parts_;
};

}  // namespace troupe::observe

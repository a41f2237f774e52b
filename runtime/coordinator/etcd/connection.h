// One HTTP/1.1 connection to an etcd, plain or TLS: a request and its answer, or a request and a stream. Every wait
// ends at its time. One thread at a time; Stop from any.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "coordinator/config.h"
#include "coordinator/etcd/endpoint.h"
#include "troupe/error.h"

namespace troupe::coordinator::etcd {

// What connections of one coordinator share: certificates, and who looks names up.
class Network {
 public:
  // `invalid`: files that cannot be read, or do not fit to each other.
  [[nodiscard]] static Result<std::unique_ptr<Network>> make(const CoordinatorConfig& config, bool tls);
  virtual ~Network() = default;
};

// Ends what a connection waits for, from another thread.
class Stop {
 public:
  virtual ~Stop() = default;
  virtual void stop() = 0;
  [[nodiscard]] virtual bool stopped() const noexcept = 0;
  // False: that time has come. Of the thread whose connections it is for.
  [[nodiscard]] virtual bool wait(TimePoint until) = 0;
  [[nodiscard]] static std::unique_ptr<Stop> make();
};

struct HttpRequest {
  std::string path;
  std::string token;  // empty: none
  std::string body;
};

struct HttpAnswer {
  unsigned status = 0;
  std::string body;
};

// What went wrong, and whether the request may have arrived.
struct Broken {
  std::string why;
  bool sent = false;
};

class Connection {
 public:
  virtual ~Connection() = default;

  // `stop`: outlives it; null: nothing ends its waits but time. What went wrong is in `why`, and the result null.
  [[nodiscard]] static std::unique_ptr<Connection> open(Network& network, const Endpoint& endpoint, Stop* stop,
                                                        TimePoint until, std::string& why);

  // After a failure it is of no more use. An answer of more than kMaxAnswerBytes is one.
  [[nodiscard]] virtual std::optional<HttpAnswer> ask(const HttpRequest& request, TimePoint until, Broken& broken) = 0;
  // Whether another request may go over it.
  [[nodiscard]] virtual bool open() = 0;

  // The head of the answer; its body comes by read_some(), but for one that is no 200.
  [[nodiscard]] virtual std::optional<HttpAnswer> begin_stream(const HttpRequest& request, TimePoint until,
                                                               Broken& broken) = 0;
  enum class Heard { bytes, nothing, end };
  // Appends to `bytes`; nothing: time is up, and it may be asked again.
  [[nodiscard]] virtual Heard read_some(std::string& bytes, TimePoint until) = 0;
};

}  // namespace troupe::coordinator::etcd

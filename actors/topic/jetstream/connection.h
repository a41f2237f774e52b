// Connection: the few requests to a NATS server that a log of events needs, on one connection that all logs of a
// program share. Every function blocks, for Config::patience at most, and may be called from any number of threads.
// Errors: `unavailable` when there is no server, it has no JetStream, or no answer came; then may_have_run() says
// whether it may have been done. Whether it was is the caller's to find out.
#pragma once

#include <kj/array.h>

#include <capnp/common.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "topic/jetstream/jetstream.h"

namespace troupe::topic::jetstream {

// Both belong together; see Config::prefix.
struct StreamName {
  std::string stream;
  std::string subject;
};

// The sequences of what a stream holds; last == 0: it never held anything.
struct Sequences {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t messages = 0;
};

struct Message {
  std::uint64_t sequence = 0;
  kj::Array<capnp::word> words;  // the payload, filled up to a whole word
};

class Connection {
 public:
  // Connects to nothing yet. Throws `invalid`.
  explicit Connection(Config config);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // What it holds; nothing if there is no stream, which is then made if that is wanted. `invalid`: there is one that is
  // not for this.
  enum class Absent : std::uint8_t { make, leave };
  [[nodiscard]] Sequences open(const StreamName& name, Absent absent);
  // Its sequence, or nothing: the stream's last message is not `after`. `invalid`: it is larger than the server allows.
  [[nodiscard]] std::optional<std::uint64_t> publish(const StreamName& name, std::uint64_t after,
                                                     const std::string& bytes);
  // Those from `from` on, `count` at most and in order; fewer when some are not there.
  [[nodiscard]] std::vector<Message> read(const StreamName& name, std::uint64_t from, std::uint64_t count);
  void remove_before(const StreamName& name, std::uint64_t sequence);

  [[nodiscard]] const Config& config() const noexcept { return config_; }

 private:
  struct NatsHandles;  // what libnats gave
  // Connected, now or before.
  [[nodiscard]] std::shared_ptr<NatsHandles> link();
  [[nodiscard]] std::shared_ptr<NatsHandles> connect() const;

  const Config config_;
  std::mutex mutex_;
  std::shared_ptr<NatsHandles> link_;
};

}  // namespace troupe::topic::jetstream

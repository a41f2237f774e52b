// NatsServer: a nats-server process of a test's own, with JetStream, a free port and a directory that is gone at the
// end. It can be killed and started again at the same place; it dies with the thread that started it. For one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/scratch_directory.h"

namespace troupe::testing {

class NatsServer {
 public:
  struct Options {
    bool jetstream = true;
    std::string configuration{};  // further lines of its configuration file
  };
  // Waits until it can be connected to. Throws std::runtime_error with what it logged.
  explicit NatsServer(Options options);
  NatsServer() : NatsServer(Options{}) {}
  ~NatsServer();
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;

  [[nodiscard]] std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  // SIGKILL, and waits until it is gone.
  void kill();
  // After kill(): with the port and the streams it had.
  void start();
  // SIGSTOP, until it has stopped, and SIGCONT: between it is there and does not answer.
  void freeze();
  void thaw();

 private:
  void await_ready();
  [[nodiscard]] std::string log() const;

  ScratchDirectory directory_;
  Options options_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace troupe::testing

// The gateway as a process: a client of a cluster that serves the routes of schemas which it reads when it starts.
#pragma once

#include <memory>
#include <string>

#include "gateway/gateway.h"
#include "gateway_file.h"
#include "loaded_services.h"
#include "troupe/node.h"

namespace troupe::edge {

// Supervisors read them: a wrong configuration does not heal by a restart.
enum ExitCode : int {
  kGood = 0,
  kFailed = 1,
  kWrongUse = 2,  // arguments, the configuration, or a schema
  kNoStart = 3,   // a port, a directory, a cluster that cannot be joined
  kUnhealthy = 4,
  kStopped = 130,  // by a second signal
};

class Process {
 public:
  // Checks all that can be checked without starting anything. Throws Error `invalid`.
  Process(GatewayFile file, LoadedServices services);

  // What is offered, for people or as JSON.
  [[nodiscard]] std::string routes(bool json) const;
  // Until SIGTERM or SIGINT, which its caller has blocked with SIGHUP in all threads. SIGHUP: the certificate is read
  // again.
  [[nodiscard]] ExitCode run();

 private:
  [[nodiscard]] gateway::GatewayOptions options();
  void say(LogLevel level, const std::string& message) const;
  void reload_certificate();
  [[nodiscard]] std::string address() const;
  [[nodiscard]] ExitCode stop();

  GatewayFile file_;
  LogSink log_;
  LoadedServices services_;
  std::vector<LoadedService> offered_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<gateway::Gateway> gateway_;
};

// SIGTERM, SIGINT and SIGHUP become something that Process::run() waits for. Before any thread.
void block_signals();

}  // namespace troupe::edge

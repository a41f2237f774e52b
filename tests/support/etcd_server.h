// EtcdServer: one or several etcd processes of a test's own, on free ports, in a directory that is gone at the end.
// Each can be killed, frozen and started again at the same place; they die with the thread that started them. For one
// thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/scratch_directory.h"

namespace troupe::testing {

class EtcdServer {
 public:
  struct Options {
    std::size_t members = 1;
    std::vector<std::string> arguments{};  // further ones
    bool tls = false;                      // `arguments` name the certificates
  };
  // Waits until all can be connected to. Throws std::runtime_error with what they logged.
  explicit EtcdServer(Options options);
  EtcdServer() : EtcdServer(Options{}) {}
  ~EtcdServer();
  EtcdServer(const EtcdServer&) = delete;
  EtcdServer& operator=(const EtcdServer&) = delete;

  [[nodiscard]] std::string url(std::size_t member = 0) const;
  [[nodiscard]] std::vector<std::string> urls() const;
  [[nodiscard]] std::uint16_t port(std::size_t member = 0) const { return members_[member].client; }
  // SIGKILL, and waits until it is gone.
  void kill(std::size_t member = 0);
  // After kill(): with the ports and the data it had.
  void start(std::size_t member = 0);
  // After kill(): its data are gone.
  void wipe(std::size_t member = 0);
  // SIGSTOP, until it has stopped, and SIGCONT.
  void freeze(std::size_t member = 0);
  void thaw(std::size_t member = 0);

 private:
  struct Member {
    std::uint16_t client = 0, peer = 0;
    pid_t pid = -1;
  };
  void spawn(std::size_t member);
  void await(std::size_t member);
  [[nodiscard]] std::string name(std::size_t member) const { return "m" + std::to_string(member); }

  ScratchDirectory directory_;
  const Options options_;
  std::vector<Member> members_;
};

}  // namespace troupe::testing

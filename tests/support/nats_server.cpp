#include "support/nats_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace troupe::testing {
namespace {

constexpr std::chrono::seconds kStarting{30};

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The file it writes when it takes connections: {"nats":["nats://127.0.0.1:4222"], ...}
std::uint16_t port_in(const std::string& ports) {
  const std::string before = "nats://127.0.0.1:";
  const auto found = ports.find(before);
  if (found == ports.npos || ports.find('}') == ports.npos) return 0;
  return static_cast<std::uint16_t>(std::stoi(ports.substr(found + before.size())));
}

}  // namespace

NatsServer::NatsServer(Options options) : options_(std::move(options)) { start(); }

NatsServer::~NatsServer() { kill(); }

void NatsServer::start() {
  std::ofstream(directory_ / "server.conf")
      << "listen: \"127.0.0.1:" << (port_ == 0 ? -1 : port_) << "\"\nserver_name: test\nports_file_dir: \""
      << directory_.path().string() << "\"\nlog_file: \"" << (directory_ / "server.log").string() << "\"\n"
      << (options_.jetstream ? "jetstream { store_dir: \"" + (directory_ / "store").string() + "\" }\n" : "")
      << options_.configuration << "\n";
  const std::string file = (directory_ / "server.conf").string();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(126);
    ::execl(TROUPE_NATS_SERVER, TROUPE_NATS_SERVER, "-c", file.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  await_ready();
}

void NatsServer::await_ready() {
  const auto until = std::chrono::steady_clock::now() + kStarting;
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  const auto ports = directory_ / ("nats-server_" + std::to_string(pid_) + ".ports");
  std::uint16_t port = 0;
  bool ended = false;
  while (port == 0 && !ended && std::chrono::steady_clock::now() < until) {
    pollfd end{process, POLLIN, 0};
    ended = ::poll(&end, 1, 2) > 0;
    port = port_in(text_of(ports));
  }
  ::close(process);
  if (port != 0) {
    port_ = port;
    return;
  }
  const std::string said = log();
  kill();
  throw std::runtime_error("nats-server did not start: " + said);
}

void NatsServer::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

void NatsServer::freeze() {
  ::kill(pid_, SIGSTOP);
  (void)::waitpid(pid_, nullptr, WUNTRACED);
}

void NatsServer::thaw() { ::kill(pid_, SIGCONT); }

std::string NatsServer::log() const { return text_of(directory_ / "server.log"); }

}  // namespace troupe::testing

#include "support/etcd_server.h"
#include "support/loopback.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace troupe::testing {
namespace {

constexpr std::chrono::seconds kStartsWithin{30};

// Some at once, so that no two are the same.
std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<int> sockets;
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < count; ++i) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    sockets.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(sockets.back(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(sockets.back(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::system_error(errno, std::generic_category(), "no free port");
    ports.push_back(ntohs(address.sin_port));
  }
  for (const int socket : sockets) ::close(socket);
  return ports;
}

bool takes_connections(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(port);
  const bool taken = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return taken;
}

}  // namespace

EtcdServer::EtcdServer(Options options) : options_(std::move(options)), members_(options_.members) {
  const auto ports = free_ports(2 * members_.size());
  for (std::size_t i = 0; i < members_.size(); ++i) members_[i] = {ports[2 * i], ports[2 * i + 1], -1};
  for (std::size_t i = 0; i < members_.size(); ++i) spawn(i);
  for (std::size_t i = 0; i < members_.size(); ++i) await(i);
}

EtcdServer::~EtcdServer() {
  for (std::size_t i = 0; i < members_.size(); ++i) kill(i);
}

std::string EtcdServer::url(std::size_t member) const {
  return (options_.tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(members_[member].client);
}

std::vector<std::string> EtcdServer::urls() const {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < members_.size(); ++i) all.push_back(url(i));
  return all;
}

void EtcdServer::start(std::size_t member) {
  spawn(member);
  await(member);
}

void EtcdServer::spawn(std::size_t member) {
  const auto peer = [&](std::size_t i) { return "http://127.0.0.1:" + std::to_string(members_[i].peer); };
  std::string cluster;
  for (std::size_t i = 0; i < members_.size(); ++i) cluster += (i == 0 ? "" : ",") + name(i) + "=" + peer(i);
  std::vector<std::string> words = {TROUPE_ETCD,
                                    "--name",
                                    name(member),
                                    "--data-dir",
                                    (directory_ / name(member)).string(),
                                    "--listen-client-urls",
                                    url(member),
                                    "--advertise-client-urls",
                                    url(member),
                                    "--listen-peer-urls",
                                    peer(member),
                                    "--initial-advertise-peer-urls",
                                    peer(member),
                                    "--initial-cluster",
                                    cluster,
                                    "--heartbeat-interval",
                                    "50",
                                    "--election-timeout",
                                    "400"};
  words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
  std::vector<char*> raw;
  for (auto& word : words) raw.push_back(word.data());
  raw.push_back(nullptr);
  const std::string log = (directory_ / (name(member) + ".log")).string();
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (::getppid() != parent || ::dup2(out, STDOUT_FILENO) < 0 || ::dup2(out, STDERR_FILENO) < 0) ::_exit(126);
    ::execv(raw[0], raw.data());
    ::_exit(127);
  }
  members_[member].pid = pid;
}

void EtcdServer::await(std::size_t member) {
  const auto until = std::chrono::steady_clock::now() + kStartsWithin;
  while (std::chrono::steady_clock::now() < until && ::waitpid(members_[member].pid, nullptr, WNOHANG) == 0) {
    if (takes_connections(members_[member].client)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::ifstream log(directory_ / (name(member) + ".log"));
  throw std::runtime_error("etcd did not start: " + std::string(std::istreambuf_iterator<char>(log), {}));
}

void EtcdServer::kill(std::size_t member) {
  pid_t& pid = members_[member].pid;
  if (pid < 0) return;
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid = -1;
}

void EtcdServer::wipe(std::size_t member) { std::filesystem::remove_all(directory_ / name(member)); }

void EtcdServer::freeze(std::size_t member) {
  ::kill(members_[member].pid, SIGSTOP);
  (void)::waitpid(members_[member].pid, nullptr, WUNTRACED);
}

void EtcdServer::thaw(std::size_t member) { ::kill(members_[member].pid, SIGCONT); }

}  // namespace troupe::testing

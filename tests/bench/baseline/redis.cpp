// Redis as a durable counter would use it: every command is in the append-only file, and synced, before it is answered.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "baseline/baselines.h"

namespace troupe::bench::baseline {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::string_view kDone = "+OK\r\n";

// redis-server in `dir`, reached by a socket there. It ends with its owner, and dies with this process.
class RedisServer {
 public:
  explicit RedisServer(const std::filesystem::path& dir) : socket_(dir / "redis.sock") {
    int said[2];
    if (::pipe2(said, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "redis: pipe");
    says_ = said[0];
    std::vector<std::string> words = {"redis-server",
                                      "--port",
                                      "0",
                                      "--unixsocket",
                                      socket_,
                                      "--dir",
                                      dir,
                                      "--save",
                                      "",
                                      "--appendonly",
                                      "yes",
                                      "--appendfsync",
                                      "always",
                                      "--daemonize",
                                      "no",
                                      "--logfile",
                                      ""};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(said[1], STDOUT_FILENO);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    const int error = errno;
    ::close(said[1]);
    if (pid_ > 0) return;
    ::close(says_);
    throw std::system_error(error, std::generic_category(), "redis: fork");
  }
  ~RedisServer() {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    ::close(says_);
  }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // A connection, once it says that it takes some.
  [[nodiscard]] int connect() {
    wait_until_ready();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_.size() >= sizeof address.sun_path) throw std::runtime_error("redis: too long a path: " + socket_);
    std::memcpy(address.sun_path, socket_.c_str(), socket_.size() + 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    throw std::system_error(error, std::generic_category(), "redis: connect to " + socket_);
  }

 private:
  void wait_until_ready() const {
    std::string said;
    const auto until = Clock::now() + std::chrono::seconds(10);
    while (said.find("at " + socket_) == std::string::npos) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
      pollfd readable{says_, POLLIN, 0};
      if (left <= 0 || ::poll(&readable, 1, static_cast<int>(left)) == 0)
        throw std::runtime_error("redis-server took no connection within 10 s; it said: " + said);
      std::array<char, 4096> chunk;
      const ssize_t got = ::read(says_, chunk.data(), chunk.size());
      if (got == 0) throw std::runtime_error("redis-server did not start; is it installed? It said: " + said);
      if (got > 0) said.append(chunk.data(), static_cast<std::size_t>(got));
    }
  }

  std::string socket_;
  pid_t pid_ = -1;
  int says_ = -1;
};

class Client {
 public:
  explicit Client(int fd) : fd_(fd) {}
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) throw std::system_error(errno, std::generic_category(), "redis: send");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // How many commands were answered since it was last asked; waits for one.
  [[nodiscard]] std::size_t answers() {
    std::array<char, 16 << 10> chunk;
    for (;;) {
      const ssize_t got = ::recv(fd_, chunk.data(), chunk.size(), 0);
      if (got <= 0) throw std::runtime_error("redis: the server is gone");
      unread_ += static_cast<std::size_t>(got);
      if (chunk[0] == '-')
        throw std::runtime_error("redis: " + std::string(chunk.data(), static_cast<std::size_t>(got)));
      const std::size_t answered = unread_ / kDone.size();
      unread_ %= kDone.size();
      if (answered > 0) return answered;
    }
  }

 private:
  int fd_;
  std::size_t unread_ = 0;  // bytes of an answer that has come in part
};

std::string set_command(int number, std::size_t value_bytes) {
  const std::string key = "counter-" + std::to_string(number), value(value_bytes, 'x');
  const auto bulk = [](const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; };
  return "*3\r\n" + bulk("SET") + bulk(key) + bulk(value);
}

double sets_per_second(Client& client, const std::vector<std::string>& commands, std::chrono::nanoseconds time) {
  std::size_t next = 0, done = 0, under_way = commands.size();
  const auto start = Clock::now();
  const auto end = start + time;
  for (const std::string& command : commands) client.send(command);
  std::string batch;
  while (under_way > 0) {
    const std::size_t answered = client.answers();
    done += answered;
    under_way -= answered;
    if (Clock::now() >= end) continue;
    batch.clear();
    for (std::size_t i = 0; i < answered; ++i) batch += commands[next++ % commands.size()];
    client.send(batch);
    under_way += answered;
  }
  return static_cast<double>(done) / std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

double redis_sets(int in_flight, std::size_t value_bytes, const Effort& effort) {
  RedisServer server(effort.dir);
  Client client(server.connect());
  std::vector<std::string> commands;
  for (int i = 0; i < in_flight; ++i) commands.push_back(set_command(i, value_bytes));
  sets_per_second(client, commands, effort.time / 10);
  return sets_per_second(client, commands, effort.time);
}

}  // namespace troupe::bench::baseline

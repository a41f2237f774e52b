// nginx with one worker process and a fixed answer from its configuration: what many put before their services.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "baseline/baselines.h"
#include "http_load.h"
#include "pace.h"
#include "support/loopback.h"

namespace troupe::bench::baseline {
namespace {

using namespace std::chrono_literals;

// One that nobody listens on now.
std::uint16_t port_for_nginx() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = testing::loopback(0);
  socklen_t size = sizeof address;
  const bool bound = fd >= 0 && ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!bound) throw std::system_error(error, std::generic_category(), "no free port on loopback");
  return ntohs(address.sin_port);
}

bool answers_at(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = testing::loopback(port);
  const bool there = fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (fd >= 0) ::close(fd);
  return there;
}

// Ends with its owner, and dies with this process.
class Nginx {
 public:
  explicit Nginx(const std::filesystem::path& dir) : port(port_for_nginx()) {
    const std::string conf = dir / "nginx.conf";
    std::ofstream(conf) << "daemon off;\nmaster_process off;\npid " << (dir / "nginx.pid").string() << ";\nerror_log "
                        << (dir / "error.log").string()
                        << ";\nevents { worker_connections 1024; }\nhttp {\n  access_log off;\n"
                           "  keepalive_requests 1000000000;\n  client_body_temp_path "
                        << (dir / "body").string() << ";\n  server {\n    listen 127.0.0.1:" << port
                        << ";\n    location /plain { default_type text/plain; return 200 '"
                        << std::string(kHttpBodyBytes, 'x') << "'; }\n  }\n}\n";
    std::array<std::string, 5> words = {"nginx", "-p", dir, "-c", conf};
    std::array<char*, 6> arguments{};
    for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::execvp(arguments[0], arguments.data());
      ::execv("/usr/sbin/nginx", arguments.data());
      ::_exit(127);
    }
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "nginx: fork");
  }
  ~Nginx() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  void await_ready() {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!answers_at(port)) {
      if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
        pid_ = -1;
        throw std::runtime_error("nginx ended at once; is it installed?");
      }
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("nginx took no connection within 10 s");
      let_run(1ms);
    }
  }

  const std::uint16_t port;

 private:
  pid_t pid_ = -1;
};

}  // namespace

double nginx_requests(const Effort& effort) {
  Nginx server(effort.dir);
  server.await_ready();
  return http_requests_per_second(server.port, effort.time);
}

}  // namespace troupe::bench::baseline

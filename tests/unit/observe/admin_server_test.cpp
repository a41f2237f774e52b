// The admin socket under all kinds of clients: quick, many, slow, greedy, and those that do not speak HTTP.
#include "observe/admin_server.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "fake_source.h"
#include "support/scratch_directory.h"
#include "troupe/admin_client.h"

namespace troupe::observe {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A server over a FakeSource, in a directory of its own.
struct Served {
  explicit Served(AdminServerOptions options = {}) {
    options.socket = folder / kAdminSocketName;
    server =
        AdminServer::start(options, [this](const AdminRequest& request) { return answer(source, request); }).value();
  }
  AdminClient client() const { return AdminClient(folder.path()); }
  testing::ScratchDirectory folder;
  FakeSource source;
  std::unique_ptr<AdminServer> server;
};

// A client that sends what it likes.
class Raw {
 public:
  explicit Raw(const fs::path& socket) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Raw() { ::close(fd_); }
  void send(const std::string& bytes) { (void)::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // Everything until the server hangs up.
  std::string rest() {
    std::string all;
    char bytes[4096];
    for (ssize_t n; (n = ::read(fd_, bytes, sizeof bytes)) > 0;) all.append(bytes, static_cast<std::size_t>(n));
    return all;
  }

 private:
  int fd_;
};

TEST_CASE("a client asks twice over one connection") {
  Served served;
  auto client = served.client();

  const auto node = client.request("GET", "/node").value();
  const auto missing = client.request("GET", "/nothing").value();

  CHECK(node.status == 200);
  CHECK(node.json.find("\"shop-1\"") != std::string::npos);
  CHECK(missing.status == 404);
}

TEST_CASE("the socket is its owner's alone and goes with the server") {
  Served served;
  const auto socket = served.folder / kAdminSocketName;

  struct stat found {};
  REQUIRE(::stat(socket.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
  served.server->stop();

  CHECK_FALSE(fs::exists(socket));
  CHECK(served.client().request("GET", "/node").error().kind() == ErrorKind::unavailable);
}

TEST_CASE("many clients at once get their own answers") {
  Served served;
  std::vector<std::future<int>> clients;

  for (int i = 0; i < 16; ++i)
    clients.push_back(std::async(std::launch::async, [&served, i] {
      auto client = served.client();
      int right = 0;
      const std::string actor = "Stock/k" + std::to_string(i);
      for (int round = 0; round < 20; ++round) {
        auto reply = client.request("GET", "/actors/" + actor);
        right += reply.ok() && reply->json.find('"' + actor + '"') != std::string::npos;
      }
      return right;
    }));

  for (auto& client : clients) CHECK(client.get() == 20);
}

TEST_CASE("one slow answer does not hold up another") {
  Served served;
  std::promise<void> entered, leave;
  served.source.on_inspect = [&] {
    entered.set_value();
    leave.get_future().wait();
  };
  auto slow = std::async(std::launch::async, [&] { return served.client().request("GET", "/actors/Stock/sku-1"); });
  entered.get_future().wait();

  const auto quick = served.client().request("GET", "/node");
  leave.set_value();

  CHECK(quick.ok());
  CHECK(slow.get().ok());
}

TEST_CASE("calls that wait hold up nobody who only looks, and one call too many is told so") {
  AdminServerOptions options;
  options.max_changes = 8;
  Served served(options);
  std::promise<void> leave;
  const auto gate = leave.get_future().share();
  std::atomic<std::size_t> waiting{0};
  served.source.on_call = [&] {
    ++waiting;
    waiting.notify_all();
    gate.wait();
  };
  std::vector<std::future<Result<AdminReply>>> calls;
  for (std::size_t i = 0; i < options.max_changes; ++i)
    calls.push_back(std::async(
        std::launch::async, [&] { return served.client().request("POST", "/actors/Stock/sku-1/call/reserve", "{}"); }));
  for (std::size_t now = waiting; now < options.max_changes; now = waiting) waiting.wait(now);

  const auto looked = served.client().request("GET", "/node", {}, 5s);
  auto refused = served.client().request("POST", "/actors/Stock/sku-1/call/reserve", "{}", 5s);

  leave.set_value();
  REQUIRE(looked.ok());
  REQUIRE(refused.ok());
  CHECK(refused->status == 503);
  CHECK(refused->json.find("overloaded") != std::string::npos);
  CHECK(refused->json.find("8 calls") != std::string::npos);
  for (auto& call : calls) CHECK(call.get()->status == 200);
}

TEST_CASE("a request larger than the limit is refused and the connection closed") {
  AdminServerOptions options;
  options.max_request_bytes = 1000;
  Served served(options);
  Raw raw(served.folder / kAdminSocketName);

  raw.send("POST /actors/Stock/a/call/b HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");

  const auto answered = raw.rest();
  CHECK(answered.starts_with("HTTP/1.1 413"));
  CHECK(answered.find("larger than 1000 bytes") != std::string::npos);
}

TEST_CASE("an endless header is refused") {
  Served served;
  Raw raw(served.folder / kAdminSocketName);

  raw.send("GET /node HTTP/1.1\r\nX: " + std::string(20'000, 'x'));

  CHECK(raw.rest().starts_with("HTTP/1.1 431"));
}

TEST_CASE("bytes that are not HTTP are answered with 400, and the server goes on") {
  Served served;
  for (const std::string& garbage : {std::string("\x00\x01\x02\xff garbage\r\n\r\n", 17), std::string("GET\r\n\r\n"),
                                     std::string(100, '\n'), std::string("GET / HTTP/9.9\r\n\r\n")}) {
    Raw raw(served.folder / kAdminSocketName);
    raw.send(garbage);
    CHECK(raw.rest().starts_with("HTTP/1.1 400"));
  }

  CHECK(served.client().request("GET", "/node").ok());
}

TEST_CASE("a client that never ends its request is hung up on") {
  AdminServerOptions options;
  options.read_timeout = 50ms;
  Served served(options);
  Raw raw(served.folder / kAdminSocketName);

  raw.send("GET /node HTT");

  CHECK(raw.rest().empty());
}

TEST_CASE("a connection that stays idle is closed, and its client connects again") {
  AdminServerOptions options;
  options.idle_timeout = 50ms;
  Served served(options);
  Raw raw(served.folder / kAdminSocketName);

  CHECK(raw.rest().empty());
  CHECK(served.client().request("GET", "/node").ok());
}

TEST_CASE("one connection too many is told so") {
  AdminServerOptions options;
  options.max_connections = 1;
  Served served(options);
  auto first = served.client();
  REQUIRE(first.request("GET", "/node").ok());

  CHECK(Raw(served.folder / kAdminSocketName).rest().starts_with("HTTP/1.1 503"));
}

TEST_CASE("stop hangs up on clients that wait") {
  Served served;
  Raw raw(served.folder / kAdminSocketName);
  auto client = served.client();
  REQUIRE(client.request("GET", "/node").ok());

  served.server->stop();

  CHECK(raw.rest().empty());
  CHECK_FALSE(client.request("GET", "/node").ok());
}

TEST_CASE("a socket that a dead node left is replaced, one that is served is not") {
  Served served;
  AdminServerOptions options;
  options.socket = served.folder / "left.sock";
  {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, options.socket.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);
  }

  CHECK(AdminServer::start(options, {}).ok());
  options.socket = served.folder / kAdminSocketName;
  CHECK(AdminServer::start(options, {}).error().kind() == ErrorKind::unavailable);
}

TEST_CASE("a file that is no socket is left alone") {
  testing::ScratchDirectory folder;
  AdminServerOptions options;
  options.socket = folder / kAdminSocketName;
  std::ofstream(options.socket) << "precious";

  const auto refused = AdminServer::start(options, {});

  CHECK(refused.error().kind() == ErrorKind::invalid);
  CHECK(fs::file_size(options.socket) == 8);
}

TEST_CASE("a path too long for a Unix socket is refused with its length") {
  AdminServerOptions options;
  options.socket = "/tmp/" + std::string(120, 'x');

  const auto refused = AdminServer::start(options, {});

  CHECK(refused.error().kind() == ErrorKind::invalid);
  CHECK(refused.error().message().find("125 bytes") != std::string::npos);
}

TEST_CASE("a directory that does not exist is a clear error") {
  AdminServerOptions options;
  options.socket = "/tmp/troupe-admin-nowhere/admin.sock";

  CHECK(AdminServer::start(options, {}).error().kind() == ErrorKind::unavailable);
}

}  // namespace
}  // namespace troupe::observe

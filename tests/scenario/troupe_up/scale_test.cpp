// A cluster that grows and shrinks by how long calls wait on its nodes; the node that says so is the test's own.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>

#include "scenario/troupe_up/up_stage.h"

using namespace troupe::testing::up;

namespace {

// An admin socket that answers every request alike.
class FakeNode {
 public:
  explicit FakeNode(const fs::path& directory) {
    fs::create_directories(directory);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = directory / "admin.sock";
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeNode() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::atomic<int> wait_ms{50};

 private:
  void serve() {
    for (int peer; (peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ::close(peer)) {
      char bytes[4096];
      if (::read(peer, bytes, sizeof bytes) <= 0) continue;
      const std::string body =
          json{{"overload", {{"waitMs", wait_ms.load()}}}, {"joined", false}, {"members", json::array()}}.dump();
      const std::string answer =
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
          "Content-Length: " +
          std::to_string(body.size()) + "\r\n\r\n" + body;
      (void)!::write(peer, answer.data(), answer.size());
    }
  }
  const int listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::thread thread_;
};

std::string scale(const std::string& bounds, const std::string& id = "extra-{n}") {
  return "[scale]\n" + bounds +
         "grow_after_ms = 0\nshrink_after_ms = 0\ncool_down_ms = 0\nlook_every_ms = 10\n[scale.child]\nid = '" + id +
         "'\nready = 'ready'\nnode = 'n-{n}'\ndata_dir = 'node'\n"
         "process = ['/bin/sh', '-c', 'trap \"exit 0\" TERM; echo ready of {n}; while :; do sleep 0.01; done']\n";
}

}  // namespace

TEST_CASE("a cluster grows while calls wait, to its most, and shrinks when they do not, to its least") {
  const Cluster cluster(kTop + steady("a") + scale("min = 1\nmax = 2\n"));
  FakeNode node(cluster.dir / "node");
  ChildProcess up = cluster.up();
  REQUIRE(up.says("2 processes are up", 30s));
  CHECK(up.says("extra-1 | ready of 1", 30s));

  node.wait_ms = 500;
  CHECK(up.says("grows to 2 of [scale]: calls wait for 500 ms", 30s));
  CHECK(up.says("extra-2: is up, after ", 30s));
  node.wait_ms = 50;
  // Who is started anew has as many.
  up.send_signal(SIGKILL);
  (void)up.finish(30s);
  ChildProcess again = cluster.up();
  REQUIRE(again.says("3 processes are up", 30s));
  const auto reloaded = tool("up --reload " + cluster.file.string());
  CHECK(reloaded.says("0 to start, 0 to take out, 0 to roll"));
  node.wait_ms = 0;
  CHECK(again.says("shrinks to 1 of [scale]: calls wait for 0 ms", 30s));
  CHECK(again.says("extra-2: is gone, after ", 30s));
  const auto tree = tool("--json --node " + (cluster.dir / "logs").string() + " tree").parsed();
  again.send_signal(SIGINT);

  CHECK(again.finish(30s) == 0);
  INFO(up.said() << again.said());
  CHECK(tree[0]["supervision"]["children"].size() == 2);
  CHECK(again.said().find("shrinks to 0") == std::string::npos);
}

TEST_CASE("a [scale] that cannot be is refused with its line") {
  const auto refusal = [](const std::string& text) {
    const Cluster cluster(kTop + steady("a") + text);
    const auto outcome = tool("up --check " + cluster.file.string());
    CHECK(outcome.code == 2);
    return outcome.out;
  };
  const auto names = [](const std::string& said, const std::string& what) {
    INFO(said);
    return said.find("cluster.toml:") != std::string::npos && said.find(what) != std::string::npos;
  };

  CHECK(names(refusal(scale("min = 3\nmax = 2\n")), "[scale]: 'min' is not more than 'max'"));
  CHECK(names(refusal(scale("max = 65\n")), "'max' must be a whole number from 1 to 64"));
  CHECK(names(refusal(scale("max = 2\n", "extra")), "has \"{n}\" in it"));
  CHECK(names(refusal(scale("max = 2\n", "{n}") + "colour = 'red'\n"), "unknown key 'colour'"));
  CHECK(names(refusal("[scale]\nmax = 2\n"), "key 'child' is missing"));
  CHECK(names(refusal(scale("shrink_below_ms = 200\nmax = 2\n")), "it would grow and shrink in turn"));
  CHECK(names(refusal(child("extra-2", "true") + scale("max = 2\n")), "are both 'extra-2'"));
}

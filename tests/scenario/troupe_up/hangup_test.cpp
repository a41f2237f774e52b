// SIGHUP: `troupe up` reads its file again, or, when its terminal is gone, stops.
#include <pty.h>

#include <array>

#include "scenario/troupe_up/up_stage.h"

using namespace troupe::testing::up;

namespace {

constexpr const char* kReloads = "reload of ";

// A `troupe up` that is up.
ChildProcess started(const Cluster& cluster) { return ChildProcess({TROUPE_TOOL, "up", cluster.file.string()}); }

// Until it has printed `text`, or its end.
bool terminal_says(int terminal, const std::string& text) {
  std::string said;
  std::array<char, 4096> bytes{};
  for (;;) {
    const auto n = ::read(terminal, bytes.data(), bytes.size());
    if (n <= 0) return false;
    said.append(bytes.data(), static_cast<std::size_t>(n));
    if (said.find(text) != std::string::npos) return true;
  }
}

}  // namespace

TEST_CASE("a hangup signal has up read its file again, and what is wrong with it changes nothing") {
  const Cluster cluster(kTop + steady("a") + steady("b"));
  ChildProcess up = started(cluster);
  REQUIRE(up.says(" up; logs in ", 30s));
  const int a = cluster.pid("a");

  std::ofstream(cluster.file) << "nonsense";
  up.send_signal(SIGHUP);
  CHECK(up.says("SIGHUP: nothing has changed: ", 30s));
  std::ofstream(cluster.file) << kTop + steady("a") + steady("x");
  up.send_signal(SIGHUP);

  CHECK(up.says("1 to start, 1 to take out, 0 to roll", 30s));
  CHECK(up.says("b: is gone, after", 30s));
  CHECK(comes_true([&] { return cluster.pid("x") != 0; }));
  CHECK(cluster.pid("a") == a);
  up.send_signal(SIGTERM);
  CHECK(up.finish(30s) == 0);
}

TEST_CASE("a hangup signal that comes while the cluster starts or changes is for afterwards") {
  const std::string waits = "while [ ! -e ";
  const Cluster cluster(kTop + child("a", waits + "go1 ]; do sleep 0.01; done; echo ready; exec sleep 1000"));
  ChildProcess up = started(cluster);
  REQUIRE(up.says("a: started as process", 30s));
  const std::string first = content(cluster.file);
  std::ofstream(cluster.file) << first + child("b", waits + "go2 ]; do sleep 0.01; done; echo ready; exec sleep 1000");
  up.send_signal(SIGHUP);
  std::ofstream(cluster.dir / "go1") << "now";
  REQUIRE(up.says("b: starting, new", 30s));

  std::ofstream(cluster.file) << first;
  up.send_signal(SIGHUP);
  up.send_signal(SIGHUP);
  std::ofstream(cluster.dir / "go2") << "now";

  CHECK(up.says("b: is gone, after", 30s));
  CHECK(up.says(kReloads, 30s, 2));
  CHECK(gone(cluster.pid("b")));
  up.send_signal(SIGINT);
  CHECK(up.finish(30s) == 0);
}

TEST_CASE("up whose terminal is gone stops its cluster") {
  const Cluster cluster(kTop + steady("a"));
  const std::string file = cluster.file.string();
  int terminal = -1;
  const pid_t up = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (up == 0) {
    ::execl(TROUPE_TOOL, TROUPE_TOOL, "up", file.c_str(), nullptr);
    ::_exit(127);
  }
  REQUIRE(up > 0);
  const bool is_up = terminal_says(terminal, " up; logs in ");

  ::close(terminal);

  int status = 0;
  const bool ended = comes_true([&] { return ::waitpid(up, &status, WNOHANG) == up; });
  if (!ended) ::kill(up, SIGKILL);
  CHECK(is_up);
  REQUIRE(ended);
  CHECK(WIFEXITED(status));
  CHECK(gone(cluster.pid("a")));
  CHECK(content(cluster.dir / "logs/a.log").find("bye a") != std::string::npos);
}

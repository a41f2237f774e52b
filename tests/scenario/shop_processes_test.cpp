// The watch over node processes, tried with processes that are shells.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <sstream>

#include "processes/free_port.h"
#include "processes/node_processes.h"
#include "support/scratch_directory.h"

namespace {

using demo::NodeProcesses;
using troupe::testing::ScratchDirectory;
using namespace std::chrono_literals;

demo::NodeCommand shell(const std::string& node, const std::string& script) {
  return {node, {"/bin/sh", "-c", script}};
}

NodeProcesses::Options options(const ScratchDirectory& dir, std::vector<demo::NodeCommand> nodes) {
  NodeProcesses::Options out;
  out.nodes = std::move(nodes);
  out.log_dir = dir.path();
  out.limit.restarts = 2;
  out.limit.pause = 1ms;
  return out;
}

// wait_ready ends early on a failure, which may come after the node was ready.
std::string failure_of(const NodeProcesses& processes) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!processes.failure() && std::chrono::steady_clock::now() < end) (void)processes.wait_ready(1ms);
  return processes.failure().value_or("no failure");
}

std::string content(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

TEST_CASE("a node that never comes up is given up at once, with its last words") {
  const ScratchDirectory dir;
  NodeProcesses processes(options(dir, {shell("a", "echo the port is taken >&2; exit 3")}));

  CHECK_FALSE(processes.wait_ready(20s));
  CHECK(failure_of(processes) == "node a does not start (exit code 3): the port is taken");
  CHECK(processes.restarts("a") == 0);
}

TEST_CASE("a node that dies too often is given up after its restarts") {
  const ScratchDirectory dir;
  NodeProcesses processes(options(dir, {shell("a", "echo node a is ready; exit 1")}));

  CHECK(failure_of(processes).find("node a ended again (exit code 1) after 2 restarts in 60 s") == 0);
  CHECK(processes.restarts("a") == 2);
}

TEST_CASE("a node that is killed comes back, and its lines are kept and passed on") {
  const ScratchDirectory dir;
  std::mutex mutex;
  std::vector<std::string> lines;
  auto how = options(
      dir, {shell("a", "echo node a is ready; exec sleep 1000"), shell("b", "echo node b is ready; exec sleep 1000")});
  how.on_line = [&](const std::string& node, const std::string& line) {
    const std::lock_guard lock(mutex);
    lines.push_back(node + ": " + line);
  };
  NodeProcesses processes(std::move(how));
  REQUIRE(processes.wait_ready(20s));
  const auto before = processes.pid("a");

  processes.kill("a");
  REQUIRE(processes.wait_ready(20s));

  CHECK(processes.pid("a") != before);
  CHECK(processes.restarts("a") == 1);
  CHECK(processes.restarts("b") == 0);
  processes.stop(5s);
  CHECK(content(dir / "a.log")
            .find("node a is ready\nended: signal 9 (Killed); starts again in 1 ms\nnode a is ready\n") == 0);
  const std::lock_guard lock(mutex);
  CHECK(std::count(lines.begin(), lines.end(), "a: node a is ready") == 2);
  CHECK(std::count(lines.begin(), lines.end(), "b: node b is ready") == 1);
}

TEST_CASE("a node that does not stop in time is killed") {
  const ScratchDirectory dir;
  NodeProcesses processes(
      options(dir, {shell("a", "trap '' TERM; echo node a is ready; while :; do sleep 0.01; done")}));
  REQUIRE(processes.wait_ready(20s));

  processes.stop(50ms);

  CHECK(content(dir / "a.log").find("does not stop within 50 ms; killed") != std::string::npos);
}

TEST_CASE("ports that are given out are free and differ") {
  const auto ports = demo::free_ports(8);

  for (const auto port : ports) {
    CHECK(demo::is_free("127.0.0.1", port));
    CHECK(std::count(ports.begin(), ports.end(), port) == 1);
  }
}

}  // namespace

// Nodes of one cluster that run programs of different versions, and a caller that keeps calling.
#pragma once

#include <sys/stat.h>
#include <troupe/admin_client.h>
#include <troupe/member_client.h>

#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "outcome.h"
#include "support/child_process.h"
#include "support/scratch_directory.h"

namespace jars {

using namespace std::chrono_literals;
using troupe::AdminClient;
using troupe::MemberClient;
using troupe::testing::ChildProcess;

// Nodes of one cluster, each a program of some version.
class JarCluster {
 public:
  JarCluster() { ::setenv("JAR_COORDINATOR", (dir_ / "coordinator").c_str(), 1); }
  ~JarCluster() { ::unsetenv("JAR_COORDINATOR"); }

  [[nodiscard]] std::string place(const std::string& node) const { return (dir_ / node).string(); }
  // False: it did not start, and ended.
  bool start(const std::string& node, int version) {
    const std::string pipe = place(node) + ".stop";
    (void)::mkfifo(pipe.c_str(), 0600);
    const std::string program = JAR_PROGRAMS "/jar_v" + std::to_string(version);
    auto& running = running_[node] =
        std::make_unique<ChildProcess>(std::vector<std::string>{program, place(node), "wait", pipe});
    return running->says("running", 60s);
  }
  int stop(const std::string& node) {
    std::ofstream(place(node) + ".stop") << "now";
    return running_.at(node)->finish(60s);
  }
  [[nodiscard]] std::string said(const std::string& node) { return running_.at(node)->said(); }
  void empty(const std::string& node) const {
    REQUIRE(members().drain(node).ok());
    REQUIRE(members().await_empty(node, {}).ok());
  }
  void serve(const std::string& node) const {
    REQUIRE(members().serve(node).ok());
    REQUIRE(members().await_share(node, {}).ok());
  }
  // Drained, the program of that version, and back in service.
  void roll(const std::string& node, int version) {
    empty(node);
    REQUIRE(stop(node) == 0);
    REQUIRE_MESSAGE(start(node, version), said(node));
    serve(node);
  }
  [[nodiscard]] std::string root() const { return dir_.path().string(); }
  [[nodiscard]] MemberClient members() const { return MemberClient({place("a"), place("b")}); }

 private:
  const troupe::testing::ScratchDirectory dir_;
  std::map<std::string, std::unique_ptr<ChildProcess>> running_;
};

// A caller of many jars, through one node at a time.
class Caller {
 public:
  explicit Caller(const std::string& place) : place_(place), thread_([this] { run(); }) {}
  ~Caller() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // From now on; returns when it has called through it.
  void go_through(const std::string& place) {
    {
      const std::lock_guard lock(mutex_);
      place_ = place;
    }
    await_more();
  }
  // Until all the jars have been called again.
  void await_more() const {
    const int until = calls + 2 * kJars;
    while (calls < until && failed == 0) std::this_thread::yield();
  }
  std::atomic<int> calls{0}, failed{0};

 private:
  static constexpr int kJars = 60;
  void run() {
    std::unique_ptr<AdminClient> client;
    std::string through;
    for (int i = 0; !stop_; ++i) {
      {
        const std::lock_guard lock(mutex_);
        if (through != place_) client = std::make_unique<AdminClient>(through = place_);
      }
      const std::string jar = "/actors/Jar/j" + std::to_string(i % kJars) + "/call/";
      const bool writes = i / kJars % 2 == 0;
      auto reply = writes ? client->request("POST", jar + "put", R"({"cents": 1, "label": "load"})", 30s)
                          : client->request("POST", jar + "show", "", 30s);
      ++calls;
      if (reply.ok() && reply->status == 200) continue;
      ++failed;
      MESSAGE((reply.ok() ? reply->json : reply.error().message()));
    }
  }
  std::mutex mutex_;
  std::string place_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

inline std::string ask_jar(const std::string& place, const std::string& call, const std::string& body = "",
                           const std::string& key = "kept") {
  auto reply = AdminClient(place).request("POST", "/actors/Jar/" + key + "/call/" + call, body, 30s);
  return reply.ok() ? reply->json : reply.error().message();
}

}  // namespace jars

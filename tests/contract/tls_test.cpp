// NodeConfig::tls: nodes with certificates of one authority link, also beyond loopback, through changes of the
// authority; and a node whose files are wrong does not start, and says why.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <troupe/certificates.h>
#include <troupe/link_secret.h>
#include <troupe/testing.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

namespace fs = std::filesystem;

constexpr const char* kNames[] = {"one", "two", "three"};

// Three members on all addresses of this machine, with certificates of one authority, and what it takes to start them.
struct Certified {
  const testing::ScratchDirectory directory;
  const fs::path tls = directory.path() / "tls";
  std::vector<Member> members;

  Certified() {
    make_authority(tls, "troupe").value();
    for (const char* name : kNames) {
      make_node_certificate(tls, name).value();
      members.push_back({.name = name, .host = "0.0.0.0", .port = testing::free_port()});
    }
  }
  [[nodiscard]] NodeConfig config(const std::string& name) const {
    NodeConfig out{.name = name, .data_dir = directory.path() / name, .members = members, .threads = 1};
    out.tls.directory = tls;
    out.tls.max_link_age = kMinLinkAge;
    out.tls.look_every = kMinLook;
    return out;
  }
  [[nodiscard]] static std::unique_ptr<Node> start(NodeConfig config) {
    auto node = std::make_unique<Node>(std::move(config));
    host_cast(*node);
    node->start();
    return node;
  }
  // Why node "one" does not start with its configuration changed like this.
  [[nodiscard]] std::string refusal(const std::function<void(NodeConfig&)>& change) const {
    NodeConfig it = config("one");
    change(it);
    const Error error = error_of([&] { return start(std::move(it)); });
    CHECK(error.kind() == ErrorKind::invalid);
    return error.message();
  }
};

std::uint64_t metric(Node& node, const std::string& name) {
  const std::string json = node.admin("GET", "/metrics", "").second;
  const auto at = json.find("\"" + name + "\"");
  const auto value = json.find("\"value\":", at);
  return at == json.npos || value == json.npos ? 0 : std::strtoull(json.c_str() + value + 8, nullptr, 10);
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return true;
}

}  // namespace

TEST_CASE("three nodes with TLS call each other beyond loopback while authority and certificates change") {
  const Certified c;
  std::vector<std::unique_ptr<Node>> nodes;
  for (const char* name : kNames) nodes.push_back(c.start(c.config(name)));
  for (const auto& node : nodes) REQUIRE(node->wait_connected(20s));
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0}, done{0};
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    callers.emplace_back([&, i] {
      for (int n = 0; !stop; ++n) {
        try {
          (void)nodes[i]->ref<Account>("account-" + std::to_string(n % 20)).add([](auto p) { p.setAmount(1); }).get();
          ++done;
        } catch (const Error& e) {
          MESSAGE(e.message());
          ++failed;
        }
      }
    });
  const auto all_moved = [&](std::uint64_t times) {
    std::vector<std::uint64_t> before;
    for (const auto& node : nodes) before.push_back(metric(*node, "troupe_links_moved_total"));
    return eventually([&] {
      for (std::size_t i = 0; i < nodes.size(); ++i)
        if (metric(*nodes[i], "troupe_links_moved_total") < before[i] + times) return false;
      return true;
    });
  };

  CHECK(all_moved(2));
  begin_authority_change(c.tls).value();
  CHECK(all_moved(2));
  for (const char* name : kNames) make_node_certificate(c.tls, name, {}, true).value();
  CHECK(all_moved(2));
  finish_authority_change(c.tls).value();
  CHECK(all_moved(4));
  stop = true;
  for (auto& caller : callers) caller.join();

  std::int64_t sum = 0;
  for (int i = 0; i < 20; ++i)
    sum += nodes[0]->ref<Account>("account-" + std::to_string(i)).balance().get()->getBalance();
  CHECK(failed == 0);
  CHECK(sum == done);
  CHECK(done > 50);
  for (const auto& node : nodes) CHECK(node->connected());
}

TEST_CASE("a node whose certificate is not its own, or not good, does not start, and says what to do") {
  const Certified c;
  const auto file = [&](const std::string& name) { return c.tls / "nodes" / name; };
  make_node_certificate(c.tls, "old", {std::chrono::system_clock::now() - 2h, 1h}).value();

  has(c.refusal([&](NodeConfig& it) { it.tls.certificate = file("two.pem"), it.tls.key = file("two.key"); }),
      "it is of node 'two' of cluster 'troupe', and this is node 'one'");
  has(c.refusal([&](NodeConfig& it) { it.cluster = "other", it.data_dir = c.directory.path() / "other"; }),
      "and this is node 'one' of cluster 'other'");
  has(c.refusal([&](NodeConfig& it) { it.tls.certificate = file("old.pem"), it.tls.key = file("old.key"); }),
      "expired; give its node a new one (troupe cert node --renew)");
  has(c.refusal([&](NodeConfig& it) { it.tls.key = file("two.key"); }), "is not its key");
  has(c.refusal([&](NodeConfig& it) { it.tls.authority = file("two.pem"); }), "is not the certificate of an authority");
  has(c.refusal([&](NodeConfig& it) { it.tls.denied = c.tls / "nobody"; }), "cannot take the deny list from");
  has(c.refusal([&](NodeConfig& it) { it.tls = {.certificate = file("one.pem")}; }), "tls.key is not named");
  REQUIRE(::chmod(file("one.key").c_str(), 0644) == 0);
  has(c.refusal([](NodeConfig&) {}), "chmod 600");
}

TEST_CASE("ages of links and looks at files have limits, which are said") {
  const Certified c;

  for (const auto age : {-1ms, 1ms, kMinLinkAge - 1ms, kMaxLinkAge + 1ms, std::chrono::milliseconds::max()})
    has(c.refusal([&](NodeConfig& it) { it.tls.max_link_age = age; }), "NodeConfig: tls.max_link_age must be zero");
  for (const auto look : {-1ms, 0ms, kMinLook - 1ms, kMaxLook + 1ms, std::chrono::milliseconds::max()})
    has(c.refusal([&](NodeConfig& it) { it.tls.look_every = look; }), "NodeConfig: tls.look_every must be 10 ms to");
  for (const auto age : {0ms, kMinLinkAge, kMaxLinkAge}) {
    NodeConfig it = c.config("one");
    it.tls.max_link_age = age;
    it.tls.look_every = age == 0ms ? kMaxLook : kMinLook;
    CHECK(c.start(it)->port() != 0);
  }
}

TEST_CASE("a plain node does not listen beyond loopback, and is told how it could") {
  const Certified c;

  has(c.refusal([](NodeConfig& it) { it.tls = {}; }), "give every node NodeConfig::tls");
}

TEST_CASE("a node finds its certificates by the variable, and a secret goes on working inside of TLS") {
  const Certified c;
  const auto secret = c.directory.path() / "secret";
  make_link_secret(secret);
  ::setenv(kTlsDirectoryVariable, c.tls.c_str(), 1);
  std::vector<std::unique_ptr<Node>> nodes;
  for (const char* name : kNames) {
    NodeConfig it = c.config(name);
    it.tls = {};
    if (name != kNames[2]) it.link_secret = secret;
    nodes.push_back(c.start(std::move(it)));
  }
  ::unsetenv(kTlsDirectoryVariable);

  CHECK(
      eventually([&] { return nodes[0]->admin("GET", "/links", "").second.find("\"up\":true") != std::string::npos; }));
  CHECK(eventually([&] {
    return nodes[2]->admin("GET", "/links", "").second.find("alone has a secret") != std::string::npos ||
           metric(*nodes[2], "troupe_links_refused_total") > 0;
  }));
  CHECK(!nodes[0]->connected());
}

// NodeConfig::link_secret: nodes that share a secret link, and nothing else does.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <troupe/link_secret.h>
#include <troupe/node.h>
#include <troupe/testing.h>

#include <atomic>
#include <memory>
#include <string>

#include "support/scratch_directory.h"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

// Two members, none of which keeps anything.
struct Two {
  const std::vector<Member> members = {{.name = "one", .port = testing::free_port()},
                                       {.name = "two", .port = testing::free_port()}};
  std::unique_ptr<Node> start(const std::string& name, const std::filesystem::path& secret, LogSink log = {}) const {
    auto node = std::make_unique<Node>(NodeConfig{
        .name = name, .members = members, .link_secret = secret, .threads = 1, .admin = false, .log = std::move(log)});
    node->start();
    return node;
  }
};

// As long as it lives, the variable has that value.
struct Variable {
  explicit Variable(const std::filesystem::path& value) { ::setenv(kLinkSecretVariable, value.c_str(), 1); }
  ~Variable() { ::unsetenv(kLinkSecretVariable); }
};

}  // namespace

TEST_CASE("nodes that share a secret link, from their configuration or from the variable; a node without it does not") {
  const testing::ScratchDirectory directory;
  const auto secret = directory.path() / "secret";
  make_link_secret(secret);
  Two two;
  std::atomic<bool> refused{false};
  const auto one = two.start("one", secret, [&](const LogLine& line) {
    if (line.message.find("'one' alone has a secret") != std::string_view::npos) refused = true;
  });

  {
    const auto stranger = two.start("two", {});
    CHECK(testing::eventually([&] { return refused.load(); }));
    CHECK(!stranger->connected());
  }
  const Variable named(secret);
  const auto member = two.start("two", {});

  CHECK(member->wait_connected(20s));
}

TEST_CASE("a node does not start with a secret that others can read, and says what to do") {
  const testing::ScratchDirectory directory;
  const auto secret = directory.path() / "secret";
  make_link_secret(secret);
  REQUIRE(::chmod(secret.c_str(), 0640) == 0);

  std::string what;
  try {
    (void)Two().start("one", secret);
  } catch (const Error& e) {
    what = e.message();
  }

  CHECK(what.find("cannot take the links' secret from " + secret.string()) != std::string::npos);
  CHECK(what.find("chmod 600") != std::string::npos);
}

TEST_CASE("a cluster whose links prove nothing is told so") {
  std::atomic<bool> warned{false};
  const auto node = Two().start("one", {}, [&](const LogLine& line) {
    if (line.level == LogLevel::warn && line.message.find("links prove nothing") != std::string_view::npos)
      warned = true;
  });

  CHECK(warned);
}

// What actors remember when they were moved into the data directory of another member.
#include <doctest/doctest.h>
#include <troupe/member_files.h>

#include "base/node_time.h"
#include "contract/cast.h"
#include "store/store.h"
#include "support/scratch_directory.h"

using namespace troupe;
using namespace troupe::contract;
using namespace std::chrono_literals;

namespace {

using Moment = std::chrono::system_clock::time_point;

std::int64_t pay(Node& node, const std::string& key, Moment first_used) {
  auto account = node.ref<Account>("a");
  account.idempotency_key(key, first_used);
  return account.add([](auto p) { p.setAmount(1); }).get(10s)->getBalance();
}

// Under a key that nobody used before. A machine that takes its time makes the key look older than it is, and then the
// call is refused and does not run.
std::int64_t pay_anew(Node& node, const std::string& key) {
  const auto until = std::chrono::steady_clock::now() + 60s;
  for (int i = 0;; ++i) try {
      return pay(node, key + std::to_string(i), std::chrono::system_clock::now());
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unknown_outcome || std::chrono::steady_clock::now() > until) throw;
    }
}

std::unique_ptr<Node> start(const std::filesystem::path& folder, const std::string& name) {
  auto node = std::make_unique<Node>(NodeConfig{.name = name, .data_dir = folder / name, .threads = 1});
  host_cast(*node);
  node->start();
  return node;
}

// As if its machine had been off less often.
void set_ahead(const std::filesystem::path& folder, const std::string& name, std::chrono::milliseconds by) {
  const NodeConfig config;
  auto store = store::Store::open({.directory = folder / name, .cluster = config.cluster, .node = name}).value();
  auto past = store->past_time()->value();
  past.now += static_cast<std::uint64_t>(by.count());
  REQUIRE(store->keep_time(past).ok());
}

}  // namespace

TEST_CASE("a key from before a move whose reply was forgotten runs nothing again, whatever time the new node counts") {
  testing::ScratchDirectory folder;
  const Moment used = std::chrono::system_clock::now();
  CHECK(pay(*start(folder.path(), "one"), "k", used) == 1);
  start(folder.path(), "two").reset();
  set_ahead(folder.path(), "two", 24h);

  const auto moved =
      move_actors({.from = folder / "one", .owner = "two", .to = folder / "two", .owners = {"two"}}).value();
  const auto two = start(folder.path(), "two");

  CHECK(moved.actors == 1);
  CHECK(pay_anew(*two, "another") == 2);  // the first reply is past its age here
  try {
    (void)pay(*two, "k", used);
    FAIL_CHECK("it ran again, or was remembered");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::unknown_outcome);
  }
  CHECK(pay_anew(*two, "fresh") == 3);
}

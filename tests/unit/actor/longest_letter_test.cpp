// A dead letter of the longest message, which carries an error besides.
#include <doctest/doctest.h>

#include <atomic>

#include "contract/cast.h"
#include "contract/depot.h"
#include "depot.capnp.troupe.h"
#include "store/store.h"
#include "support/scratch_directory.h"
#include "troupe/testing.h"

using namespace troupe;
using namespace troupe::contract;
using namespace std::chrono_literals;

namespace {

std::size_t rows_of(store::Store& store, store::KeyKind kind) {
  std::size_t rows = 0;
  for (PartitionId p = 0; p < kPartitions; ++p) rows += store.read_range(store::kind_range(p, kind), 10).value().size();
  return rows;
}

}  // namespace

TEST_CASE("the longest message becomes a dead letter, with what was said of it, and is waited for no more") {
  testing::ScratchDirectory directory;
  std::atomic<bool> given_up{false};
  NodeConfig config{.name = "n", .data_dir = directory.path(), .admin = false};
  config.default_timeout = 60s;
  config.delivery = {.tries = 2, .backoff = 1ms, .max_backoff = 1ms};
  config.log = [&](const LogLine& line) {
    if (line.message.find("is a dead letter") != std::string::npos) given_up = true;
  };
  {
    Node node(config);
    host_depots(node);
    node.start();
    (void)node.ref<Depot>("a")
        .send([](auto p) {
          p.setTo("closed");
          p.initLengths(1).set(0, (64u << 20) - 256);
        })
        .get(60s);
    REQUIRE(troupe::testing::eventually([&] { return given_up.load(); }, 60s));
    (void)node.stop(60s);
  }

  auto store = store::Store::open_read_only({.directory = directory.path()}).value();

  CHECK(rows_of(*store, store::KeyKind::dead_letter) == 1);
  CHECK(rows_of(*store, store::KeyKind::outbox) == 0);
}

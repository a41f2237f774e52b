// What tools show of a partition that is not whole: nothing, and that there is one.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "joined_nodes.h"
#include "store/partition_marks.h"
#include "store/store.h"
#include "troupe/offline.h"

using namespace troupe;
using namespace troupe::testing;

namespace {

// As a node leaves it that ended while it took the partition.
void mark_as_part(const std::filesystem::path& data, PartitionId partition) {
  auto store = store::Store::open({.directory = data, .cluster = "c", .node = "one"}).value();
  const Epoch epoch = store->commits().epoch(partition) + 1;
  store->commits().fence(partition, epoch);
  REQUIRE(store::put_mark(*store, partition, epoch, {store::PartitionMark::State::taking, epoch, 0}).ok());
  store->stop();
}

struct Shown {
  std::size_t actors = 0;
  std::uint64_t waiting = 0;
  std::uint32_t partial = 0;
  std::string state;  // of Poster/p; or why there is none
};

Shown shown(const std::filesystem::path& data) {
  const auto files = OfflineStore::open(data).value();
  Shown out;
  REQUIRE(files.list("Poster", "", [&](const OfflineActor&) { return ++out.actors > 0; }).ok());
  out.waiting = nlohmann::json::parse(files.look("/outbox").value())["totals"]["waiting"].get<std::uint64_t>();
  out.partial = files.stats().value().partial_partitions;
  const auto record = files.get("Poster", "p");
  out.state = record.ok() ? record.value().state.value_or("") : record.error().message();
  return out;
}

}  // namespace

TEST_CASE("files show nothing of a partition that was being taken, and say that there is one") {
  JoinedNodes nodes;
  Node& one = nodes.start("one");
  // The ledger refuses 13, so that the message waits.
  (void)one.ref<contract::Poster>("p")
      .post([](auto p) {
        p.setTo("l");
        p.initAmounts(1).set(0, 13);
      })
      .get();
  nodes.stop("one");

  const Shown whole = shown(nodes.data_of("one"));
  mark_as_part(nodes.data_of("one"), partition_of(ServiceOf<contract::Poster>::info().id, "p"));
  const Shown part = shown(nodes.data_of("one"));

  CHECK(whole.actors == 1);
  CHECK(whole.waiting == 1);
  CHECK(whole.partial == 0);
  CHECK(whole.state.find("posted") != std::string::npos);
  CHECK(part.actors == 0);
  CHECK(part.waiting == 0);
  CHECK(part.partial == 1);
  CHECK(part.state.find("was being taken from another node") != std::string::npos);
}

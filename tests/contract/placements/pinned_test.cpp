// Pinned actors, one on each member; singletons, one in the cluster; and references without a key.
#include <doctest/doctest.h>

#include "contract/placements/office.h"

using namespace troupe;
using namespace troupe::office;

namespace {

// What is thrown; its message is empty when nothing is.
Error thrown_by(const std::function<void()>& what) {
  try {
    what();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::failed, "");
}

}  // namespace

TEST_CASE("a pinned actor lives on the member that its key names, and without a key on this one") {
  Office office;
  for (const char* from : {"a", "b", "c"})
    for (const char* wanted : {"a", "b"}) CHECK(node_of(office.at(from).ref<Porter>(wanted).where().get()) == wanted);
  CHECK(node_of(office.at("b").ref<Porter>().where().get()) == "b");
  const auto own = office.at("a").ref<Porter>("b").own().get();
  CHECK(own->getPlace().getKey() == "b");
}

TEST_CASE("a pinned actor of a member that nobody has heard of is not found") {
  Office office;
  const Error error = thrown_by([&] { (void)office.at("a").ref<Porter>("z").where().get(); });
  CHECK(error.kind() == ErrorKind::not_found);
  CHECK(std::string(error.what()).find("no member named z") != std::string::npos);
}

TEST_CASE("a call to a pinned actor waits for its member, and goes to no other") {
  Office office;
  office.cluster.isolate("b");
  Asked asked(office.at("a").ref<Porter>("b").where());
  office.cluster.settle();
  CHECK_FALSE(asked.ended());
  office.cluster.heal();
  office.cluster.settle();
  CHECK_FALSE(asked.error());
}

TEST_CASE("a singleton is one actor in the cluster, with its state, under one key") {
  Office office;
  std::set<std::uint64_t> actors;
  std::uint32_t entries = 0;
  for (const char* from : {"a", "b", "c"}) {
    const auto answer = office.at(from).ref<Chief>().where().get();
    actors.insert(answer->getPlace().getActor());
    CHECK(answer->getEntries() == ++entries);
    CHECK(std::string(answer->getPlace().getKey()) == kSingletonKey);
  }
  CHECK(actors.size() == 1);
  CHECK_FALSE(office.at("a").ref<Chief>(kSingletonKey).key().empty());
  const Error error = thrown_by([&] { (void)office.at("a").ref<Chief>("second"); });
  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(std::string(error.what()).find("leave the key out") != std::string::npos);
}

TEST_CASE("a keyed service has no reference without a key") {
  Office office({"a"});
  const Error error = thrown_by([&] { (void)office.at("a").ref<Visitor>(); });
  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(std::string(error.what()).find("Visitor needs a key") != std::string::npos);
}

TEST_CASE("a tree keeps a node's own pinned actor alive, leaves that of another to it, and takes no pool's") {
  const auto tree = [](const std::string& service, const std::string& key) {
    return Supervision{.children = {{.id = "one", .start = ActorStart{service, key}}}};
  };
  const auto start = [&](const Supervision& supervised) {
    TestCluster cluster({.nodes = {"a", "b"}, .host = [&](Node& node) {
                           open_office(node);
                           node.supervise(supervised);
                         }});
    return std::pair(cluster.node("a").admin("GET", "/tree", "").second,
                     cluster.node("b").admin("GET", "/tree", "").second);
  };
  const auto [of_a, of_b] = start(tree("Porter", "a"));
  CHECK(of_a.find("\"running\"") != std::string::npos);
  CHECK(of_a.find("\"elsewhere\"") == std::string::npos);
  CHECK(of_b.find("\"elsewhere\"") != std::string::npos);
  const Error error = thrown_by([&] { (void)start(tree("Typist", "pool")); });
  CHECK(std::string(error.what()).find("is a pool") != std::string::npos);
}

#include "store/schema_catalogue.h"

#include <doctest/doctest.h>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

TEST_CASE("schemas and services outlive the process that wrote them") {
  TemporaryDirectory directory;
  const std::vector<SchemaNodeBytes> nodes = {{.type_id = 2, .node = bytes_of("second")},
                                              {.type_id = 1, .node = bytes_of("first")}};
  const std::vector<ServiceEntry> services = {{.type_id = 9, .state_type_id = 2, .name = "shop.Stock"}};
  {
    auto store = open_store(options_for(directory.path()));
    CHECK(store->schemas().remember(nodes, services).ok());
  }

  auto store = std::move(Store::open_read_only({.directory = directory.path()})).value();

  const auto found = store->schemas().nodes().value();
  REQUIRE(found.size() == 2);
  CHECK(found[0].type_id == 1);
  CHECK(text_of(found[1].node) == "second");
  const auto entries = store->schemas().services().value();
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].type_id == 9);
  CHECK(entries[0].state_type_id == 2);
  CHECK(entries[0].name == "shop.Stock");
}

TEST_CASE("a changed schema replaces the one before, and an unchanged one writes nothing") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  const std::vector<SchemaNodeBytes> before = {{.type_id = 1, .node = bytes_of("old")}};
  const std::vector<SchemaNodeBytes> after = {{.type_id = 1, .node = bytes_of("new")}};
  CHECK(store->schemas().remember(before, {}).ok());
  const std::size_t used = store->stats()->used_bytes;

  for (int n = 0; n < 20; ++n) CHECK(store->schemas().remember(before, {}).ok());
  CHECK(store->stats()->used_bytes == used);

  CHECK(store->schemas().remember(after, {}).ok());
  CHECK(text_of(store->schemas().nodes().value()[0].node) == "new");
}

TEST_CASE("schemas are written while commits go on") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  ObservedCommit first(1, "a", "1"), second(1, "b", "2");

  store->commits().submit(&first);
  CHECK(store->schemas().remember({}, std::vector<ServiceEntry>{{.type_id = 1, .state_type_id = 0, .name = "s"}}).ok());
  store->commits().submit(&second);

  CHECK_FALSE(second.wait());
  CHECK(store->schemas().services()->size() == 1);
}

TEST_CASE("what is not to be kept is forgotten with its versions and tables, and the rest stays") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  const std::vector<SchemaNodeBytes> nodes = {{.type_id = 1, .node = bytes_of("one")},
                                              {.type_id = 2, .node = bytes_of("two")}};
  const std::vector<ServiceEntry> services = {{.type_id = 7, .state_type_id = 1, .name = "a", .state_version = 3},
                                              {.type_id = 8, .state_type_id = 2, .name = "b", .state_version = 4}};
  const std::vector<TableEntry> tables = {{7, "rows", 1}, {8, "rows", 2}};
  REQUIRE(store->schemas().remember(nodes, services, tables).ok());
  const auto changes = store->schemas().changes();

  REQUIRE(store->schemas().keep_only({.types = {2}, .services = {8}}).ok());

  CHECK(store->schemas().changes() > changes);
  REQUIRE(store->schemas().nodes()->size() == 1);
  CHECK(store->schemas().nodes()->front().type_id == 2);
  REQUIRE(store->schemas().services()->size() == 1);
  CHECK(store->schemas().services()->front().state_version == 4);
  REQUIRE(store->schemas().tables()->size() == 1);
  CHECK(store->schemas().tables()->front().service == 8);
  const auto then = store->schemas().changes();
  REQUIRE(store->schemas().keep_only({.types = {2}, .services = {8}}).ok());
  CHECK(store->schemas().changes() == then);
}

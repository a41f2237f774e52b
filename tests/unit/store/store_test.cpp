#include "store/store.h"

#include <doctest/doctest.h>

#include <thread>

#include "store_fixture.h"
#include "support/log_lines.h"

using namespace troupe;
using namespace troupe::store;

TEST_CASE("the map grows before it is full, while others read") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.sync = false;
  auto store = open_store(options);
  const std::size_t at_first = store->stats()->map_bytes;
  CHECK_FALSE(commit(*store, 0, "read me", "steady"));
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int n = 0; n < 2; ++n)
    readers.emplace_back([&] {
      while (!done) wrong += value_of(*store, 0, "read me") != "steady";
    });

  for (int n = 0; n < 64; ++n) CHECK_FALSE(commit(*store, 1, std::to_string(n), std::string(256 << 10, 'v')));
  store->stop();  // all of it is in LMDB now
  done = true;
  for (std::thread& reader : readers) reader.join();

  const StoreStats stats = store->stats().value();
  CHECK(stats.map_bytes > 8 * at_first);
  CHECK(stats.commits.map_growths >= 3);
  CHECK(wrong == 0);
  CHECK(value_of(*store, 1, "63")->size() == 256 << 10);
}

TEST_CASE("one write set larger than the map makes it grow") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));

  CHECK_FALSE(commit(*store, 1, "large", std::string(40 << 20, 'v')));

  CHECK(value_of(*store, 1, "large")->size() == 40 << 20);
}

TEST_CASE("at max_map_bytes the store stops with a message that names it, and reopens with all that was acknowledged") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.sync = false;
  options.max_map_bytes = 2 << 20;
  testing::LogLines lines;
  options.log = lines.sink();
  auto store = open_store(options);
  int stored = 0;
  std::optional<Error> error;

  while (!(error = commit(*store, 1, std::to_string(stored), std::string(100 << 10, 'v')))) ++stored;

  CHECK(error->kind() == ErrorKind::unavailable);
  CHECK(error->message().find("raise max_map_bytes") != std::string::npos);
  CHECK(lines.all() == std::vector<std::string>{error->message()});
  CHECK(lines.fields_of("stopped").at("path") == directory.path().string());
  CHECK(error->message().find(lines.fields_of("stopped").at("error")) != std::string::npos);
  CHECK(store->commits().failure()->message() == error->message());
  CHECK(commit(*store, 1, "later", "v")->message() == error->message());
  CHECK(lines.size() == 1);

  store.reset();
  options.max_map_bytes = 64 << 20;
  store = open_store(options);
  CHECK(store->stats()->records == static_cast<std::uint64_t>(stored));
  CHECK_FALSE(commit(*store, 1, "later", "v"));
}

TEST_CASE("a range is walked page by page, in order, and only what is in it") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.sync = false;
  auto store = open_store(options);
  ObservedCommit many, others(8, "elsewhere", "x");
  many.partition = 7;
  for (int n = 0; n < 1000; ++n) many.put("key " + std::to_string(1000 + n), std::to_string(n));
  store->commits().submit(&many);
  store->commits().submit(&others);
  others.wait();

  int next = 0;
  bool in_order = true;
  CHECK(store
            ->for_each(actors_of(7, 7),
                       [&](const Record& record) {
                         in_order = in_order && text_of(record.value) == std::to_string(next++);
                         return true;
                       })
            .ok());
  CHECK(next == 1000);
  CHECK(in_order);

  int visited = 0;
  CHECK(store->for_each(partition_range(7), [&](const Record&) { return ++visited < 300; }).ok());
  CHECK(visited == 300);
  CHECK(store->for_each({}, [&](const Record&) { return ++visited, true; }).ok());
  CHECK(visited == 300 + 1001);
}

TEST_CASE("a page of large records ends early and says that there is more, both ways") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.sync = false;
  auto store = open_store(options);
  for (int n = 0; n < 8; ++n)
    CHECK_FALSE(commit(*store, 1, std::to_string(n), std::string(1 << 20, static_cast<char>('0' + n))));

  for (const bool backward : {false, true}) {
    CAPTURE(backward);
    KeyRange rest = partition_range(1);
    std::string walked;
    for (bool more = true; more;) {
      const auto page = store->read_page(rest, 100, backward).value();
      CHECK(page.records.size() <= 4);
      for (const Record& record : page.records) walked.push_back(static_cast<char>(record.value[0]));
      more = page.more;
      if (more) (backward ? rest.past : rest.first) = page.records.back().key + (backward ? "" : std::string(1, '\0'));
    }
    CHECK(walked == (backward ? "76543210" : "01234567"));
  }
}

TEST_CASE("a range backward ends with the store's last record") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  CHECK_FALSE(commit(*store, 1, "a", "1"));
  CHECK_FALSE(commit(*store, 200, "z", "2"));
  store = nullptr;
  store = open_store(options_for(directory.path()));  // LMDB has both

  const auto everything = store->read_page({}, 10, true).value();
  const auto past_the_end = store->read_page({.first = "", .past = std::string(20, '\xff')}, 10, true).value();
  const auto before = store->read_page({.first = "", .past = actor_key(200, 7, "z")}, 10, true).value();
  const auto nothing = store->read_page({.first = "", .past = actor_key(1, 7, "a")}, 10, true).value();

  REQUIRE(everything.records.size() == 2);
  CHECK(text_of(everything.records[0].value) == "2");
  CHECK(past_the_end.records.size() == 2);
  REQUIRE(before.records.size() == 1);
  CHECK(text_of(before.records[0].value) == "1");
  CHECK_FALSE(before.more);
  CHECK(nothing.records.empty());
}

TEST_CASE("a visitor may read the store it walks") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  CHECK_FALSE(commit(*store, 1, "a", "1"));

  std::optional<std::string> seen;
  CHECK(store
            ->for_each(partition_range(1),
                       [&](const Record&) {
                         seen = value_of(*store, 1, "a");
                         return true;
                       })
            .ok());

  CHECK(seen == "1");
}

TEST_CASE("a key the store cannot have is refused by read") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));

  CHECK(store->read("").error().kind() == ErrorKind::invalid);
  CHECK(store->read(std::string(512, 'x')).error().kind() == ErrorKind::invalid);
}

// The overlays and LMDB together must read like one map, whatever is in which of them.
#include "store/log/overlay.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <thread>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

using Model = std::map<std::string, std::string>;

std::string random_key(std::mt19937_64& random) {
  return actor_key(static_cast<PartitionId>(random() % 3), 7, std::to_string(random() % 200));
}

// What a map has of a range, in the order asked for.
std::vector<std::pair<std::string, std::string>> range_of(const Model& model, const KeyRange& range, bool backward) {
  std::vector<std::pair<std::string, std::string>> found;
  for (auto at = model.lower_bound(range.first); at != model.end(); ++at) {
    if (!range.past.empty() && at->first >= range.past) break;
    found.push_back(*at);
  }
  if (backward) std::reverse(found.begin(), found.end());
  return found;
}

void check_range(const Store& store, const Model& model, const KeyRange& range, std::size_t limit, bool backward) {
  const auto page = store.read_page(range, limit, backward).value();
  auto expected = range_of(model, range, backward);
  CHECK((page.more || page.records.size() == expected.size()));
  CHECK(page.records.size() == std::min(limit, expected.size()));
  expected.resize(std::min(limit, expected.size()));
  std::vector<std::pair<std::string, std::string>> found;
  for (const Record& record : page.records) found.emplace_back(record.key, text_of(record.value));
  CHECK(found == expected);
}

void check_all(const Store& store, const Model& model, std::mt19937_64& random) {
  CHECK(store.stats()->records == model.size());
  Model walked;
  CHECK(
      store.for_each({}, [&](const Record& record) { return walked.emplace(record.key, text_of(record.value)).second; })
          .ok());
  CHECK(walked == model);
  for (int n = 0; n < 20; ++n) {
    const std::string key = random_key(random);
    const auto found = store.read(key).value();
    const auto expected = model.find(key);
    CHECK(found.has_value() == (expected != model.end()));
    CHECK(store.contains(key).value() == found.has_value());
    if (found && expected != model.end()) CHECK(text_of(*found) == expected->second);
    std::string first = random_key(random), past = random_key(random);
    if (past < first) std::swap(first, past);
    if (n % 10 == 0) std::swap(first, past);  // a range of nothing
    check_range(store, model, {first, n % 4 == 0 ? "" : past}, 1 + random() % 50, n % 2 == 0);
  }
}

}  // namespace

TEST_CASE("reads and ranges are those of a map, through checkpoints and restarts") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.sync = false;
  options.log_bytes = 64 << 10;
  Model model;
  auto store = open_store(options);

  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    std::vector<std::unique_ptr<ObservedCommit>> commits;
    for (std::size_t n = 1 + random() % 30; n > 0; --n) {
      auto& one = commits.emplace_back(std::make_unique<ObservedCommit>());
      for (std::size_t writes = 1 + random() % 3; writes > 0; --writes) {
        const std::string key = random_key(random);
        one->partition = static_cast<PartitionId>(static_cast<unsigned char>(key[1]));
        std::erase_if(one->writes, [&](const Write& write) { return write.key[1] != key[1]; });
        if (random() % 3 == 0) {
          one->writes.push_back({.key = key, .value = {}});
        } else {
          one->writes.push_back(
              {.key = key,
               .value = value_of(bytes_of(std::string(random() % 300, static_cast<char>('a' + random() % 26))))});
        }
      }
      for (const Write& write : one->writes) {
        if (!write.value) {
          model.erase(write.key);
        } else {
          model[write.key] = text_of(*write.value);
        }
      }
      store->commits().submit(one.get());
    }
    for (auto& one : commits) CHECK_FALSE(one->wait());
    check_all(*store, model, random);
    if (random() % 10 == 0) {
      store.reset();
      auto reader = std::move(Store::open_read_only({.directory = directory.path()})).value();
      check_all(*reader, model, random);
      reader.reset();
      store = open_store(options);
      check_all(*store, model, random);
    }
  }

  CHECK(store->commits().failure() == nullptr);
}

TEST_CASE("readers see every key once and no value twice back while checkpoints run beneath them") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.sync = false;
  options.log_bytes = 64 << 10;
  auto store = open_store(options);
  constexpr int kKeys = 40;
  const auto key = [](int n) { return std::to_string(100 + n); };
  const auto write_all = [&](int version) {
    ObservedCommit all;
    all.partition = 1;
    for (int n = 0; n < kKeys; ++n) all.put(key(n), std::to_string(version));
    store->commits().submit(&all);
    CHECK_FALSE(all.wait());
  };
  write_all(0);
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t)
    readers.emplace_back([&, t] {
      int newest = 0;
      while (!done) {
        if (t == 0) {
          const int seen = std::stoi(*value_of(*store, 1, key(7)));
          wrong += seen < newest;
          newest = seen;
        } else {
          const auto page = store->read_range(partition_range(1), 1000).value();
          wrong += page.size() != kKeys;
          for (const Record& record : page) wrong += record.value != page.front().value;
        }
      }
    });

  for (int version = 1; version <= 2000; ++version) write_all(version);
  done = true;
  for (std::thread& reader : readers) reader.join();

  CHECK(wrong == 0);
  CHECK(store->commits().stats().checkpoints > 20);
}

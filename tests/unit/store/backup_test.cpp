// Backups of stores in use and at rest, restoring them, and stores written anew.
#include "store/backup/backup.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "sealing_fixture.h"
#include "store/backup/rewrite.h"

using namespace troupe;
using namespace troupe::store;

namespace {

StoreOptions at(const std::filesystem::path& directory, const std::string& keys = {}) {
  StoreOptions options = options_for(directory);
  options.checkpoint_pause = std::chrono::hours(1);  // what was committed last is in the log
  if (!keys.empty()) options.keys = ring(keys);
  return options;
}

void fill(Store& store, int count, const std::string& value = kSecret) {
  for (int n = 0; n < count; ++n)
    REQUIRE_FALSE(commit(store, static_cast<PartitionId>(n % 3), "k" + std::to_string(n), value));
}

}  // namespace

TEST_CASE("a backup of a store in use has all that was acknowledged, from log and LMDB") {
  TemporaryDirectory directory;
  auto store = open_store(at(directory.path() / "live"));
  fill(*store, 100);
  store.reset();
  store = open_store(at(directory.path() / "live"));
  REQUIRE_FALSE(commit(*store, 1, "k1", "newer"));
  REQUIRE_FALSE(commit(*store, 1, "another", "1"));
  ObservedCommit erasure;
  erasure.partition = 1;
  erasure.erase("k4");
  store->commits().submit(&erasure);
  REQUIRE_FALSE(erasure.wait());

  const auto page = back_up(*store, directory.path() / "backup", 1234);
  REQUIRE(page.ok());
  const auto numbers = store->sequences().value();
  fill(*store, 10, "too late");
  REQUIRE(restore(directory.path() / "backup", directory.path() / "again", nullptr).ok());

  CHECK(std::as_const(page).value().records == 100);
  CHECK(read_backup_page(directory.path() / "backup").value().taken_ms == 1234);
  auto again = open_store(at(directory.path() / "again"));
  CHECK(again->stats()->records == 100);
  CHECK(value_of(*again, 1, "k1") == "newer");
  CHECK(value_of(*again, 1, "another") == "1");
  CHECK_FALSE(value_of(*again, 1, "k4"));
  CHECK(value_of(*again, 0, "k99") == kSecret);
  CHECK(again->sequences().value() == numbers);
  REQUIRE_FALSE(commit(*again, 1, "k1", "goes on"));
  again.reset();
  CHECK(value_of(*open_store(at(directory.path() / "again")), 1, "k1") == "goes on");
}

TEST_CASE("a backup under load is of one moment: of two keys written together it has both or neither") {
  TemporaryDirectory directory;
  StoreOptions options = at(directory.path() / "live");
  options.log_bytes = 64 << 10;  // checkpoints all the time
  options.sync = false;
  auto store = open_store(options);
  std::atomic<bool> stop{false};
  std::atomic<int> acknowledged{0};
  std::thread writer([&] {
    for (int n = 1; !stop; ++n) {
      ObservedCommit both;
      both.partition = 1;
      both.put("left", std::to_string(n)).put("right" + std::to_string(n % 50), std::string(2000, 'r'));
      both.put("zright", std::to_string(n));
      store->commits().submit(&both);
      both.wait();
      acknowledged = n;
    }
  });
  for (int round = 0; round < 12; ++round) {
    const auto backup = directory.path() / ("backup" + std::to_string(round));
    const int before = acknowledged;

    REQUIRE(back_up(*store, backup, 1).ok());

    auto copy = Store::open_read_only({.directory = backup}).value();
    const auto left = value_of(*copy, 1, "left");
    CHECK(left == value_of(*copy, 1, "zright"));
    if (before > 0) CHECK(std::stoi(left.value_or("0")) >= before);
    if (left) CHECK(copy->sequences().value()[1] == std::stoull(*left));
  }
  stop = true;
  writer.join();
}

TEST_CASE("a stopped store is backed up without being written, its log included") {
  TemporaryDirectory directory;
  const auto killed = directory.path() / "killed";
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = open_store(at(killed));
    for (int n = 0; n < 30; ++n) commit(*store, 1, "k" + std::to_string(n), kSecret);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  const std::string data = content(killed / "data.mdb"), log = content(killed / "commit.0.log");
  {
    auto store = Store::open_read_only({.directory = killed}).value();

    CHECK(back_up(*store, directory.path() / "backup", 1).value().records == 30);
  }
  CHECK(content(killed / "data.mdb") == data);
  CHECK(content(killed / "commit.0.log") == log);
}

TEST_CASE("backup and restore refuse a directory that is not empty, and leave it alone") {
  TemporaryDirectory directory;
  auto store = open_store(at(directory.path() / "live"));
  fill(*store, 3);
  std::filesystem::create_directories(directory.path() / "mine");
  std::ofstream(directory.path() / "mine" / "letter") << "dear";
  REQUIRE(back_up(*store, directory.path() / "backup", 1).ok());

  expect(back_up(*store, directory.path() / "mine", 1).error(), ErrorKind::invalid, "is not empty");
  expect(back_up(*store, directory.path() / "backup", 1).error(), ErrorKind::invalid, "is not empty");
  expect(back_up(*store, directory.path() / "mine" / "letter", 1).error(), ErrorKind::invalid, "is not empty");
  expect(restore(directory.path() / "backup", directory.path() / "mine", nullptr).error(), ErrorKind::invalid,
         "is not empty");
  expect(restore(directory.path() / "backup", directory.path() / "live", nullptr).error(), ErrorKind::invalid,
         "is not empty");
  CHECK(content(directory.path() / "mine" / "letter") == "dear");
}

TEST_CASE("a backup that is unfinished, damaged or cut off is not restored, and nothing is left of the attempt") {
  TemporaryDirectory directory;
  auto store = open_store(at(directory.path() / "live"));
  fill(*store, 50);
  const auto backup = directory.path() / "backup", into = directory.path() / "into";
  REQUIRE(back_up(*store, backup, 1).ok());
  const std::string data = content(backup / "data.mdb"), page = content(backup / "backup");
  const auto put = [&](const char* file, const std::string& bytes) { std::ofstream(backup / file) << bytes; };

  for (const std::size_t byte : {std::size_t{100}, std::size_t{5000}, data.size() / 2, data.size() - 1}) {
    std::string damaged = data;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 1);
    put("data.mdb", damaged);
    expect(restore(backup, into, nullptr).error(), ErrorKind::corrupt, "is damaged");
  }
  put("data.mdb", data.substr(0, data.size() / 2));
  expect(restore(backup, into, nullptr).error(), ErrorKind::corrupt, "is damaged");
  put("data.mdb", data);
  put("backup", page.substr(0, page.size() / 2));
  expect(restore(backup, into, nullptr).error(), ErrorKind::corrupt, "page is damaged");
  put("backup", "troupe-backup 2\n");
  expect(restore(backup, into, nullptr).error(), ErrorKind::unimplemented, "format 2");
  std::filesystem::remove(backup / "backup");
  expect(restore(backup, into, nullptr).error(), ErrorKind::invalid, "never finished");
  expect(restore(directory.path() / "live", into, nullptr).error(), ErrorKind::invalid, "no backup");

  CHECK_FALSE(std::filesystem::exists(into));
  put("backup", page);
  CHECK(restore(backup, into, nullptr).ok());
}

TEST_CASE("a restored store belongs to the node it was taken of") {
  TemporaryDirectory directory;
  auto store = open_store(at(directory.path() / "live"));
  fill(*store, 3);
  REQUIRE(back_up(*store, directory.path() / "backup", 1).ok());
  REQUIRE(restore(directory.path() / "backup", directory.path() / "again", nullptr).ok());
  StoreOptions other = at(directory.path() / "again");
  other.node = "shop-2";

  expect(Store::open(other).error(), ErrorKind::invalid, "belongs to node 'shop-1'");
  CHECK(Store::open(at(directory.path() / "again")).ok());
}

TEST_CASE("a backup of an encrypted store is encrypted, and restored with its key alone") {
  TemporaryDirectory directory;
  auto store = open_store(at(directory.path() / "live", kOne));
  fill(*store, 20);
  const auto backup = directory.path() / "backup", again = directory.path() / "again";
  REQUIRE(back_up(*store, backup, 1).ok());

  CHECK_FALSE(on_disk(backup, kSecret));
  expect(restore(backup, again, nullptr).error(), ErrorKind::invalid, "no key was given");
  expect(restore(backup, again, ring(kTwo)).error(), ErrorKind::denied, "key 1");
  REQUIRE(restore(backup, again, ring(kOne)).ok());
  CHECK(value_of(*open_store(at(again, kOne)), 1, "k1") == kSecret);
}

TEST_CASE("a copy gives up when the node stops, and leaves nothing") {
  TemporaryDirectory directory;
  auto store = open_store(at(directory.path() / "live"));
  fill(*store, 3);
  {
    std::vector<std::unique_ptr<ObservedCommit>> many;
    for (int n = 0; n < 6000; ++n) {
      many.push_back(std::make_unique<ObservedCommit>(1, "m" + std::to_string(n), "v"));
      store->commits().submit(many.back().get());
    }
    for (auto& each : many) each->wait();
  }
  store->end_copies();

  expect(back_up(*store, directory.path() / "backup", 1).error(), ErrorKind::unavailable, "the node stops");
  CHECK_FALSE(std::filesystem::exists(directory.path() / "backup"));
}

TEST_CASE("compaction gives back what erased records took, and loses nothing") {
  TemporaryDirectory directory;
  {
    auto store = open_store(at(directory.path()));
    for (int n = 0; n < 200; ++n) commit(*store, 1, "big" + std::to_string(n), std::string(20'000, 'b'));
    for (int n = 0; n < 199; ++n) {
      ObservedCommit erasure;
      erasure.partition = 1;
      erasure.erase("big" + std::to_string(n));
      store->commits().submit(&erasure);
      erasure.wait();
    }
    fill(*store, 50);
  }

  const auto done = rewrite({.directory = directory.path()});

  REQUIRE(done.ok());
  const Rewritten& rewritten = std::as_const(done).value();
  CHECK(rewritten.copy.records == 51);
  CHECK(rewritten.copy.file_bytes < rewritten.bytes_before / 4);
  CHECK(std::filesystem::file_size(directory.path() / "data.mdb") == rewritten.copy.file_bytes);
  CHECK_FALSE(std::filesystem::exists(directory.path() / "rewrite.new"));
  auto store = open_store(at(directory.path()));
  CHECK(store->stats()->records == 51);
  CHECK(value_of(*store, 1, "big199")->size() == 20'000);
  REQUIRE_FALSE(commit(*store, 1, "k1", "goes on"));
}

TEST_CASE("a store that is held, or is none, is not written anew") {
  TemporaryDirectory directory;
  auto store = open_store(at(directory.path() / "live"));

  expect(rewrite({.directory = directory.path() / "live"}).error(), ErrorKind::unavailable, "held");
  expect(rewrite({.directory = directory.path() / "none"}).error(), ErrorKind::invalid, "there is no store");
}

TEST_CASE("rotation seals everything under the first key, and the old one can go") {
  TemporaryDirectory directory;
  const auto place = directory.path();
  {
    auto store = open_store(at(place, kOne));
    fill(*store, 30);
  }
  expect(rewrite({.directory = place, .keys = ring(kTwo), .sealing = Sealing::sealed_anew}).error(), ErrorKind::denied,
         "sealed with key 1");

  std::uint64_t told = 0;
  const auto done = rewrite({.directory = place,
                             .keys = ring(kTwo + "\n" + kOne),
                             .sealing = Sealing::sealed_anew,
                             .progress = [&](std::uint64_t records, std::uint64_t) { told = records; }});

  REQUIRE(done.ok());
  CHECK(told == 30);
  expect(Store::open(at(place, kOne)).error(), ErrorKind::denied, "sealed with key 2");
  auto store = open_store(at(place, kTwo));
  CHECK(value_of(*store, 1, "k1") == kSecret);
  CHECK(store->stats()->records == 30);
}

TEST_CASE("rotation encrypts a store that was not, and leaves no value in clear in its files") {
  TemporaryDirectory directory;
  const auto place = directory.path();
  {
    auto store = open_store(at(place));
    fill(*store, 30);
  }
  REQUIRE(on_disk(place, kSecret));

  REQUIRE(rewrite({.directory = place, .keys = ring(kOne), .sealing = Sealing::sealed_anew}).ok());

  CHECK_FALSE(on_disk(place, kSecret));
  expect(Store::open(at(place)).error(), ErrorKind::invalid, "no key was given");
  {
    auto store = open_store(at(place, kOne));
    CHECK(value_of(*store, 1, "k1") == kSecret);
    CHECK(store->identity().encrypted);
    REQUIRE_FALSE(commit(*store, 1, "k1", "goes on"));
  }
  REQUIRE(rewrite({.directory = place, .keys = ring(kOne), .sealing = Sealing::opened}).ok());
  auto store = open_store(at(place));
  CHECK(value_of(*store, 1, "k1") == "goes on");
  CHECK_FALSE(store->identity().encrypted);
}

TEST_CASE("a rewrite whose remains lie about is done again, and a damaged value stops it with the original kept") {
  TemporaryDirectory directory;
  const auto place = directory.path();
  {
    auto store = open_store(at(place, kOne));
    fill(*store, 30);
  }
  std::filesystem::create_directories(place / "rewrite.new");
  std::ofstream(place / "rewrite.new" / "data.mdb") << "half";
  REQUIRE(rewrite({.directory = place, .keys = ring(kOne)}).ok());

  std::string data = content(place / "data.mdb");
  const auto value = data.rfind(std::string("S\x01\x01\x00", 4));
  REQUIRE(value != std::string::npos);
  data[value + 40] = static_cast<char>(data[value + 40] ^ 1);
  std::ofstream(place / "data.mdb") << data;

  expect(rewrite({.directory = place, .keys = ring(kTwo + "\n" + kOne), .sealing = Sealing::sealed_anew}).error(),
         ErrorKind::corrupt, "damaged");
  CHECK(content(place / "data.mdb") == data);
  CHECK_FALSE(std::filesystem::exists(place / "rewrite.new"));
}

#include <doctest/doctest.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

std::filesystem::path data_file(const TemporaryDirectory& directory) { return directory.path() / "data.mdb"; }

void make_store(const TemporaryDirectory& directory) {
  auto store = open_store(options_for(directory.path()));
  for (int n = 0; n < 50; ++n) commit(*store, static_cast<PartitionId>(n), std::to_string(n), std::string(1000, 'v'));
}

Error refusal(const StoreOptions& options) {
  auto opened = Store::open(options);
  REQUIRE_FALSE(opened.ok());
  return opened.error();
}

void overwrite(const std::filesystem::path& file, std::streamoff at, std::string_view bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(at);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

TEST_CASE("a store without directory or names is refused") {
  TemporaryDirectory directory;
  StoreOptions nameless = options_for(directory.path());
  nameless.node.clear();

  expect(refusal(options_for("")), ErrorKind::invalid, "data directory");
  expect(refusal(nameless), ErrorKind::invalid, "name");
}

TEST_CASE("the directory is made with its parents") {
  TemporaryDirectory directory;

  auto store = open_store(options_for(directory.path() / "a" / "b"));

  CHECK_FALSE(commit(*store, 1, "k", "v"));
}

TEST_CASE("a file in the directory's place is refused") {
  TemporaryDirectory directory;
  std::ofstream(directory.path() / "file") << "x";

  expect(refusal(options_for(directory.path() / "file")), ErrorKind::invalid, "is a file");
  expect(refusal(options_for(directory.path() / "file" / "below")), ErrorKind::invalid, "Not a directory");
}

TEST_CASE("a directory that cannot be written is refused") {
  expect(refusal(options_for("/proc/store")), ErrorKind::invalid, "/proc/store");
}

TEST_CASE("a store that another process holds is refused, naming it") {
  TemporaryDirectory directory;
  int ready[2], go[2];
  REQUIRE((::pipe(ready) == 0 && ::pipe(go) == 0));
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(go[1]);
    auto opened = Store::open(options_for(directory.path()));
    char byte = opened.ok() ? 'y' : 'n';
    (void)!::write(ready[1], &byte, 1);
    (void)!::read(go[0], &byte, 1);
    ::_exit(0);
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  REQUIRE(byte == 'y');

  expect(refusal(options_for(directory.path())), ErrorKind::unavailable,
         "held by process " + std::to_string(child) + " (node shop-1)");
  expect(Store::open_read_only({.directory = directory.path()}).error(), ErrorKind::unavailable, "held by process");
  CHECK(Store::open_read_only({.directory = directory.path(), .beside_live_node = true}).ok());

  for (const int fd : {ready[0], ready[1], go[0], go[1]}) ::close(fd);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(Store::open(options_for(directory.path())).ok());
}

TEST_CASE("a store is held against a second opening in the same process") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));

  expect(refusal(options_for(directory.path())), ErrorKind::unavailable, "held by process");
}

TEST_CASE("another cluster's or node's store is refused, naming both") {
  TemporaryDirectory directory;
  make_store(directory);
  StoreOptions other_cluster = options_for(directory.path()), other_node = other_cluster;
  other_cluster.cluster = "bank";
  other_node.node = "shop-2";

  expect(refusal(other_cluster), ErrorKind::invalid, "belongs to cluster 'shop', not 'bank'");
  expect(refusal(other_node), ErrorKind::invalid, "belongs to node 'shop-1', not 'shop-2'");
}

TEST_CASE("a store of a later format is refused as such") {
  const StoreIdentity ours{.cluster = "c", .node = "n"},
      theirs{.cluster = "c", .node = "n", .format = kStoreFormat + 1};

  expect(check_identity(theirs, ours, "data").error(), ErrorKind::unimplemented, "has format 4");
}

TEST_CASE("files that are not LMDB's are refused") {
  TemporaryDirectory directory;
  for (const std::string& content : {std::string("hello"), std::string(4096, '\0'), std::string(100'000, 'x')}) {
    std::ofstream(data_file(directory), std::ios::binary | std::ios::trunc) << content;

    expect(refusal(options_for(directory.path())), ErrorKind::corrupt, "not an LMDB file");
  }
}

TEST_CASE("an LMDB file of another program is refused and left as it was") {
  TemporaryDirectory directory;
  MDB_env* env = nullptr;
  MDB_txn* txn = nullptr;
  MDB_dbi dbi = 0;
  REQUIRE(mdb_env_create(&env) == 0);
  REQUIRE(mdb_env_open(env, directory.path().c_str(), 0, 0644) == 0);
  REQUIRE(mdb_txn_begin(env, nullptr, 0, &txn) == 0);
  REQUIRE(mdb_dbi_open(txn, nullptr, 0, &dbi) == 0);
  MDB_val key{1, const_cast<char*>("k")}, value{1, const_cast<char*>("v")};
  REQUIRE(mdb_put(txn, dbi, &key, &value, 0) == 0);
  REQUIRE(mdb_txn_commit(txn) == 0);
  mdb_env_close(env);
  const auto size = std::filesystem::file_size(data_file(directory));

  expect(refusal(options_for(directory.path())), ErrorKind::corrupt, "of another program");
  CHECK(std::filesystem::file_size(data_file(directory)) == size);
}

TEST_CASE("a file cut off anywhere is refused") {
  TemporaryDirectory directory;
  make_store(directory);
  const auto used = Store::open(options_for(directory.path())).value()->stats()->used_bytes;

  for (std::size_t length = used; length > 0; length -= std::min<std::size_t>(length, length > 12288 ? 4096 : 1000)) {
    CAPTURE(length);
    std::filesystem::resize_file(data_file(directory), length - 1);
    if (length == 1) break;
    expect(refusal(options_for(directory.path())), ErrorKind::corrupt, "; restore it");
    CHECK(Store::open_read_only({.directory = directory.path()}).error().kind() == ErrorKind::corrupt);
  }
}

TEST_CASE("a store is as long as its map, so that a cut shows") {
  TemporaryDirectory directory;
  make_store(directory);

  CHECK(std::filesystem::file_size(data_file(directory)) >= options_for(directory.path()).initial_map_bytes);
}

TEST_CASE("a file of another LMDB format is refused as such") {
  TemporaryDirectory directory;
  make_store(directory);
  overwrite(data_file(directory), 20, "\x02");

  expect(refusal(options_for(directory.path())), ErrorKind::unimplemented, "data format 2");
}

TEST_CASE("any bit flipped in the first pages is refused or harmless, never a crash") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  TemporaryDirectory directory;
  make_store(directory);
  const int fd = ::open(data_file(directory).c_str(), O_RDWR);
  std::vector<char> pages(8192);
  REQUIRE(::pread(fd, pages.data(), pages.size(), 0) == static_cast<ssize_t>(pages.size()));

  for (int round = 0; round < 150; ++round) {
    std::vector<char> damaged = pages;
    const unsigned bit = random() % (152 * 8);
    for (const std::size_t page : {std::size_t{0}, std::size_t{4096}})
      damaged[page + bit / 8] = static_cast<char>(damaged[page + bit / 8] ^ (1 << bit % 8));
    REQUIRE(::pwrite(fd, damaged.data(), damaged.size(), 0) == static_cast<ssize_t>(damaged.size()));

    // In a process of its own: what is looked for is a crash.
    const pid_t child = ::fork();
    if (child == 0) {
      auto opened = Store::open_read_only({.directory = directory.path()});
      if (opened) (void)(*opened)->for_each({}, [](const Record&) { return true; });
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) FAIL("bit " << bit << " ends the process");
  }
  ::close(fd);
}

TEST_CASE("a stopped node's store is read without being written") {
  TemporaryDirectory directory;
  make_store(directory);
  const auto written = std::filesystem::last_write_time(data_file(directory));

  auto store = std::move(Store::open_read_only({.directory = directory.path()})).value();

  CHECK(store->identity().cluster == "shop");
  CHECK(store->identity().node == "shop-1");
  CHECK(value_of(*store, 7, "7")->size() == 1000);
  CHECK(std::filesystem::last_write_time(data_file(directory)) == written);
  expect(refusal(options_for(directory.path())), ErrorKind::unavailable, "held");
  store.reset();
  CHECK(Store::open(options_for(directory.path())).ok());
}

TEST_CASE("a place without a store is refused to readers and stays as it is") {
  TemporaryDirectory directory;

  expect(Store::open_read_only({.directory = directory.path()}).error(), ErrorKind::invalid, "there is no store");
  expect(Store::open_read_only({.directory = directory.path() / "no"}).error(), ErrorKind::invalid,
         "there is no store");
  CHECK(std::filesystem::is_empty(directory.path()));
}

// A store with keys: what is on disk, who may open it, what rotation by restart leaves.
#include <doctest/doctest.h>

#include <fstream>

#include "sealing_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

StoreOptions with(const TemporaryDirectory& directory, const std::string& keys) {
  StoreOptions options = options_for(directory.path());
  if (!keys.empty()) options.keys = ring(keys);
  return options;
}

void make(const TemporaryDirectory& directory, const std::string& keys) {
  auto store = open_store(with(directory, keys));
  for (int n = 0; n < 20; ++n) REQUIRE_FALSE(commit(*store, 1, "k" + std::to_string(n), kSecret));
}

void expect_no_digits(const Error& error, ErrorKind kind, std::string_view words) {
  expect(error, kind, words);
  CHECK(error.message().find("1111") == std::string::npos);
}

}  // namespace

TEST_CASE("an encrypted store has no value in clear, neither in its log nor in LMDB") {
  TemporaryDirectory directory, plain;
  auto store = open_store(with(directory, kOne));
  REQUIRE_FALSE(commit(*store, 1, "key in clear", kSecret));
  CHECK(value_of(*store, 1, "key in clear") == kSecret);
  CHECK_FALSE(on_disk(directory.path(), kSecret));  // in the log
  store.reset();
  CHECK_FALSE(on_disk(directory.path(), kSecret));  // in LMDB

  CHECK(on_disk(directory.path(), "key in clear"));
  make(plain, "");
  CHECK(on_disk(plain.path(), kSecret));
}

TEST_CASE("an encrypted store is read as any other") {
  TemporaryDirectory directory;
  make(directory, kOne);
  auto store = open_store(with(directory, kOne));
  REQUIRE_FALSE(commit(*store, 1, "k0", "newer"));
  REQUIRE_FALSE(commit(*store, 1, "empty", ""));
  ObservedCommit erasure;
  erasure.partition = 1;
  erasure.erase("k1");
  store->commits().submit(&erasure);
  REQUIRE_FALSE(erasure.wait());

  CHECK(value_of(*store, 1, "k0") == "newer");
  CHECK_FALSE(value_of(*store, 1, "k1"));
  CHECK(value_of(*store, 1, "k2") == kSecret);
  CHECK(value_of(*store, 1, "empty") == "");
  CHECK(store->read_range({}, 100).value().size() == 20);
  CHECK(store->stats()->records == 20);
  CHECK(store->identity().encrypted);
}

TEST_CASE("commits in the log of a killed node are replayed sealed") {
  TemporaryDirectory directory, copy;
  StoreOptions options = with(directory, kOne);
  options.checkpoint_pause = std::chrono::hours(1);
  auto store = open_store(options);
  for (int n = 0; n < 20; ++n) REQUIRE_FALSE(commit(*store, 1, "k" + std::to_string(n), kSecret));
  for (const char* file : {"data.mdb", "commit.0.log", "commit.1.log", "commit.mark"})
    std::filesystem::copy_file(directory.path() / file, copy.path() / file);

  CHECK(value_of(*Store::open_read_only({.directory = copy.path(), .keys = ring(kOne)}).value(), 1, "k7") == kSecret);
  auto again = open_store(with(copy, kOne));

  for (int n = 0; n < 20; ++n) CHECK(value_of(*again, 1, "k" + std::to_string(n)) == kSecret);
  again.reset();
  CHECK_FALSE(on_disk(copy.path(), kSecret));
}

TEST_CASE("an encrypted store without its key, or with another, is refused and says what to do") {
  TemporaryDirectory directory;
  make(directory, kOne);

  expect_no_digits(Store::open(with(directory, "")).error(), ErrorKind::invalid, "no key was given; name the file");
  expect_no_digits(Store::open(with(directory, "1:" + std::string(64, '3'))).error(), ErrorKind::denied,
                   "not the key of that id");
  expect_no_digits(Store::open(with(directory, kTwo)).error(), ErrorKind::denied,
                   "sealed with key 1, which is not among");
  expect_no_digits(Store::open_read_only({.directory = directory.path()}).error(), ErrorKind::invalid,
                   "no key was given");
  expect_no_digits(Store::open_read_only({.directory = directory.path(), .keys = ring(kTwo)}).error(),
                   ErrorKind::denied, "not among");
  CHECK(value_of(*open_store(with(directory, kOne)), 1, "k3") == kSecret);
}

TEST_CASE("a store that is not encrypted is refused with a key, and stays as it is") {
  TemporaryDirectory directory;
  make(directory, "");

  expect_no_digits(Store::open(with(directory, kOne)).error(), ErrorKind::invalid, "encrypt it with troupe db rotate");
  CHECK(value_of(*open_store(with(directory, "")), 1, "k3") == kSecret);
}

TEST_CASE("a store that was opened once without a commit is no fresh one") {
  TemporaryDirectory directory;
  open_store(with(directory, ""));

  CHECK_FALSE(Store::open(with(directory, kOne)).ok());
}

TEST_CASE("with a new key in front, new values are sealed with it and old ones still open") {
  TemporaryDirectory directory;
  make(directory, kOne);
  {
    auto store = open_store(with(directory, kTwo + "\n" + kOne));
    REQUIRE_FALSE(commit(*store, 1, "new", "2"));
    CHECK(value_of(*store, 1, "k3") == kSecret);
  }

  expect_no_digits(Store::open(with(directory, kTwo)).error(), ErrorKind::denied, "sealed with key 1");
  expect_no_digits(Store::open(with(directory, kOne)).error(), ErrorKind::denied, "sealed with key 2");
  CHECK(value_of(*open_store(with(directory, kOne + "\n" + kTwo)), 1, "new") == "2");
}

TEST_CASE("a build that knows nothing of encryption refuses an encrypted store by its format") {
  const StoreIdentity ours{.cluster = "c", .node = "n"},
      theirs{.cluster = "c", .node = "n", .format = kStoreFormat | kEncryptedFlag};

  CHECK(check_identity(theirs, ours, "data").error().kind() == ErrorKind::unimplemented);
}

// What is done with a log that was left behind: torn, damaged, foreign, missing, from a store without one.
#include "store/log/recovery.h"

#include <fcntl.h>

#include <algorithm>

#include "left_log.h"
#include "support/log_lines.h"

using namespace troupe;
using namespace troupe::store;

TEST_CASE("what a killed process left in the log is there at the next opening, and in LMDB from then on") {
  TemporaryDirectory directory;
  const StoreOptions options = small_log(directory.path());
  leave_commits(options, 20);

  {
    auto reader = std::move(Store::open_read_only({.directory = directory.path()})).value();
    CHECK(whole_prefix(*reader, 20) == 20);
    CHECK(reader->sequences().value()[1] == 20);
    CHECK(reader->stats()->records == 20);
  }
  auto store = open_store(options);
  CHECK(whole_prefix(*store, 20) == 20);
  CHECK(store->commits().sequence(1) == 20);
  CHECK_FALSE(commit(*store, 1, "20", "value 20"));
  CHECK(store->commits().sequence(1) == 21);
}

TEST_CASE("a last batch torn at any byte is dropped, with a word, and all before it stays") {
  TemporaryDirectory directory;
  StoreOptions options = small_log(directory.path());
  leave_commits(options, 4);
  set_mark(directory.path(), 3);
  const auto log = log_path(directory.path(), 0);
  const std::string whole = content(log);
  const std::vector<std::size_t> starts = frame_starts(log);
  REQUIRE(starts.size() == 5);

  for (std::size_t at = starts[3]; at < starts[4]; ++at) {
    CAPTURE(at);
    std::string torn = whole;
    if (std::all_of(whole.begin() + static_cast<std::ptrdiff_t>(at), whole.end(), [](char c) { return c == 0; })) break;
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(at), torn.end(), '\0');
    put_content(log, torn);
    auto reader = std::move(Store::open_read_only({.directory = directory.path()})).value();
    CHECK(whole_prefix(*reader, 4) == 3);
    CHECK(reader->sequences().value()[1] == 3);
  }

  std::string torn = whole;
  torn[starts[4] - 20] = static_cast<char>(torn[starts[4] - 20] ^ 1);
  put_content(log, torn);
  testing::LogLines lines;
  options.log = lines.sink();
  auto store = open_store(options);
  CHECK(whole_prefix(*store, 4) == 3);
  REQUIRE(lines.size() == 1);
  CHECK(lines.all()[0].find("never acknowledged; dropped it") != std::string::npos);
  CHECK(lines.fields_of("dropped it").at("path") == directory.path().string());
  CHECK_FALSE(commit(*store, 1, "3", "value 3"));
  store.reset();
  store = open_store(options);
  CHECK(whole_prefix(*store, 4) == 4);
  CHECK(lines.size() == 1);
}

TEST_CASE("any bit flipped in what a log holds is refused") {
  TemporaryDirectory directory;
  leave_commits(small_log(directory.path()), 5);
  const auto log = log_path(directory.path(), 0);
  const std::string whole = content(log);
  const std::vector<std::size_t> starts = frame_starts(log);
  REQUIRE(starts.size() == 6);
  std::vector<std::size_t> bytes;
  for (std::size_t at = 0; at < 40; ++at) bytes.push_back(at);
  for (std::size_t at = starts.front(); at < starts.back() + 64; ++at) bytes.push_back(at);
  const int fd = ::open(log.c_str(), O_RDWR);

  for (const std::size_t at : bytes) {
    CAPTURE(at);
    const char flipped = static_cast<char>(whole[at] ^ (1 << at % 8));
    REQUIRE(::pwrite(fd, &flipped, 1, static_cast<off_t>(at)) == 1);
    auto opened = Store::open_read_only({.directory = directory.path()});
    CHECK(opened.ok() == (at >= starts[5]));
    if (opened.ok()) CHECK(whole_prefix(**opened, 5) == 5);
    if (!opened.ok()) CHECK(opened.error().message().find("commit log") != std::string::npos);
    REQUIRE(::pwrite(fd, &whole[at], 1, static_cast<off_t>(at)) == 1);
  }
  ::close(fd);
}

TEST_CASE("a log that is missing, cut off, another store's or no log is refused, and left as it is") {
  TemporaryDirectory directory, elsewhere;
  const StoreOptions options = small_log(directory.path());
  leave_commits(options, 5);
  leave_commits(small_log(elsewhere.path()), 5);
  const auto log = log_path(directory.path(), 0);
  const std::string whole = content(log);
  const auto refusal = [&] {
    auto opened = Store::open(options);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().kind() == ErrorKind::corrupt);
    CHECK(Store::open_read_only({.directory = directory.path()}).error().message() == opened.error().message());
    return std::string(opened.error().message());
  };

  std::filesystem::remove(log);
  CHECK(refusal().find("is missing") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(log));
  std::filesystem::copy_file(log_path(elsewhere.path(), 0), log);
  CHECK(refusal().find("belongs to another store") != std::string::npos);
  put_content(log, whole.substr(0, 30'000));
  CHECK(refusal().find("was cut off") != std::string::npos);
  put_content(log, "hello");
  CHECK(refusal().find("is not a commit log") != std::string::npos);
  CHECK(content(log) == "hello");

  put_content(log, whole);
  CHECK(whole_prefix(*open_store(options), 5) == 5);
}

TEST_CASE("a log of another size is replaced once its batches are in LMDB") {
  TemporaryDirectory directory;
  StoreOptions options = small_log(directory.path());
  leave_commits(options, 5);

  options.log_bytes = 256 << 10;
  auto store = open_store(options);

  CHECK(whole_prefix(*store, 5) == 5);
  for (const std::size_t index : {0u, 1u})
    CHECK(std::filesystem::file_size(log_path(directory.path(), index)) == 256 << 10);
  CHECK_FALSE(commit(*store, 1, "5", "value 5"));
}

TEST_CASE("a log size out of bounds is refused") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{65535}, (std::size_t{1} << 30) + 1}) {
    options.log_bytes = bytes;
    CHECK(Store::open(options).error().kind() == ErrorKind::invalid);
  }
}

TEST_CASE("logs of a store that was still being made are made again") {
  TemporaryDirectory directory;
  (void)LogFile::open(log_path(directory.path(), 0), 99, 64 << 10, false).value();

  auto store = open_store(small_log(directory.path()));

  CHECK_FALSE(commit(*store, 1, "a", "1"));
}

TEST_CASE("a store from before there was a log opens, for readers and for a node, and gets one") {
  TemporaryDirectory directory;
  const StoreOptions options = small_log(directory.path());
  leave_commits(options, 5);
  open_store(options).reset();
  change_by_hand(directory.path(), [](MDB_txn* txn, MDB_dbi main, MDB_dbi meta) {
    erase_row(txn, meta, "log");
    erase_row(txn, main, "applied batch");
    erase_row(txn, main, "marked batch");
    set_format(txn, meta, 1);
  });
  std::filesystem::remove(mark_path(directory.path()));
  for (const std::size_t index : {0u, 1u}) std::filesystem::remove(log_path(directory.path(), index));

  CHECK(whole_prefix(*std::move(Store::open_read_only({.directory = directory.path()})).value(), 5) == 5);
  CHECK_FALSE(std::filesystem::exists(log_path(directory.path(), 0)));
  auto store = open_store(options);
  CHECK(whole_prefix(*store, 5) == 5);
  CHECK_FALSE(commit(*store, 1, "5", "value 5"));
  CHECK(store->commits().sequence(1) == 6);
  store.reset();
  CHECK(Store::open_read_only({.directory = directory.path()}).value()->identity().format == kStoreFormat);
}

TEST_CASE("a reader beside a live node sees what is only in the log, and later what was checkpointed") {
  TemporaryDirectory directory;
  auto store = open_store(small_log(directory.path()));
  CHECK_FALSE(commit(*store, 1, "0", "value 0"));

  auto reader = std::move(Store::open_read_only({.directory = directory.path(), .beside_live_node = true})).value();
  CHECK(whole_prefix(*reader, 1) == 1);
  CHECK_FALSE(commit(*store, 1, "0", "newer"));
  CHECK(value_of(*reader, 1, "0") == "value 0");
  store->stop();

  CHECK(value_of(*reader, 1, "0") == "newer");
  CHECK(text_of(reader->read_range(partition_range(1), 10)->front().value) == "newer");
}

TEST_CASE("readers open beside a live node while its logs turn over") {
  TemporaryDirectory directory;
  StoreOptions options = small_log(directory.path());
  options.log_bytes = 256 << 10;
  open_store(options).reset();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto store = Store::open(options);
    for (std::uint64_t n = 0; store.ok(); ++n)
      if (commit(**store, 1, "counter", std::to_string(n) + std::string(3000, ' '))) ::_exit(2);
    ::_exit(1);
  }

  std::uint64_t newest = 0;
  int backwards = 0, refused = 0;
  for (int n = 0; n < 100; ++n) {
    auto reader = Store::open_read_only({.directory = directory.path(), .beside_live_node = true});
    refused += !reader.ok();
    if (!reader) continue;
    const auto found = value_of(**reader, 1, "counter");
    const std::uint64_t seen = found ? std::stoull(*found) : 0;
    backwards += seen < newest;
    newest = seen;
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);

  CHECK(WIFSIGNALED(status));
  CHECK(backwards == 0);
  CHECK(refused == 0);
}

// What is noticed when a log does not hold all that was synced into it, and what is no reason to refuse it.
#include "store/log/log_mark.h"

#include <algorithm>

#include "left_log.h"

using namespace troupe;
using namespace troupe::store;

namespace {

// The same for a node and for a reader, which `troupe db verify` is.
std::string refusal_of(const StoreOptions& options, ErrorKind kind = ErrorKind::corrupt) {
  auto opened = Store::open(options);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().kind() == kind);
  CHECK(Store::open_read_only({.directory = options.directory}).error().message() == opened.error().message());
  return opened.error().message();
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an older copy of a log, the other of the pair, and zeros to its end are refused") {
  TemporaryDirectory directory;
  const StoreOptions options = small_log(directory.path());
  const auto log = log_path(directory.path(), 0);
  leave_commits(options, 3);
  const std::string older = content(log);
  leave_commits(options, 6);  // which begins with the three in LMDB, and the log at its front
  const std::string whole = content(log);
  const std::string lost = "ends at batch 3, and was synced up to 9";

  put_content(log, older);
  CHECK(says(refusal_of(options), lost));
  put_content(log, content(log_path(directory.path(), 1)));
  CHECK(says(refusal_of(options), lost));
  std::string holed = whole;
  std::fill(holed.begin() + static_cast<std::ptrdiff_t>(frame_starts(log)[0]), holed.end(), '\0');
  put_content(log, holed);
  CHECK(says(refusal_of(options), lost));

  put_content(log, whole);
  std::fill(holed.begin(), holed.end(), '\0');
  std::copy_n(whole.begin(), frame_starts(log)[2], holed.begin());
  put_content(log, holed);
  CHECK(says(refusal_of(options), "ends at batch 5, and was synced up to 9"));

  put_content(log, whole);
  CHECK(whole_prefix(*open_store(options), 6) == 6);
}

TEST_CASE("an older copy of LMDB's file beside newer logs is refused") {
  TemporaryDirectory directory;
  const StoreOptions options = small_log(directory.path());
  leave_commits(options, 3);
  open_store(options).reset();
  const std::string older = content(directory.path() / "data.mdb");
  leave_commits(options, 3);
  open_store(options).reset();
  leave_commits(options, 3);
  open_store(options).reset();

  put_content(directory.path() / "data.mdb", older);

  CHECK(says(refusal_of(options), "commit log"));
}

TEST_CASE("a mark that a power cut left behind the log is no reason to refuse it") {
  TemporaryDirectory directory;
  const StoreOptions options = small_log(directory.path());
  leave_commits(options, 5);
  set_mark(directory.path(), 2);

  auto store = open_store(options);

  CHECK(whole_prefix(*store, 5) == 5);
  CHECK(read_mark(mark_path(directory.path()), read_log(log_path(directory.path(), 0)).value()->log_id).value() == 5);
}

TEST_CASE("a mark is refused that is missing, damaged, an older copy or of a later format") {
  TemporaryDirectory directory;
  const StoreOptions options = small_log(directory.path());
  const auto mark = mark_path(directory.path());
  leave_commits(options, 2);
  const std::string older = content(mark);
  leave_commits(options, 2);
  open_store(options).reset();
  const std::string whole = content(mark);

  std::filesystem::remove(mark);
  CHECK(says(refusal_of(options), "is missing, which says how far"));
  put_content(mark, older);
  CHECK(says(refusal_of(options), "is an older copy: it says batch 2"));
  std::string changed = whole;
  for (const std::size_t slot : {std::size_t{0}, kMarkSlotBytes}) changed[slot + 24] ^= 1;
  put_content(mark, changed);
  CHECK(says(refusal_of(options), "it is damaged"));
  changed = whole;
  changed[8] = 2;
  put_content(mark, changed);
  CHECK(says(refusal_of(options, ErrorKind::unimplemented), "it has format 2; this build reads format 1"));

  put_content(mark, whole);
  CHECK(whole_prefix(*open_store(options), 2) == 2);
}

TEST_CASE("a store whose log had no mark opens, for readers and for a node, and gets one") {
  TemporaryDirectory directory;
  const StoreOptions options = small_log(directory.path());
  leave_commits(options, 5);
  change_by_hand(directory.path(), [](MDB_txn* txn, MDB_dbi main, MDB_dbi meta) {
    erase_row(txn, main, "marked batch");
    set_format(txn, meta, 2);
  });
  std::filesystem::remove(mark_path(directory.path()));

  CHECK(whole_prefix(*std::move(Store::open_read_only({.directory = directory.path()})).value(), 5) == 5);
  CHECK_FALSE(std::filesystem::exists(mark_path(directory.path())));
  CHECK(whole_prefix(*open_store(options), 5) == 5);

  CHECK(Store::open_read_only({.directory = directory.path()}).value()->identity().format == kStoreFormat);
  std::filesystem::remove(mark_path(directory.path()));
  CHECK(says(refusal_of(options), "is missing, which says how far"));
}

TEST_CASE("a batch that goes past the log is marked like any other") {
  TemporaryDirectory directory;
  const StoreOptions options = small_log(directory.path());
  {
    auto store = open_store(options);
    CHECK_FALSE(commit(*store, 1, "large", std::string(options.log_bytes, 'x')));
    CHECK_FALSE(commit(*store, 1, "small", "1"));
  }

  auto store = open_store(options);

  CHECK(value_of(*store, 1, "small") == "1");
  CHECK(read_mark(mark_path(directory.path()), read_log(log_path(directory.path(), 0)).value()->log_id).value() == 2);
}

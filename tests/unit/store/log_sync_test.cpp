// What a power cut would show: a commit ends only once the log that holds it has been synced. No test can cut the
// power, so this program's own fdatasync(2) takes the place of libc's, looks at the log, and fails when told to.
#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <mutex>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

// Watches the commit logs of one directory while it lives. What was in a log when it was last synced is what a power
// cut would leave of it.
class LogSyncs {
 public:
  explicit LogSyncs(const std::filesystem::path& directory) : directory_(std::filesystem::canonical(directory)) {
    const std::lock_guard lock(mutex_);
    watching_ = this;
  }
  ~LogSyncs() {
    const std::lock_guard lock(mutex_);
    watching_ = nullptr;
  }
  LogSyncs(const LogSyncs&) = delete;
  LogSyncs& operator=(const LogSyncs&) = delete;

  [[nodiscard]] static bool holds(std::string_view text) {
    const std::lock_guard lock(mutex_);
    return watching_ != nullptr && watching_->synced_.find(text) != std::string::npos;
  }
  [[nodiscard]] static int count() {
    const std::lock_guard lock(mutex_);
    return watching_ == nullptr ? 0 : watching_->count_;
  }
  // Of LMDB's file.
  [[nodiscard]] static int database_count() {
    const std::lock_guard lock(mutex_);
    return watching_ == nullptr ? 0 : watching_->database_count_;
  }
  std::atomic<bool> fail{false};

  // Whether the sync of the file behind `fd` may go on.
  static bool sync(int fd) {
    const std::lock_guard lock(mutex_);
    std::error_code ignored;
    const auto file = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), ignored);
    if (watching_ == nullptr || file.parent_path() != watching_->directory_) return true;
    if (file.extension() != ".log") {
      ++watching_->database_count_;
      return true;
    }
    if (watching_->fail) return false;
    ++watching_->count_;
    watching_->synced_ = content(file);
    return true;
  }

 private:
  static inline std::mutex mutex_;
  static inline LogSyncs* watching_ = nullptr;
  std::filesystem::path directory_;
  int count_ = 0;
  int database_count_ = 0;
  std::string synced_;
};

// Notes, at the moment it ends, whether its value had been synced.
class PowerCutCommit final : public ObservedCommit {
 public:
  PowerCutCommit(std::string_view key, std::string_view value) : ObservedCommit(1, key, value), value_(value) {}
  void durable() noexcept override {
    was_synced = LogSyncs::holds(value_);
    ObservedCommit::durable();
  }
  bool was_synced = false;

 private:
  std::string value_;
};

StoreOptions synced_log(const std::filesystem::path& directory) {
  StoreOptions options = options_for(directory);
  options.log_bytes = 64 << 10;
  options.checkpoint_pause = std::chrono::hours(1);
  return options;
}

}  // namespace

extern "C" int fdatasync(int fd) {
  if (LogSyncs::sync(fd)) return static_cast<int>(::syscall(SYS_fdatasync, fd));
  errno = EIO;
  return -1;
}

TEST_CASE("a commit ends after the log that holds it has been synced, not before") {
  TemporaryDirectory directory;
  auto store = open_store(synced_log(directory.path()));
  const LogSyncs syncs(directory.path());

  for (int n = 0; n < 10; ++n) {
    CAPTURE(n);
    PowerCutCommit commit(std::to_string(n), "the value of commit " + std::to_string(n) + ".");
    store->commits().submit(&commit);

    CHECK_FALSE(commit.wait());
    CHECK(commit.was_synced);
    CHECK(LogSyncs::count() == n + 1);
  }
}

TEST_CASE("what goes to LMDB, past the log or by a checkpoint, is synced there") {
  TemporaryDirectory directory;
  auto store = open_store(synced_log(directory.path()));
  const LogSyncs syncs(directory.path());

  CHECK_FALSE(commit(*store, 1, "large", std::string(1 << 20, 'v')));
  const int after_large = LogSyncs::database_count();
  CHECK_FALSE(commit(*store, 1, "small", "1"));
  CHECK(LogSyncs::database_count() == after_large);
  store->stop();

  CHECK(after_large > 0);
  CHECK(LogSyncs::database_count() > after_large);
}

TEST_CASE("without sync no log is synced") {
  TemporaryDirectory directory;
  StoreOptions options = synced_log(directory.path());
  options.sync = false;
  auto store = open_store(options);
  const LogSyncs syncs(directory.path());

  CHECK_FALSE(commit(*store, 1, "a", "1"));

  CHECK(LogSyncs::count() == 0);
}

TEST_CASE("a sync that fails leaves its commit uncertain and ends the store's commits") {
  TemporaryDirectory directory;
  auto store = open_store(synced_log(directory.path()));
  LogSyncs syncs(directory.path());
  CHECK_FALSE(commit(*store, 1, "a", "1"));

  syncs.fail = true;
  const auto uncertain = commit(*store, 1, "b", "2");
  syncs.fail = false;
  const auto later = commit(*store, 1, "c", "3");

  REQUIRE(uncertain);
  CHECK(uncertain->kind() == ErrorKind::unknown_outcome);
  CHECK(uncertain->may_have_run());
  REQUIRE(later);
  CHECK(later->kind() == ErrorKind::unavailable);
  CHECK(value_of(*store, 1, "a") == "1");
}

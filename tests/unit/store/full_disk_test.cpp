#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "store_fixture.h"
#include "support/log_lines.h"

using namespace troupe;
using namespace troupe::store;

namespace {

// While it lives, this process's files end at `bytes`: writes behind that come back with EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    former_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &former_);
    const rlimit limit{bytes, former_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &former_);
    std::signal(SIGXFSZ, former_handler_);
  }

 private:
  rlimit former_{};
  void (*former_handler_)(int) = nullptr;
};

class SmallDisk {
 public:
  SmallDisk() : mounted_(::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=2m") == 0) {}
  ~SmallDisk() {
    if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  bool mounted_;
};

// Commits until one fails; how many were acknowledged.
int fill(Store& store, std::optional<Error>& error) {
  int stored = 0;
  while (!(error = commit(store, 1, std::to_string(stored), std::string(50 << 10, 'v')))) ++stored;
  return stored;
}

}  // namespace

TEST_CASE("a disk that takes no more stops the store with one loud line and loses nothing acknowledged") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.initial_map_bytes = 64 << 20;
  testing::LogLines lines;
  options.log = lines.sink();
  std::optional<Error> error;
  int stored = 0;
  {
    auto store = open_store(options);
    const FileSizeLimit limit(1 << 20);
    stored = fill(*store, error);
    CHECK(error->kind() == ErrorKind::unknown_outcome);
    CHECK(error->may_have_run());
    CHECK(error->message().find("restart the node") != std::string::npos);
    const auto later = commit(*store, 1, "later", "v");
    CHECK(later->kind() == ErrorKind::unavailable);
    CHECK(later->message() == error->message());
    CHECK(value_of(*store, 1, "0")->size() == 50 << 10);
    CHECK(lines.size() == 1);
  }

  auto store = open_store(options);

  CHECK(stored > 5);
  for (int n = 0; n < stored; ++n) CHECK(value_of(*store, 1, std::to_string(n)).has_value());
  CHECK(store->commits().sequence(1) >= static_cast<std::uint64_t>(stored));
  CHECK_FALSE(commit(*store, 1, "later", "v"));
}

TEST_CASE("a full file system stops the store; it opens again while full, and goes on once there is space") {
  SmallDisk disk;
  if (!disk.mounted()) {
    MESSAGE("not run: mounting a tmpfs needs root");
    return;
  }
  StoreOptions options = options_for(disk.path() / "data");
  options.log_bytes = 128 << 10;
  std::filesystem::create_directories(options.directory);
  std::ofstream(disk.path() / "ballast") << std::string(512 << 10, 'b');
  std::optional<Error> error;
  int stored = 0;
  {
    auto store = open_store(options);
    stored = fill(*store, error);
    CHECK(error->message().find("No space left on device; free space and restart the node") != std::string::npos);
  }
  {
    auto store = open_store(options);
    for (int n = 0; n < stored; ++n) CHECK(value_of(*store, 1, std::to_string(n)).has_value());
    for (int n = 0; n < 50 && !error; ++n) error = commit(*store, 1, std::to_string(n), std::string(50 << 10, 'w'));
  }

  std::filesystem::remove(disk.path() / "ballast");
  auto store = open_store(options);

  CHECK(stored > 5);
  CHECK_FALSE(commit(*store, 1, "later", "v"));
  CHECK(value_of(*store, 1, "0").has_value());
}

TEST_CASE("a store that cannot be made on a full file system is refused, not a crash") {
  SmallDisk disk;
  if (!disk.mounted()) {
    MESSAGE("not run: mounting a tmpfs needs root");
    return;
  }
  std::ofstream(disk.path() / "ballast") << std::string(4 << 20, 'b');

  const auto opened = Store::open(options_for(disk.path() / "data"));

  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().kind() == ErrorKind::unavailable);
  CHECK(opened.error().message().find("No space left on device") != std::string::npos);
}

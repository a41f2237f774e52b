// A store's files and its directory: for its user alone, held truthfully, and noticed when they go.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "store/backup/backup.h"
#include "store/store_lock.h"
#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

namespace fs = std::filesystem;

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

// As the system hands them to most people.
class UsualMask {
 public:
  UsualMask() : former_(::umask(022)) {}
  ~UsualMask() { ::umask(former_); }

 private:
  mode_t former_;
};

void check_private(const fs::path& directory) {
  CHECK(mode_of(directory) == 0700);
  for (const auto& entry : fs::directory_iterator(directory)) {
    CAPTURE(entry.path());
    CHECK((mode_of(entry.path()) & 077) == 0);
  }
}

// A process of its own that does `work` and waits until it is told to end.
class Other {
 public:
  explicit Other(const std::function<void()>& work) {
    int ready[2], go[2];
    REQUIRE((::pipe(ready) == 0 && ::pipe(go) == 0));
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(go[1]);
      work();
      char byte = 'x';
      (void)!::write(ready[1], &byte, 1);
      (void)!::read(go[0], &byte, 1);
      ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
    ::close(ready[1]);
    ::close(go[0]);
    go_ = go[1];
  }
  ~Other() {
    ::close(go_);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  int go_ = -1;
};

}  // namespace

TEST_CASE("what a store makes is for its user alone: files, directories, backups, restored stores") {
  const UsualMask mask;
  TemporaryDirectory directory;
  const fs::path above = directory.path() / "nodes", place = above / "shop-1";
  auto store = open_store(options_for(place));
  REQUIRE_FALSE(commit(*store, 1, "k", "v"));

  REQUIRE(back_up(*store, directory.path() / "backup", 1).ok());
  REQUIRE(restore(directory.path() / "backup", directory.path() / "again", nullptr).ok());

  CHECK(mode_of(above) == 0700);
  check_private(place);
  check_private(directory.path() / "backup");
  check_private(directory.path() / "again");
}

TEST_CASE("a store that an earlier version left open to others is closed to them when it opens") {
  const UsualMask mask;
  TemporaryDirectory directory;
  const fs::path place = directory.path() / "shop-1";
  open_store(options_for(place)).reset();
  for (const auto& entry : fs::directory_iterator(place)) ::chmod(entry.path().c_str(), 0644);
  ::chmod(place.c_str(), 0755);

  auto store = open_store(options_for(place));

  check_private(place);
}

TEST_CASE("a directory that holds other things too keeps its mode, and the store's files are closed all the same") {
  TemporaryDirectory directory;
  const fs::path place = directory.path() / "home";
  fs::create_directory(place);
  std::ofstream(place / "letter") << "x";
  ::chmod(place.c_str(), 0755);
  ::chmod((place / "letter").c_str(), 0644);

  auto store = open_store(options_for(place));

  CHECK(mode_of(place) == 0755);
  CHECK(mode_of(place / "letter") == 0644);
  CHECK(mode_of(place / "data.mdb") == 0600);
}

TEST_CASE("a lock that somebody else holds is put down to him, not to whom the file names") {
  TemporaryDirectory directory;
  open_store(options_for(directory.path())).reset();  // its process id stays in the file
  const fs::path lock = directory.path() / "owner.lock";
  Other stranger([&] { (void)::flock(::open(lock.c_str(), O_RDONLY), LOCK_EX); });

  const auto opened = Store::open(options_for(directory.path()));

  expect(opened.error(), ErrorKind::unavailable, std::to_string(stranger.pid()));
  CHECK(opened.error().message().find("process " + std::to_string(::getpid())) == std::string::npos);
}

TEST_CASE("a store that is closed is free at once, although a child of its process was forked meanwhile") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  Other child([] {});

  store.reset();

  CHECK(Store::open(options_for(directory.path())).ok());
}

TEST_CASE("a child that ends does not let go of its parent's store") {
  TemporaryDirectory directory;
  auto lock = StoreLock::own(directory.path(), "shop-1");
  REQUIRE(lock.ok());

  const pid_t child = ::fork();
  if (child == 0) {
    { const StoreLock copy = std::move(lock).value(); }
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);

  CHECK_FALSE(StoreLock::own(directory.path(), "shop-2").ok());
}

TEST_CASE("nothing is acknowledged any more once the directory was deleted, moved or replaced") {
  TemporaryDirectory directory;
  const fs::path place = directory.path() / "shop-1";
  auto store = open_store(options_for(place));
  REQUIRE_FALSE(commit(*store, 1, "before", "v"));
  SUBCASE("deleted") { fs::remove_all(place); }
  SUBCASE("moved") { fs::rename(place, directory.path() / "elsewhere"); }
  SUBCASE("replaced") {
    fs::rename(place, directory.path() / "elsewhere");
    fs::create_directory(place);
  }
  std::unique_ptr<Store> successor = open_store(options_for(place));

  const auto error = commit(*store, 1, "after", "v");

  REQUIRE(error);
  CHECK(error->message().find("deleted, moved or replaced") != std::string::npos);
  CHECK(store->commits().failure() != nullptr);
  CHECK_FALSE(commit(*successor, 1, "after", "v"));
}

TEST_CASE("a directory that goes is noticed by a store that commits nothing") {
  TemporaryDirectory directory;
  const fs::path place = directory.path() / "shop-1";
  StoreOptions options = options_for(place);
  options.checkpoint_pause = std::chrono::milliseconds(5);
  auto store = open_store(options);

  fs::remove_all(place);

  for (int looks = 0; store->commits().failure() == nullptr && looks < 60'000; ++looks) ::usleep(1'000);
  REQUIRE(store->commits().failure() != nullptr);
  expect(*store->commits().failure(), ErrorKind::unavailable, "deleted, moved or replaced");
}

TEST_CASE("a relative directory is where it was when the store opened, wherever the process goes") {
  TemporaryDirectory directory;
  const fs::path before = fs::current_path();
  fs::current_path(directory.path());
  auto store = open_store(options_for("data"));
  fs::current_path("/");

  const bool committed = !commit(*store, 1, "k", "v");
  const auto page = back_up(*store, directory.path() / "backup", 1);
  fs::current_path(before);

  CHECK(committed);
  CHECK(page.ok());
  CHECK(fs::exists(directory.path() / "data" / "data.mdb"));
}

// What lies where a store's files should: pipes, directories and sockets; disks that cannot be read; files that are
// missing; and what a killed command left.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "base/private_files.h"
#include "sealing_fixture.h"
#include "store/backup/backup.h"
#include "store/backup/rewrite.h"

using namespace troupe;
using namespace troupe::store;

namespace {

namespace fs = std::filesystem;

// While it is set, reads of a file of this name end with EIO.
std::string unreadable;

}  // namespace

// The linker gives these names to what the program itself calls: not to LMDB, and not to a sanitizer.
extern "C" ssize_t __real_pread(int fd, void* to, std::size_t bytes, off_t at);
extern "C" ssize_t __wrap_pread(int fd, void* to, std::size_t bytes, off_t at) {
  if (!unreadable.empty()) {
    char name[4096] = {};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (::readlink(link.c_str(), name, sizeof name - 1) > 0 && fs::path(name).filename() == unreadable) {
      errno = EIO;
      return -1;
    }
  }
  return __real_pread(fd, to, bytes, at);
}

namespace {

void make_store_of_one(const fs::path& directory) {
  auto store = open_store(options_for(directory));
  REQUIRE_FALSE(commit(*store, 1, "k", "v"));
}

void put_in_place(const fs::path& path, const std::string& kind) {
  fs::remove_all(path);
  if (kind == "directory") fs::create_directory(path);
  if (kind == "pipe") REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  if (kind != "socket") return;
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  ::close(fd);
}

// How `work` ends in a process of its own: its exit code, or minus the signal. A minute is for ever.
int outcome_of(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    ::_exit(work());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

StoreOptions sealed(const fs::path& directory) {
  StoreOptions options = options_for(directory);
  options.keys = ring(kOne);
  return options;
}

void limit_files(rlim_t bytes) {
  const rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

}  // namespace

TEST_CASE("a pipe, a directory or a socket in a file's place is refused at once, naming it") {
  TemporaryDirectory directory;
  for (const char* file : {"data.mdb", "lock.mdb", "owner.lock", "commit.0.log", "commit.1.log"}) {
    for (const char* kind : {"pipe", "directory", "socket"}) {
      CAPTURE(file);
      CAPTURE(kind);
      const fs::path place = directory.path() / file / kind;
      make_store_of_one(place);
      put_in_place(place / file, kind);

      CHECK(outcome_of([&] {
              const auto opened = Store::open(options_for(place));
              if (opened.ok() || opened.error().kind() != ErrorKind::invalid) return 1;
              return opened.error().message().find("it is not a regular file") == std::string::npos ? 2 : 0;
            }) == 0);
      CHECK(outcome_of([&] {
              const auto opened = Store::open_read_only({.directory = place});
              return opened.ok() && std::string_view(file) != "lock.mdb" ? 1 : 0;
            }) == 0);
    }
  }
}

TEST_CASE("a pipe in the place of keys, of a backup's file or of its page is refused at once") {
  TemporaryDirectory directory;
  make_store_of_one(directory.path() / "store");
  put_in_place(directory.path() / "keys", "pipe");

  CHECK(outcome_of([&] {
          return KeyRing::load({.file = directory.path() / "keys"}).error().kind() == ErrorKind::invalid ? 0 : 1;
        }) == 0);
  for (const char* file : {"data.mdb", "backup"}) {
    const fs::path backup = directory.path() / ("backup of " + std::string(file));
    auto store = open_store(options_for(directory.path() / "store"));
    REQUIRE(back_up(*store, backup, 1).ok());
    put_in_place(backup / file, "pipe");
    CHECK(outcome_of([&] { return restore(backup, directory.path() / "again", nullptr).ok() ? 1 : 0; }) == 0);
  }
}

TEST_CASE("a disk that cannot be read is not called damage") {
  TemporaryDirectory directory;
  make_store_of_one(directory.path());

  for (const char* file : {"data.mdb", "commit.0.log"}) {
    unreadable = file;
    const auto opened = Store::open(options_for(directory.path()));
    const auto read = Store::open_read_only({.directory = directory.path()});
    unreadable.clear();
    expect(opened.error(), ErrorKind::unavailable, "Input/output error");
    expect(read.error(), ErrorKind::unavailable, "Input/output error");
  }
  CHECK(Store::open(options_for(directory.path())).ok());
}

TEST_CASE("a store whose data file is missing is damaged, to a node and to readers, and stays as it is") {
  TemporaryDirectory directory;
  make_store_of_one(directory.path());
  fs::remove(directory.path() / "data.mdb");

  expect(Store::open(options_for(directory.path())).error(), ErrorKind::corrupt, "data.mdb is missing");
  expect(Store::open_read_only({.directory = directory.path()}).error(), ErrorKind::corrupt, "data.mdb is missing");
  CHECK_FALSE(fs::exists(directory.path() / "data.mdb"));
}

TEST_CASE("a rotation to plain that is killed leaves nothing in clear beside a store that was opened since") {
  TemporaryDirectory directory;
  {
    auto store = open_store(sealed(directory.path()));
    for (int n = 0; n < 6000; ++n) {
      ObservedCommit record(1, std::to_string(n), kSecret);
      store->commits().submit(&record);
      REQUIRE_FALSE(record.wait());
    }
  }
  const int ended = outcome_of([&] {
    const Progress kill = [](std::uint64_t, std::uint64_t) { ::raise(SIGKILL); };
    return rewrite({directory.path(), ring(kOne), Sealing::opened, kill}).ok() ? 0 : 1;
  });
  REQUIRE(ended == -SIGKILL);
  REQUIRE(on_disk(directory.path(), kSecret));

  auto store = open_store(sealed(directory.path()));

  CHECK_FALSE(on_disk(directory.path(), kSecret));
  CHECK_FALSE(fs::exists(directory.path() / "rewrite.new"));
  CHECK(value_of(*store, 1, "5999") == kSecret);
}

TEST_CASE("an encryption that is killed before it wiped the logs is ended when the store opens") {
  TemporaryDirectory directory;
  const fs::path place = directory.path() / "store", aside = directory.path() / "aside";
  {
    auto store = open_store(options_for(place));
    REQUIRE_FALSE(commit(*store, 1, "k", kSecret));
  }
  fs::create_directory(aside);
  for (const char* log : {"commit.0.log", "commit.1.log"}) fs::copy_file(place / log, aside / log);
  REQUIRE(rewrite({place, ring(kOne), Sealing::sealed_anew}).ok());
  for (const char* log : {"commit.0.log", "commit.1.log"})
    fs::copy_file(aside / log, place / log, fs::copy_options::overwrite_existing);
  fs::create_directory(place / "rewrite.new");
  REQUIRE(on_disk(place, kSecret));

  auto store = open_store(sealed(place));

  CHECK_FALSE(on_disk(place, kSecret));
  CHECK(value_of(*store, 1, "k") == kSecret);
}

TEST_CASE("a restore that was cut short is no store, and is begun again in its place") {
  TemporaryDirectory directory;
  const fs::path place = directory.path() / "again", backup = directory.path() / "backup";
  make_store_of_one(directory.path() / "store");
  REQUIRE(back_up(*open_store(options_for(directory.path() / "store")), backup, 1).ok());
  fs::create_directory(place);
  std::ofstream(place / "data.mdb.new") << "some of it";

  expect(Store::open(options_for(place)).error(), ErrorKind::invalid, "restore it again");
  REQUIRE(restore(backup, place, nullptr).ok());

  CHECK(value_of(*open_store(options_for(place)), 1, "k") == "v");
}

TEST_CASE("a backup makes no file much larger than the store, and needs none") {
  TemporaryDirectory directory;
  constexpr std::uint64_t kMost = std::uint64_t{256} << 20;
  const int ended = outcome_of([&] {
    limit_files(kMost);
    auto store = Store::open(options_for(directory.path() / "store"));
    if (!store.ok()) return 1;
    for (int n = 0; n < 40; ++n)
      if (commit(**store, 1, std::to_string(n), std::string(100 << 10, 'v'))) return 2;
    return back_up(**store, directory.path() / "backup", 1).ok() ? 0 : 3;
  });

  CHECK(ended == 0);
  CHECK(fs::file_size(directory.path() / "store" / "data.mdb") <= kMost);
}

TEST_CASE("a limit of file sizes stops the store with an error, and never ends the process") {
  TemporaryDirectory directory;
  const int ended = outcome_of([&] {
    limit_files(4 << 20);
    auto store = Store::open(options_for(directory.path() / "store"));
    if (!store.ok()) return 1;
    for (int n = 0; n < 200; ++n) {
      const auto error = commit(**store, 1, std::to_string(n), std::string(100 << 10, 'v'));
      if (error) return error->message().find("ulimit -f") == std::string::npos ? 2 : 0;
    }
    return 3;
  });
  const int too_small = outcome_of([&] {
    limit_files(64 << 10);
    const auto store = Store::open(options_for(directory.path() / "small"));
    return store.ok() || store.error().message().find("ulimit -f") == std::string::npos ? 1 : 0;
  });

  CHECK(ended == 0);
  CHECK(too_small == 0);
}

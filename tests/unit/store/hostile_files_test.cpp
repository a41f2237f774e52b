// Files that were damaged anywhere: read to the end or refused, in a process of its own since a crash is what is looked
// for; and what was committed is there or missed, never quietly gone.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

constexpr int kRecords = 600;

std::string value_for(int n) { return std::string(n % 20 == 0 ? 9000 : 300, static_cast<char>('a' + n % 26)); }

// Branches, leaves, overflow pages, a free list, and logs.
void make_store(const std::filesystem::path& directory, std::shared_ptr<const KeyRing> keys = nullptr) {
  StoreOptions options = options_for(directory);
  options.keys = std::move(keys);
  options.log_bytes = 128 << 10;
  options.sync = false;
  auto store = open_store(options);
  for (int round = 0; round < 2; ++round)
    for (int n = 0; n < kRecords; ++n) commit(*store, static_cast<PartitionId>(n % 8), std::to_string(n), value_for(n));
}

enum Outcome : int { kWhole = 0, kRefused = 1, kLost = 2 };

// What a reader of the whole store comes to; a negative number is the signal that ended it.
int read_all(const std::filesystem::path& directory, const std::shared_ptr<const KeyRing>& keys = nullptr) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto opened = Store::open_read_only({.directory = directory, .keys = keys});
    if (!opened) ::_exit(opened.error().message().empty() ? kLost : kRefused);
    int found = 0;
    auto walked = (*opened)->for_each({}, [&](const Record&) { return ++found, true; });
    if (!walked) ::_exit(kRefused);
    ::_exit(found == kRecords ? kWhole : kLost);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::vector<char> front_of(const std::filesystem::path& file, std::size_t most) {
  std::ifstream stream(file, std::ios::binary);
  std::vector<char> bytes(most);
  stream.read(bytes.data(), static_cast<std::streamsize>(most));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

class Damage {
 public:
  explicit Damage(const std::filesystem::path& file) : fd_(::open(file.c_str(), O_RDWR)) {}
  ~Damage() { ::close(fd_); }
  Damage(const Damage&) = delete;
  Damage& operator=(const Damage&) = delete;
  void flip(std::size_t bit) const {
    char byte = 0;
    REQUIRE(::pread(fd_, &byte, 1, static_cast<off_t>(bit / 8)) == 1);
    byte = static_cast<char>(byte ^ (1 << bit % 8));
    REQUIRE(::pwrite(fd_, &byte, 1, static_cast<off_t>(bit / 8)) == 1);
  }

 private:
  int fd_;
};

unsigned a_seed() {
  const char* given = std::getenv("TROUPE_SEED");
  return given != nullptr ? static_cast<unsigned>(std::atoi(given)) : std::random_device{}();
}
int rounds(int usual) {
  const char* given = std::getenv("TROUPE_ROUNDS");
  return given != nullptr ? std::atoi(given) : usual;
}

}  // namespace

TEST_CASE("any bit flipped in the first pages is refused or harmless: no crash, nothing lost") {
  const unsigned seed = a_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  TemporaryDirectory directory;
  make_store(directory.path());
  const Damage damage(directory.path() / "data.mdb");
  REQUIRE(read_all(directory.path()) == kWhole);
  // The fields of both meta pages, 152 bytes each.
  constexpr int kBits = 2 * 152 * 8;
  const bool all = rounds(0) >= kBits;

  for (int round = 0; round < (all ? kBits : 250); ++round) {
    const int chosen = all ? round : static_cast<int>(random() % kBits);
    const std::size_t bit = static_cast<std::size_t>(chosen < kBits / 2 ? chosen : 4096 * 8 + chosen - kBits / 2);
    CAPTURE(bit);
    damage.flip(bit);
    const int outcome = read_all(directory.path());
    CHECK((outcome == kWhole || outcome == kRefused));
    damage.flip(bit);
  }
  CHECK(read_all(directory.path()) == kWhole);
}

TEST_CASE("any bit flipped in any page ends no process and makes no record vanish") {
  const unsigned seed = a_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  TemporaryDirectory directory;
  make_store(directory.path());
  const auto used = Store::open_read_only({.directory = directory.path()}).value()->stats()->used_bytes;
  const Damage damage(directory.path() / "data.mdb");
  int refused = 0;

  for (int round = 0; round < rounds(400); ++round) {
    // Half of the flips in the first bytes of a page, where its structure is.
    const std::size_t page = random() % (used / 4096);
    const std::size_t byte = page * 4096 + (round % 2 == 0 ? random() % 64 : random() % 4096);
    const std::size_t bit = byte * 8 + random() % 8;
    CAPTURE(bit);
    damage.flip(bit);
    const int outcome = read_all(directory.path());
    CHECK((outcome == kWhole || outcome == kRefused));
    refused += outcome == kRefused;
    damage.flip(bit);
  }
  CHECK(refused > 0);
}

TEST_CASE("in an encrypted store any bit flipped in a record is found") {
  const unsigned seed = a_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  TemporaryDirectory directory;
  const auto keys = KeyRing::parse(std::string(64, 'a'), "the test").value();
  make_store(directory.path(), keys);
  const auto file = directory.path() / "data.mdb";
  const auto bytes = front_of(file, std::size_t{16} << 20);
  // Values in use are those of the second round; those of the first may lie about in free pages.
  const Damage damage(file);
  int refused = 0, sealed = 0;
  for (std::size_t at = 8192; at + 64 < bytes.size() && sealed < 40; ++at) {
    if (std::memcmp(bytes.data() + at, "S\x01\x01\x00", 4) != 0 || random() % 8 != 0) continue;
    ++sealed;
    const std::size_t bit = (at + random() % 60) * 8 + random() % 8;
    CAPTURE(bit);
    damage.flip(bit);
    const int outcome = read_all(directory.path(), keys);
    CHECK((outcome == kWhole || outcome == kRefused));
    refused += outcome == kRefused;
    damage.flip(bit);
  }

  CHECK(sealed == 40);
  CHECK(refused > 0);
}

TEST_CASE("a log with any bit flipped or cut off anywhere is refused or whole: no crash") {
  const unsigned seed = a_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  TemporaryDirectory directory;
  make_store(directory.path());
  for (const char* name : {"commit.0.log", "commit.1.log"}) {
    const auto file = directory.path() / name;
    const auto bytes = front_of(file, std::size_t{1} << 20);
    {
      const Damage damage(file);
      for (int round = 0; round < rounds(150); ++round) {
        const std::size_t bit = (round % 3 == 0 ? random() % 64 : random() % bytes.size()) * 8 + random() % 8;
        CAPTURE(bit);
        damage.flip(bit);
        const int outcome = read_all(directory.path());
        CHECK((outcome == kWhole || outcome == kRefused));
        damage.flip(bit);
      }
    }
    for (int round = 0; round < 20; ++round) {
      const std::size_t length = random() % bytes.size();
      CAPTURE(length);
      std::filesystem::resize_file(file, length);
      CHECK(read_all(directory.path()) == kRefused);
      std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
  }
  CHECK(read_all(directory.path()) == kWhole);
}

TEST_CASE("another store's files in the place of one's own are refused") {
  TemporaryDirectory ours, theirs;
  make_store(ours.path());
  make_store(theirs.path());
  for (const char* name : {"data.mdb", "commit.0.log", "commit.1.log", "commit.mark"}) {
    CAPTURE(name);
    const auto kept = ours.path() / "kept";
    std::filesystem::rename(ours.path() / name, kept);
    std::filesystem::copy_file(theirs.path() / name, ours.path() / name);

    auto opened = Store::open(options_for(ours.path()));

    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().kind() == ErrorKind::corrupt);
    CHECK(opened.error().message().find("belongs to another store") != std::string::npos);
    std::filesystem::rename(kept, ours.path() / name);
  }
  CHECK(Store::open(options_for(ours.path())).ok());
}

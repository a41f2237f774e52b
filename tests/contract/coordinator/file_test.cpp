// What is of the back end in a directory alone.
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "contract/coordinator/ground.h"
#include "coordinator/file/file_coordinator.h"
#include "coordinator/file/writes.h"
#include "coordinator/open.h"
#include "support/scratch_directory.h"

namespace troupe::coordinator_test {
namespace {

struct Directory final : Ground {
  testing::ScratchDirectory above;
  std::filesystem::path path = above / "coordinator";
  std::unique_ptr<Coordinator> open() override { return open_from(words()); }
  std::vector<std::string> words() const override { return {"file", path.string()}; }
  bool sessions_end_at_once() const override { return true; }
  [[nodiscard]] std::string refusal() const {
    CoordinatorConfig config{.kind = Kind::file, .directory = path};
    const auto opened = coordinator::open(config);
    return opened ? "opened" : opened.error().what();
  }
};

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::unique_ptr<Coordinator> small(const Directory& directory, file::Bounds bounds) {
  return file::open_file({.directory = directory.path, .bounds = bounds}).value();
}

// Writes until there is no more room: then it says so, and has all that was acknowledged.
void check_full(Coordinator& coordinator, const std::string& why) {
  Result<Outcome> outcome(Outcome{});
  int written = 0;
  for (; outcome && written < 1000; ++written)
    outcome = coordinator.commit(
        {.conditions = {}, .writes = {{"w/" + std::to_string(written), std::string(30'000, 'v')}}}, kPatience);

  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind() == ErrorKind::overloaded);
  CHECK(says(outcome.error().message(), why));
  CHECK(coordinator.range("", kPatience).value().records.size() == static_cast<std::size_t>(written - 1));
}

}  // namespace

TEST_CASE("processes that are killed in the middle of writes leave whole transactions, and others go on at once") {
  Directory directory;
  const auto coordinator = directory.open();
  for (int round = 0; round < 12; ++round) {
    Child child(directory, {"pairs"});
    REQUIRE(child.says() == "writes");
    std::this_thread::sleep_for(std::chrono::microseconds(1000 + 3700 * round));

    child.kill();

    const auto range = coordinator->range("", kPatience).value();
    REQUIRE(range.records.size() >= 2);
    CHECK(value_of(*coordinator, "left") == value_of(*coordinator, "right"));
    const auto begin = std::chrono::steady_clock::now();
    (void)put(*coordinator, "mine", std::to_string(round));
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
  }
}

TEST_CASE("a process that is stopped in the middle of writes makes others wait no longer than they want to") {
  Directory directory;
  const auto coordinator = directory.open();
  Child child(directory, {"pairs"});
  REQUIRE(child.says() == "writes");

  // It writes most of the time; until it is met in the middle, let it go on.
  Result<Outcome> refused(Outcome{});
  for (int tries = 0; refused && tries < 200; ++tries) {
    child.signal(SIGSTOP);
    refused = coordinator->commit({.conditions = {}, .writes = {{"mine", "1"}}}, 150ms);
    if (refused) child.signal(SIGCONT);
  }

  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::unavailable);
  CHECK(says(refused.error().message(), "SIGSTOP"));
  CHECK(coordinator->get("left", kPatience).value());
  child.signal(SIGCONT);
  (void)put(*coordinator, "mine", "2");
  CHECK(value_of(*coordinator, "mine") == "2");
}

TEST_CASE("a write that a disk holds up is unknown when its time is over, and those behind it are not done") {
  Directory directory;
  const auto environment = file::SharedEnvironment::open({.directory = directory.path}).value();
  std::atomic<bool> held{true}, undone{false};
  const auto write = [](const char* key) {
    return [key](file::Book& book) {
      (void)book.commit({.conditions = {}, .writes = {{key, "1"}}});
      return Result<void>();
    };
  };
  {
    file::Writes writes(environment);
    const auto slow = [&](file::Book& book) {
      held.wait(true);
      return write("slow")(book);
    };

    const auto begun = writes.run({"cannot write", slow, [&] { undone = true; }}, 50ms);
    const auto behind = writes.run({"cannot write", write("behind")}, 50ms);
    held = false;
    held.notify_all();
    const auto after = writes.run({"cannot write", write("after")}, kPatience);

    CHECK(begun.error().kind() == ErrorKind::unknown_outcome);
    CHECK(says(begun.error().message(), "read what there is"));
    CHECK(behind.error().kind() == ErrorKind::unavailable);
    CHECK(after.ok());
    CHECK(undone);
  }
  const auto coordinator = directory.open();
  CHECK(value_of(*coordinator, "slow") == "1");
  CHECK(value_of(*coordinator, "behind") == "(none)");
  CHECK(value_of(*coordinator, "after") == "1");
}

TEST_CASE("nodes of one process share the environment, and it closes with the last") {
  Directory directory;
  auto one = directory.open(), two = directory.open();
  (void)put(*one, "a", "1");
  CHECK(value_of(*two, "a") == "1");

  one.reset();
  (void)put(*two, "a", "2");
  two.reset();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) CHECK(value_of(*directory.open(), "a") == "2");
    });
  for (auto& thread : threads) thread.join();

  CHECK(value_of(*directory.open(), "a") == "2");
}

TEST_CASE("the files are for their user alone, also where others could use them before") {
  Directory directory;
  (void)put(*directory.open(), "a", "1");
  for (const auto& entry : std::filesystem::directory_iterator(directory.path)) CHECK(mode_of(entry) == 0600);
  CHECK(mode_of(directory.path) == 0700);
  ::chmod(directory.path.c_str(), 0777);
  ::chmod((directory.path / "data.mdb").c_str(), 0666);

  const auto coordinator = directory.open();

  CHECK(mode_of(directory.path) == 0700);
  CHECK(mode_of(directory.path / "data.mdb") == 0600);
  CHECK(value_of(*coordinator, "a") == "1");
}

TEST_CASE("a directory of something else is refused, and nothing in it is touched") {
  Directory directory;
  std::filesystem::create_directory(directory.path);
  std::ofstream(directory.path / "letter.txt") << "dear";
  CHECK(says(directory.refusal(), "letter.txt"));
  CHECK(says(directory.refusal(), "invalid"));
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path), {}) == 1);

  std::filesystem::remove(directory.path / "letter.txt");
  const auto data = directory.path / "data.mdb";
  std::ofstream(data) << std::string(20'000, 'x');
  CHECK(says(directory.refusal(), "corrupt"));
  CHECK(std::filesystem::file_size(data) == 20'000);
  std::filesystem::remove_all(directory.path);

  std::ofstream(directory.path) << "a file";
  CHECK(says(directory.refusal(), "invalid"));
  std::filesystem::remove(directory.path);
  CoordinatorConfig nowhere{.kind = Kind::file};
  CHECK(coordinator::open(nowhere).error().kind() == ErrorKind::invalid);
}

TEST_CASE("an LMDB file of another program, and one of another format, are refused with what to do") {
  Directory directory;
  const auto write = [&](const char* table, std::string_view key, std::string_view value) {
    std::filesystem::create_directory(directory.path);
    MDB_env* env = nullptr;
    MDB_txn* txn = nullptr;
    MDB_dbi dbi = 0;
    REQUIRE(mdb_env_create(&env) == 0);
    REQUIRE(mdb_env_set_maxdbs(env, 8) == 0);
    REQUIRE(mdb_env_open(env, directory.path.c_str(), 0, 0600) == 0);
    REQUIRE(mdb_txn_begin(env, nullptr, 0, &txn) == 0);
    REQUIRE(mdb_dbi_open(txn, table, MDB_CREATE, &dbi) == 0);
    MDB_val k{key.size(), const_cast<char*>(key.data())}, v{value.size(), const_cast<char*>(value.data())};
    REQUIRE(mdb_put(txn, dbi, &k, &v, 0) == 0);
    REQUIRE(mdb_txn_commit(txn) == 0);
    mdb_env_close(env);
  };

  write(nullptr, "some", "thing");
  CHECK(says(directory.refusal(), "another program"));
  std::filesystem::remove_all(directory.path);
  write("meta", "format", "1234");
  CHECK(says(directory.refusal(), "a node's store"));
  std::filesystem::remove_all(directory.path);

  (void)put(*directory.open(), "a", "1");
  write("meta", "coordinator", std::string_view("\x02\0\0\0", 4));
  CHECK(says(directory.refusal(), "format 2"));
  CHECK(says(directory.refusal(), "invalid"));
}

TEST_CASE("a data file that was cut off is found before it is used") {
  Directory directory;
  (void)put(*directory.open(), "a", std::string(60'000, 'v'));
  std::filesystem::resize_file(directory.path / "data.mdb", 3 * 4096);

  CHECK(says(directory.refusal(), "corrupt"));
}

TEST_CASE("a directory that is deleted under it ends its sessions and watches, and takes nothing more") {
  Directory directory;
  const auto coordinator = directory.open();
  Losses losses;
  Listener listener;
  const auto session = coordinator->open_session("a", 1s, losses, kPatience).value();
  const Version last = put(*coordinator, "mine", "", session->id());
  const auto watch = coordinator->watch("", last, listener);

  std::filesystem::remove_all(directory.path);
  const auto refused = coordinator->commit({.conditions = {}, .writes = {{"a", "1"}}}, kPatience);
  const auto unread = coordinator->get("mine", kPatience);

  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::unavailable);
  CHECK(says(refused.error().message(), "deleted"));
  CHECK_FALSE(unread);
  CHECK(losses.next() == session->id());
  CHECK_FALSE(session->alive());
  CHECK(listener.loses());
  Child child(directory, {"open"});
  CHECK(child.says() == "open");  // another one, which this process must not take for its own
  CHECK_FALSE(coordinator->commit({.conditions = {}, .writes = {{"a", "1"}}}, kPatience));
}

TEST_CASE("a watch of what the history has forgotten is lost, and one within it is not") {
  Directory directory;
  const auto coordinator = small(directory, {.history_bytes = 20'000});
  const Version start = put(*coordinator, "a", "");
  Version recent = 0;
  for (int i = 0; i < 100; ++i) {
    const Version version = put(*coordinator, "w/" + std::to_string(i), std::string(500, 'v'));
    if (i == 94) recent = version;
  }
  Listener forgotten, remembered;

  const auto old = coordinator->watch("w/", start, forgotten);
  const auto young = coordinator->watch("w/", recent, remembered);

  CHECK(forgotten.loses());
  CHECK(forgotten.heard().empty());
  CHECK(remembered.hears(5));
  CHECK(remembered.lost().empty());
}

TEST_CASE("a coordinator that is full says so, and takes what makes room") {
  Directory directory;
  const auto coordinator = small(directory, {.record_bytes = 100'000});
  Result<Outcome> outcome(Outcome{});
  int written = 0;
  for (; outcome && written < 1000; ++written)
    outcome = coordinator->commit(
        {.conditions = {}, .writes = {{"w/" + std::to_string(written), std::string(500, 'v')}}}, kPatience);

  REQUIRE_FALSE(outcome);
  CHECK(written > 50);
  CHECK(outcome.error().kind() == ErrorKind::overloaded);
  CHECK(says(outcome.error().message(), "erase"));
  (void)erase(*coordinator, "w/0");
  (void)put(*coordinator, "w/0", "small");
  CHECK(value_of(*coordinator, "w/0") == "small");
}

TEST_CASE("a map that is full says so and stays sound") {
  Directory directory;
  const auto coordinator = file::open_file({.directory = directory.path, .map_bytes = std::size_t{1} << 20}).value();

  check_full(*coordinator, "map");
}

TEST_CASE("a full disk is said to be one, and what was there stays") {
  Directory directory;
  std::filesystem::create_directory(directory.path);
  if (::mount("none", directory.path.c_str(), "tmpfs", 0, "size=900k") != 0) {
    MESSAGE("not tried: this user may not mount a small tmpfs");
    return;
  }
  {
    const auto coordinator = directory.open();
    check_full(*coordinator, "disk is full");
  }
  ::umount2(directory.path.c_str(), MNT_DETACH);
}

TEST_CASE("what dead processes were reading does not keep the file growing") {
  Directory directory;
  const auto coordinator = directory.open();
  (void)put(*coordinator, "a", "1");
  {
    Child child(directory, {"reader"});
    REQUIRE(child.says() == "reads");
  }

  const auto other = directory.open();  // whoever opens looks, and each now and then
  for (int i = 0; i < 500; ++i) (void)put(*coordinator, "a", std::string(1000, 'v'));

  // The history takes its room. What was read would keep five pages more of every write.
  CHECK(std::filesystem::file_size(directory.path / "data.mdb") < 500 * 2500 + (1u << 20));
}

TEST_CASE("a session whose lock is lost is ended by others, and its holder hears of it") {
  Directory directory;
  const auto coordinator = directory.open();
  Losses losses;
  const auto session = coordinator->open_session("a", 1s, losses, kPatience).value();
  (void)put(*coordinator, "mine", "", session->id());
  Child child(directory, {"open"});
  REQUIRE(child.says() == "open");

  // Any descriptor of the file that this process closes takes its locks along: the reason for there being one only.
  ::close(::open((directory.path / "processes").c_str(), O_RDONLY));

  CHECK(losses.next() == session->id());
  CHECK_FALSE(session->alive());
  CHECK(says(losses.why(), "ended by another process"));
  CHECK_FALSE(coordinator->get("mine", kPatience).value());
}

TEST_CASE("the kinds of coordinators have words, and take only what is theirs") {
  CHECK(kind_of("static") == Kind::none);
  CHECK(kind_of("file") == Kind::file);
  CHECK(kind_of("etcd") == Kind::etcd);
  CHECK_FALSE(kind_of("zookeeper"));
  CHECK_FALSE(kind_of(""));
  const auto refusal = [](const CoordinatorConfig& config) {
    const auto opened = coordinator::open(config);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().kind() == ErrorKind::invalid);
    return opened.error().message();
  };

  CHECK(says(refusal({}), "static"));
  CHECK(says(refusal({.kind = Kind::none, .directory = "d"}), "takes no directory"));
  CHECK(says(refusal({.kind = Kind::file, .directory = "d", .endpoints = {"localhost"}}), "takes no endpoints"));
  CHECK(says(refusal({.kind = Kind::file, .directory = "d", .user = "u"}), "takes no prefix"));
  CHECK(says(refusal({.kind = Kind::etcd, .directory = "d"}), "takes no directory"));
  CHECK(says(refusal({.kind = static_cast<Kind>(9)}), "9"));
}

}  // namespace troupe::coordinator_test

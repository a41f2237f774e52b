// The debug tool on the files of nodes, stopped and running: what it shows, finds, copies and refuses.
#include <fstream>
#include <iterator>
#include <thread>

#include "stage.h"

using namespace troupe_tool;

TEST_CASE("the files of a stopped node are listed, shown and found sound") {
  Left left;

  const auto listed = tool("--json db ls " + left.place());
  const auto got = tool("--json db get " + left.place() + " Jar/a");
  const auto stats = tool("--json db stats " + left.place());
  const auto schema = tool("db schema " + left.place());
  const auto verified = tool("db verify " + left.place());

  CHECK(listed.parsed()[0]["key"] == "a");
  CHECK(got.parsed()["state"]["coins"] == "7");
  CHECK(got.parsed()["replies"].size() == 1);
  CHECK(stats.parsed()["node"] == "one");
  CHECK(schema.says("put (coins :UInt64, label :Text) -> (coins :UInt64)"));
  CHECK(verified.code == 0);
  CHECK(verified.says("all sound"));
}

TEST_CASE("what is not in the files ends with 4, and a directory without a store with 2") {
  Left left;

  CHECK(tool("db get " + left.place() + " Jar/b").code == 4);
  CHECK(tool("db get " + left.place() + " Jug/a").says("it knows: Jar"));
  CHECK(tool("db ls " + left.folder.path().string() + "/nothing").code == 2);
}

TEST_CASE("a byte that changed on the disk is found, with the actor it belongs to") {
  Left left;
  const fs::path file = fs::path(left.place()) / "data.mdb";
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  for (auto at = bytes.find("needle"); at != std::string::npos; at = bytes.find("needle", at + 1)) bytes[at] = 'N';
  std::ofstream(file, std::ios::binary) << bytes;

  const auto verified = tool("db verify " + left.place());

  CHECK(verified.code == 5);
  CHECK(verified.says("Jar/a: "));
  CHECK(tool("db get " + left.place() + " Jar/a").code == 5);
}

TEST_CASE("a running node is backed up while it works, and the backup becomes its store again") {
  troupe::testing::ScratchDirectory folder;
  const std::string live = (folder / "one").string(), backup = (folder / "backup").string();
  const std::string again = (folder / "again").string();
  troupe::NodeConfig config{.name = "one", .data_dir = live};
  auto node = std::make_unique<troupe::Node>(config);
  node->host<Jar>();
  node->start();
  node->ref<jars::Jar>("a").put([](auto p) { p.setCoins(7); }).get(10s);

  const auto taken = tool("--json db backup " + live + " " + backup);
  node->ref<jars::Jar>("a").put([](auto p) { p.setCoins(1); }).get(10s);
  const auto twice = tool("db backup " + live + " " + backup);
  node.reset();
  const auto restored = tool("db restore " + backup + " " + again);
  const auto occupied = tool("db restore " + backup + " " + live);

  CHECK(taken.code == 0);
  CHECK(taken.parsed()["records"] == 1);
  CHECK(taken.parsed()["node"] == "one");
  CHECK(twice.code == 2);
  CHECK(twice.says("is not empty"));
  CHECK(restored.code == 0);
  CHECK(restored.says("restored to"));
  CHECK(occupied.code == 2);
  CHECK(tool("--json db get " + again + " Jar/a").parsed()["state"]["coins"] == "7");
  config.data_dir = again;
  troupe::Node next(config);
  next.host<Jar>();
  next.start();
  CHECK(next.ref<jars::Jar>("a").put([](auto p) { p.setCoins(1); }).get(10s)->getCoins() == 8);
}

TEST_CASE("a stopped store is backed up, compacted and verified with its records counted by kind") {
  Left left;
  const std::string backup = (left.folder / "backup").string();

  const auto taken = tool("db backup " + left.place() + " " + backup);
  const auto compacted = tool("--json db compact " + left.place());
  const auto verified = tool("--json db verify " + left.place());
  std::ofstream(fs::path(backup) / "data.mdb", std::ios::app) << "x";
  const auto damaged = tool("db restore " + backup + " " + (left.folder / "again").string());

  CHECK(taken.code == 0);
  CHECK(compacted.code == 0);
  CHECK(compacted.parsed()["records"] == 1);
  CHECK(verified.code == 0);
  CHECK(verified.parsed()["kinds"]["actor"]["records"] == 1);
  CHECK(damaged.code == 5);
  CHECK_FALSE(fs::exists(left.folder / "again"));
}

TEST_CASE("a store is encrypted, its key changed and a wrong key refused, from the command line") {
  Left left;
  const auto keys = [&](const char* name, const std::string& content) {
    const fs::path file = left.folder / name;
    std::ofstream(file) << content;
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    return " --key-file " + file.string();
  };
  const std::string one = "1:" + std::string(64, '1'), two = "2:" + std::string(64, '2');
  const std::string first = keys("first", one), both = keys("both", two + "\n" + one), second = keys("second", two);
  const std::string place = left.place();

  CHECK(tool("db rotate " + place).code == 2);
  CHECK(tool("db rotate " + place + first).says("encrypted"));
  CHECK(tool("db verify " + place).says("no key was given"));
  CHECK(tool("db verify " + place + first).code == 0);
  CHECK(tool("db verify " + place + second).code == 1);
  CHECK(tool("db rotate " + place + second).code == 1);
  CHECK(tool("db rotate " + place + both).code == 0);
  CHECK(tool("db verify " + place + second).code == 0);
  CHECK(tool("--json db stats " + place + second).parsed()["encrypted"] == true);
  fs::permissions(left.folder / "second", fs::perms::group_read, fs::perm_options::add);
  const auto open_to_all = tool("db verify " + place + second);
  CHECK(open_to_all.code == 2);
  CHECK(open_to_all.says("others than its owner"));
  CHECK(tool("db rotate --to-plain " + place + both).code == 0);
  CHECK(tool("--json db get " + place + " Jar/a").parsed()["state"]["coins"] == "7");
}

// `troupe doctor` on real nodes and files, each finding provoked for real.
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <troupe/certificates.h>
#include <troupe/link_secret.h>
#include <unistd.h>

#include <fstream>

#include "stage.h"
#include "support/child_process.h"

using namespace troupe_tool;
using troupe::testing::ChildProcess;
using troupe::testing::command;
using troupe::testing::Outcome;

namespace {

// The finding of that name, about something that contains `about`.
json finding(const Outcome& outcome, const std::string& name, const std::string& about = "") {
  const json all = outcome.parsed();
  for (const auto& one : all.at("findings"))
    if (one["name"] == name && one["about"].get<std::string>().find(about) != std::string::npos) return one;
  return {{"verdict", "none"}};
}

std::string verdict(const Outcome& outcome, const std::string& name, const std::string& about = "") {
  return finding(outcome, name, about)["verdict"];
}

void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

// A node in a process that `prefix` starts: "prlimit --nofile=200:200".
struct OwnProcess {
  explicit OwnProcess(std::vector<std::string> words, const std::string& place = "one") {
    for (const std::string& word : {std::string(JAR_NODE), (folder / place).string(), std::string("one")})
      words.push_back(word);
    node = std::make_unique<ChildProcess>(words);
    const bool ready = node->says("ready", 30s);
    INFO(node->said());
    REQUIRE(ready);
  }
  std::string at() const { return "--json --node " + (folder / "one").string() + " "; }
  troupe::testing::ScratchDirectory folder;
  std::unique_ptr<ChildProcess> node;
};

}  // namespace

TEST_CASE("the doctor looks at every node of a cluster at once, and says what it has seen of each") {
  Cluster cluster;

  const auto seen = tool("--json " + cluster.data() + "doctor --syncs 4");
  const auto text = tool(cluster.data() + "doctor --syncs 4");

  INFO(seen.out << text.out);
  for (const char* node : {"one", "two"}) {
    for (const char* name : {"health", "store", "clock", "programs"})
      CHECK_MESSAGE(verdict(seen, name, node) == "ok", name);
    for (const char* name :
         {"disk-sync", "disk-space", "open-files", "memory-maps", "core-dumps", "cpu-limit", "memory-limit"})
      CHECK_MESSAGE(verdict(seen, name, node) != "none", name);
  }
  CHECK(finding(seen, "disk-sync", "one")["seen"].get<std::string>().find("4 syncs of 4 KiB") == 0);
  CHECK(verdict(seen, "schemas") == "ok");
  CHECK(verdict(seen, "huge-pages") != "none");
  CHECK(seen.parsed()["version"] == 1);
  CHECK(text.says(" fail\n"));
  CHECK(tool("--node " + (cluster.folder / "one").string() + " doctor --syncs 0").code == 2);
}

TEST_CASE("a node that does not answer is named, its files are looked at, and the exit code is 3") {
  Cluster cluster;
  cluster.nodes[1]->stop();
  cluster.nodes[1].reset();

  const auto seen = tool("--json " + cluster.data() + "doctor --syncs 4 --deep");

  INFO(seen.out);
  CHECK(seen.code == 3);
  CHECK(verdict(seen, "store", "one") == "ok");
  CHECK(finding(seen, "store", "two")["seen"].get<std::string>().find("all sound") != std::string::npos);
  CHECK(seen.parsed()["silent"][0]["node"] == "two");
}

TEST_CASE("a damaged store of a stopped node fails, by a deep look at the latest") {
  Left left;
  {
    std::fstream file(left.folder / "one" / "data.mdb", std::ios::in | std::ios::out | std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto at = bytes.find("needle in the file");
    REQUIRE(at != std::string::npos);
    file.clear();
    for (auto found = at; found != std::string::npos; found = bytes.find("needle in the file", found + 1)) {
      file.seekp(static_cast<std::streamoff>(found));
      file << "NEEDLE";
    }
  }

  const auto seen = tool("--json --node " + left.place() + " doctor --syncs 1 --deep");

  INFO(seen.out);
  CHECK(seen.code == 3);
  CHECK(verdict(seen, "store") == "fail");
}

TEST_CASE("a configuration file is read as nodes read it, and what is wrong with it fails with its line") {
  troupe::testing::ScratchDirectory folder;
  write(folder / "good.toml", "[node]\nname = 'one'\ndata_dir = 'data'\n");
  write(folder / "bad.toml", "[node]\nname = 'one'\nthread = 3\n");
  write(folder / "range.toml", "[node]\nname = 'one'\nmax_mailbox = 1\n[node.log]\nkept_lines = -1\n");

  const auto good = tool("--json doctor " + (folder / "good.toml").string());
  const auto bad = tool("--json doctor " + (folder / "bad.toml").string());
  const auto range = tool("--json doctor " + (folder / "range.toml").string());

  INFO(good.out << bad.out << range.out);
  CHECK(good.code == 0);
  CHECK(verdict(good, "configuration") == "ok");
  CHECK(bad.code == 1);
  CHECK(finding(bad, "configuration")["seen"].get<std::string>().find("bad.toml:3") != std::string::npos);
  CHECK(range.code == 1);
  CHECK(verdict(tool("--json doctor " + (folder / "none.toml").string()), "configuration") == "fail");
}

TEST_CASE("a link secret that others can read, and keys that they can, fail") {
  troupe::testing::ScratchDirectory folder;
  troupe::make_link_secret(folder / "links");
  write(folder / "node.toml", "[node]\nname = 'one'\nlink_secret = 'links'\n");
  const std::string ask = "--json doctor " + (folder / "node.toml").string();

  CHECK(verdict(tool(ask), "link-secret") == "ok");
  ::chmod((folder / "links").c_str(), 0644);
  CHECK(verdict(tool(ask), "link-secret") == "fail");
  CHECK(tool(ask).code == 1);

  REQUIRE(troupe::make_authority(folder / "tls", "shop").ok());
  REQUIRE(troupe::make_node_certificate(folder / "tls", "one").ok());
  const std::string certificates =
      "--json doctor --certificates " + (folder / "tls").string() + " " + (folder / "node.toml").string();
  CHECK(verdict(tool(certificates), "certificates", "one.key") == "ok");
  ::chmod((folder / "tls/nodes/one.key").c_str(), 0640);
  CHECK(verdict(tool(certificates), "certificates", "one.key") == "fail");
}

TEST_CASE("a certificate that has expired fails, and one that ends soon warns") {
  troupe::testing::ScratchDirectory folder;
  write(folder / "node.toml", "[node]\nname = 'one'\n");
  REQUIRE(troupe::make_authority(folder / "tls", "shop").ok());
  const auto now = std::chrono::system_clock::now();
  REQUIRE(troupe::make_node_certificate(folder / "tls", "gone", {.from = now - 2h, .length = 1h}).ok());
  REQUIRE(troupe::make_node_certificate(folder / "tls", "soon", {.from = now - 2h, .length = 24h * 3}).ok());

  const auto seen =
      tool("--json doctor --certificates " + (folder / "tls").string() + " " + (folder / "node.toml").string());

  INFO(seen.out);
  CHECK(seen.code == 1);
  CHECK(verdict(seen, "certificates", "gone.pem") == "fail");
  CHECK(verdict(seen, "certificates", "soon.pem") == "warn");
  CHECK(verdict(seen, "certificates", "authority.pem") == "ok");
}

TEST_CASE("a process with few descriptors, or without core dumps, is found") {
  OwnProcess process({"/usr/bin/prlimit", "--nofile=200:200", "--core=0:0"});

  const auto seen = tool(process.at() + "doctor --syncs 1");

  INFO(seen.out);
  CHECK(seen.code == 1);
  CHECK(verdict(seen, "open-files") == "fail");
  CHECK(finding(seen, "open-files")["seen"].get<std::string>().find("of 200") != std::string::npos);
  CHECK(verdict(seen, "core-dumps") == "warn");
}

#ifndef __SANITIZE_ADDRESS__  // its own interceptors do not bear libfaketime
TEST_CASE("a node whose clock is hours off fails") {
  if (!fs::exists("/usr/bin/faketime")) {
    MESSAGE("skipped: there is no faketime here");
    return;
  }
  OwnProcess process({"/usr/bin/env", "FAKETIME_DONT_FAKE_MONOTONIC=1", "/usr/bin/faketime", "-m", "-f", "+3h"});

  const auto seen = tool(process.at() + "doctor --syncs 1");

  INFO(seen.out);
  CHECK(verdict(seen, "clock") == "fail");
  CHECK(finding(seen, "clock")["seen"].get<std::string>().find("ahead of this machine's") != std::string::npos);
}
#endif

TEST_CASE("a program that was replaced under its node is found") {
  troupe::testing::ScratchDirectory folder;
  fs::copy_file(JAR_NODE, folder / "jar_node");
  ChildProcess node({(folder / "jar_node").string(), (folder / "one").string(), "one"});
  REQUIRE(node.says("ready", 30s));
  fs::remove(folder / "jar_node");

  CHECK(verdict(tool("--json --node " + (folder / "one").string() + " doctor --syncs 1"), "programs") == "warn");
}

TEST_CASE("a full disk fails") {
  troupe::testing::ScratchDirectory folder;
  fs::create_directories(folder / "small");
  if (::mount("tmpfs", (folder / "small").c_str(), "tmpfs", 0, "size=64m") != 0) {
    MESSAGE("skipped: this user may not mount");
    return;
  }
  Outcome seen{};
  {
    troupe::Node node({.name = "one", .data_dir = folder / "small/one"});
    node.host<Jar>();
    node.start();
    {
      std::ofstream filler(folder / "small/filler", std::ios::binary);
      const std::string block(1 << 20, 'x');
      while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
      }
    }
    seen = tool("--json --node " + (folder / "small/one").string() + " doctor --syncs 4");
    fs::remove(folder / "small/filler");
  }
  ::umount2((folder / "small").c_str(), MNT_DETACH);

  INFO(seen.out);
  CHECK(seen.code == 1);
  CHECK(verdict(seen, "disk-space") == "fail");
  CHECK(verdict(seen, "disk-sync") == "fail");
}

TEST_CASE("a coordinator that cannot be reached fails, one that can is measured") {
  troupe::testing::ScratchDirectory folder;
  const auto closed = troupe::testing::free_port();
  write(folder / "etcd.toml",
        "[node]\nname = 'one'\ndata_dir = 'data'\n[node.join]\nkind = 'etcd'\nprefix = 'troupe/x'\nendpoints = "
        "['127.0.0.1:" +
            std::to_string(closed) + "']\n");
  const auto none = tool("--json doctor " + (folder / "etcd.toml").string());
  INFO(none.out);
  CHECK(none.code == 1);
  CHECK(verdict(none, "coordinator") == "fail");

  const std::vector<troupe::Member> members = {{.name = "one", .port = troupe::testing::free_port()},
                                               {.name = "two", .port = troupe::testing::free_port()}};
  troupe::Node listens({.name = "one", .members = members});
  listens.start();
  write(folder / "open.toml",
        "[node]\nname = 'one'\ndata_dir = 'data'\n[node.join]\nkind = 'etcd'\nprefix = 'troupe/x'\nendpoints = "
        "['127.0.0.1:" +
            std::to_string(listens.port()) + "']\n");
  CHECK(verdict(tool("--json doctor " + (folder / "open.toml").string()), "coordinator") == "ok");

  write(folder / "file.toml",
        "[node]\nname = 'one'\ndata_dir = 'data'\n[node.join]\nkind = 'file'\ndirectory = 'coordinator'\n");
  CHECK(verdict(tool("--json doctor " + (folder / "file.toml").string()), "coordinator") == "warn");
  fs::create_directories(folder / "coordinator");
  CHECK(verdict(tool("--json doctor " + (folder / "file.toml").string()), "coordinator") == "ok");
}

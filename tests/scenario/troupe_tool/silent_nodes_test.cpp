// What the tool says of nodes that do not answer: real processes that are killed, stopped, or another user's.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage.h"
#include "support/child_process.h"

using namespace troupe_tool;
using troupe::testing::ChildProcess;
using troupe::testing::command;
using troupe::testing::Outcome;

namespace {

// Every command that looks at several nodes.
constexpr const char* kOfSeveral[] = {"nodes",
                                      "ls",
                                      "tree",
                                      "overload",
                                      "links",
                                      "services",
                                      "health",
                                      "turns",
                                      "metrics",
                                      "outbox",
                                      "dead-letters",
                                      "reminders",
                                      "restarts",
                                      "quarantine ls",
                                      "quarantine clear --all",
                                      "saga ls",
                                      "members",
                                      "partitions",
                                      "breakers",
                                      "limits",
                                      "graph",
                                      "logs level",
                                      "doctor --syncs 1"};

std::unique_ptr<ChildProcess> node_at(const fs::path& directory, const std::string& name) {
  auto node = std::make_unique<ChildProcess>(std::vector<std::string>{JAR_NODE, directory.string(), name});
  const bool ready = node->says("ready", 30s);
  INFO(node->said());
  REQUIRE(ready);
  return node;
}

// Two nodes of a process each, side by side.
struct Processes {
  troupe::testing::ScratchDirectory folder;
  std::unique_ptr<ChildProcess> one = node_at(folder / "one", "one");
  std::unique_ptr<ChildProcess> two = node_at(folder / "two", "two");
  std::string data = "--data " + folder.path().string() + " --timeout 300ms ";
};

void kill_now(ChildProcess& process) {
  process.send_signal(SIGKILL);
  (void)process.finish(30s);
}

// Every command shows `one`, says why `two` did not answer, and ends with 3.
void names_the_silent(const std::string& data, const std::string& cause) {
  for (const std::string each : kOfSeveral) {
    const auto shown = tool(data + each);
    const auto as_json = tool("--json " + data + each);
    INFO(each << ": " << shown.out << as_json.out);
    CHECK(shown.code == 3);
    CHECK(shown.says("two"));
    CHECK(shown.says(cause));
    CHECK(as_json.code == 3);
    CHECK(as_json.says("\"error\""));
    CHECK(as_json.says(cause));
    CHECK_FALSE(as_json.parsed().is_discarded());
  }
}

}  // namespace

TEST_CASE("a node that was killed is named by every command that looks at several, and the others are shown") {
  Processes nodes;
  REQUIRE(tool("--node " + (nodes.folder / "one").string() + " call Jar/a put '{}'").code == 0);
  kill_now(*nodes.two);

  names_the_silent(nodes.data, "killed");
  const auto health = tool(nodes.data + "health");
  CHECK(health.says("one  healthy"));
  CHECK(health.says("two did not answer"));
  CHECK(tool(nodes.data + "ls").says("Jar/a"));
  CHECK(tool("--json " + nodes.data + "nodes").parsed()[1]["status"] == "killed");
}

TEST_CASE("a node that hangs is named with how long it was waited for") {
  Processes nodes;
  nodes.two->send_signal(SIGSTOP);

  names_the_silent(nodes.data, "no answer in 300 ms");
  const auto called = tool(nodes.data + "call Jar/a put '{}'");
  CHECK(called.code == 0);  // by the node that answers
  nodes.two->send_signal(SIGCONT);
}

TEST_CASE("a stopped node is named too, and a backup beside it is no node") {
  Processes nodes;
  {
    troupe::Node gone({.name = "three", .data_dir = nodes.folder / "three"});
    gone.host<Jar>();
    gone.start();
  }
  const std::string folder = nodes.folder.path().string();
  REQUIRE(tool("db backup " + folder + "/three " + folder + "/backup").code == 0);

  const auto shown = tool(nodes.data + "health");

  INFO(shown.out);
  CHECK(shown.code == 3);
  CHECK(shown.says("three did not answer"));
  CHECK_FALSE(shown.says("backup did not"));
}

TEST_CASE("when no node answers, every one is named, and nothing is said of what they would know") {
  Processes nodes;
  kill_now(*nodes.one);
  kill_now(*nodes.two);

  for (const std::string each : kOfSeveral) {
    const auto shown = tool(nodes.data + each);
    INFO(each << ": " << shown.out);
    CHECK(shown.code == 3);
    CHECK(shown.says("one"));
    CHECK(shown.says("two"));
    CHECK(shown.says("killed"));
    CHECK_FALSE(shown.says("no actor"));
    CHECK_FALSE(shown.says("no links"));
  }
}

TEST_CASE("an actor of a node that was killed: the node is named") {
  troupe::testing::ScratchDirectory folder;
  const std::vector<troupe::Member> members = {{.name = "one", .port = troupe::testing::free_port()},
                                               {.name = "two", .port = troupe::testing::free_port()}};
  std::vector<std::unique_ptr<ChildProcess>> nodes;
  for (const auto& self : members) {
    std::vector<std::string> words = {JAR_NODE, (folder / self.name).string(), self.name};
    for (const auto& member : members) words.insert(words.end(), {member.name, std::to_string(member.port)});
    nodes.push_back(std::make_unique<ChildProcess>(words));
    REQUIRE(nodes.back()->says("ready", 30s));
  }
  const std::string data = "--data " + folder.path().string() + " ";
  std::string of_two;
  for (int i = 0; of_two.empty(); ++i) {
    const std::string actor = "Jar/k" + std::to_string(i);
    if (tool("--node " + (folder / "two").string() + " --json inspect " + actor).parsed().contains("actor") &&
        tool(data + "call " + actor + " put '{}'").code == 0 &&
        tool("--json " + data + "ls Jar --prefix k" + std::to_string(i)).parsed()[0]["node"] == "two")
      of_two = actor;
  }
  kill_now(*nodes[1]);

  const auto inspected = tool(data + "inspect " + of_two);

  INFO(inspected.out);
  CHECK(inspected.code == 3);
  CHECK(inspected.says("lives on node 'two', which does not answer"));
  CHECK(inspected.says("killed"));
}

TEST_CASE("another user's nodes are named with that cause, also where the directory is closed to him") {
  if (::geteuid() != 0 ||
      command("setpriv --reuid=65534 --regid=65534 --clear-groups " TROUPE_TOOL " --help").code != 0) {
    MESSAGE("skipped: it takes root, setpriv and a tool that others may run");
    return;
  }
  Processes nodes;
  ::chmod(nodes.folder.path().c_str(), 0755);
  ::chmod((nodes.folder / "one").c_str(), 0755);
  ::chmod((nodes.folder / "two").c_str(), 0700);

  const auto shown =
      command("setpriv --reuid=65534 --regid=65534 --clear-groups " TROUPE_TOOL " " + nodes.data + "health");

  INFO(shown.out);
  CHECK(shown.code == 3);
  CHECK(shown.says("one did not answer"));
  CHECK(shown.says("two did not answer"));
  CHECK(shown.says("permission denied"));
}

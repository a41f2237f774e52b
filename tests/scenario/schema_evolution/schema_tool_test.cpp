// `troupe schema` as its user meets it: every kind of source, both outcomes, and the exit codes.
#include <sys/stat.h>

#include <fstream>

#include "outcome.h"
#include "support/scratch_directory.h"

using namespace jars;
using troupe::testing::ScratchDirectory;

TEST_CASE("schema check compares two files: 0 when the new one may follow, 6 when it may not") {
  const auto follows = tool("schema check " + schema(1) + " " + schema(2));
  const auto breaks = tool("schema check " + schema(1) + " " + schema(3));
  const auto nothing = tool("schema check " + schema(1) + " " + schema(1));

  CHECK(follows.code == 0);
  CHECK(follows.says("noticed  JarState.label: is now called name"));
  CHECK(follows.says("allowed  Jar.give: is new, @2"));
  CHECK(follows.says("\ncompatible: "));
  CHECK(breaks.code == 6);
  CHECK(breaks.says("refused  JarState.coins: type changed from List(Coin) to Text"));
  CHECK(breaks.says("NOT compatible: 3 of 4 changes are not allowed"));
  CHECK(nothing.code == 0);
  CHECK(nothing.out == "compatible: nothing changed\n");
}

TEST_CASE("schema check gives the same as JSON") {
  const auto breaks = tool("--json schema check " + schema(1) + " " + schema(3));

  CHECK(breaks.code == 6);
  const auto json = breaks.parsed();
  CHECK(json["compatible"] == false);
  REQUIRE(json["changes"].size() == 4);
  const auto& coins = json["changes"][2];
  CHECK(coins["path"] == "JarState.coins");
  CHECK(coins["change"] == "type changed from List(Coin) to Text");
  CHECK(coins["rule"] == "field-type");
  CHECK(coins["verdict"] == "refused");
  CHECK(coins["reason"] == "old bytes cannot be read as another type");
  CHECK(coins["advice"].get<std::string>().starts_with("keep the field"));
}

TEST_CASE("a stopped node's directory, also of one that was killed, stands for the schemas it remembers") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  fill(place);
  std::ofstream(directory / "admin.sock") << "";

  CHECK(tool("schema check " + place + " " + schema(2)).code == 0);
  CHECK(tool("schema check " + place + " " + schema(3)).code == 6);
  CHECK(tool("schema show " + place).says("state JarState (label :Text, coins :List(Coin))"));
}

TEST_CASE("a running node stands for the schemas it hosts, by its directory, its socket, or its name") {
  ScratchDirectory directory;
  const std::string place = (directory / "jars").string();
  // It runs as long as its last call: until the fifo is written to.
  const std::string fifo = (directory / "end").string();
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  FILE* running = ::popen((JAR_PROGRAMS "/jar_v1 " + place + " wait " + fifo).c_str(), "r");
  REQUIRE(running != nullptr);
  char line[64] = "";
  REQUIRE(std::fgets(line, sizeof line, running) != nullptr);

  CHECK(tool("schema check " + place + " " + schema(3)).code == 6);
  CHECK(tool("schema check " + place + "/admin.sock " + schema(1)).code == 0);
  CHECK(tool("--data " + directory.path().string() + " schema check " + schema(1) + " jars").code == 0);
  CHECK(tool("schema show " + place).says("put (cents :UInt32, label :Text) -> ()"));

  std::ofstream(fifo) << "end\n";
  ::pclose(running);
}

TEST_CASE("a directory of .capnp files stands for all of them") {
  CHECK(tool("schema check " JAR_SCHEMAS "/v1 " JAR_SCHEMAS "/v2").code == 0);
  CHECK(tool("schema show " JAR_SCHEMAS "/v2").says("give (owner :Text) -> ()"));
}

TEST_CASE("what cannot be compared says why: no such file, no node, no schema, no compiler") {
  ScratchDirectory directory;
  std::ofstream(directory / "broken.capnp") << "@0x9a1d4c7be05f3399; struct {";

  const auto no_file = tool("schema check " + schema(1) + " /nowhere/jar.capnp");
  CHECK(no_file.code == 4);
  CHECK(no_file.says("there is no /nowhere/jar.capnp"));
  CHECK(tool("schema check /nowhere " + schema(1)).code == 3);
  const auto broken = tool("schema show " + (directory / "broken.capnp").string());
  CHECK(broken.code == 2);
  CHECK(broken.says("capnp compile refuses"));
  const auto no_compiler = command("env PATH=/nowhere " TROUPE_TOOL " schema show " + schema(1));
  CHECK(no_compiler.code == 1);
  CHECK(no_compiler.says("the Cap'n Proto compiler, `capnp`, cannot be run"));
  CHECK(no_compiler.says("capnproto"));
}

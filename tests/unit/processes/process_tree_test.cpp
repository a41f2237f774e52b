// A tree of real processes: how they start, stop and die, where their lines go, and what is refused.
#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "unit/processes/programs.h"

using namespace troupe;
using namespace troupe::processes::testing;

TEST_CASE("programs start in order, each when the one before is up, and stop in reverse") {
  Place place;
  place.options.tree.children = {place.steady("a"), place.steady("b"), place.steady("c")};
  ProcessTree tree(place.options);

  tree.start();
  CHECK(place.journal() == "start a\nup a\nstart b\nup b\nstart c\nup c\n");
  CHECK(tree.wait_up(0ms));
  place.forget_journal();
  tree.stop();

  CHECK(place.journal() == "stop c\nstop b\nstop a\n");
  CHECK(tree.pid("a") == 0);
  CHECK_FALSE(tree.ended().has_value());
  CHECK(place.heard("a: started as process"));
  CHECK(place.heard("a: ready after"));
  CHECK(place.heard("a: stopped: exit code 0"));
}

TEST_CASE("a program that never comes up fails start(), which says why, after those before it were stopped") {
  Place place;
  SUBCASE("it ends") {
    place.options.tree.children = {place.steady("a"), place.shell("b", "echo the port is taken >&2; exit 3")};
    ProcessTree tree(place.options);
    const Error error = error_of([&] { tree.start(); });
    CHECK(error.kind() == ErrorKind::failed);
    CHECK(error.message() ==
          "child \"b\" of the top supervisor did not start: exit code 3 before it was ready; it said last: the port is "
          "taken");
    CHECK(place.journal() == "start a\nup a\nstop a\n");
    CHECK_FALSE(tree.wait().has_value());
  }
  SUBCASE("it is not ready in time") {
    auto late = place.shell("b", "echo not yet; exec sleep 1000");
    std::get<ProcessStart>(late.start).ready_within = 50ms;
    place.options.tree.children = {place.steady("a"), late};
    ProcessTree tree(place.options);
    const Error error = error_of([&] { tree.start(); });
    CHECK(error.message().starts_with("child \"b\" of the top supervisor did not start: never ready within 50 ms"));
    CHECK(place.journal() == "start a\nup a\nstop a\n");
    CHECK(content(place.dir / "logs/b.log").find("ended: never ready within 50 ms") != std::string::npos);
  }
  SUBCASE("there is no such program, or no such directory") {
    ChildSpec none = place.shell("b", "");
    std::get<ProcessStart>(none.start).command = {"/nowhere/to/be/found"};
    ChildSpec lost = place.shell("b", "echo ready; exec sleep 1000");
    std::get<ProcessStart>(lost.start).directory = "/nowhere";
    for (const auto& [child, why] : {std::pair(none, "cannot run /nowhere/to/be/found in directory"),
                                     std::pair(lost, "cannot run /bin/sh in directory /nowhere")}) {
      place.options.tree.children = {child};
      ProcessTree tree(place.options);
      const Error error = error_of([&] { tree.start(); });
      INFO(error.message());
      CHECK(error.message().find(why) != std::string::npos);
      CHECK(error.message().find("No such file or directory") != std::string::npos);
    }
  }
}

TEST_CASE("a tree is stopped while a program of it still starts") {
  Place place;
  auto late = place.shell("b", "echo not yet; exec sleep 1000");
  std::get<ProcessStart>(late.start).ready_within = 24h;
  ChildSpec below;
  below.id = "below";
  below.start = Supervision{.children = {late}};
  place.options.tree.children = {place.steady("a"), below};
  ProcessTree tree(place.options);
  Error error(ErrorKind::failed, "");

  std::thread starting([&] { error = error_of([&] { tree.start(); }); });
  REQUIRE(comes_true([&] { return place.heard("b | not yet"); }));
  tree.stop();
  starting.join();

  CHECK(error.kind() == ErrorKind::unavailable);
  CHECK(place.heard("b: stopped: signal SIGTERM"));
  CHECK(place.journal() == "start a\nup a\nstop a\n");
}

TEST_CASE("a program that ignores SIGTERM is killed at its deadline") {
  Place place;
  auto stubborn = place.shell("a", "trap '' TERM; echo ready; while :; do sleep 0.01; done");
  stubborn.shutdown = Shutdown::within(50ms);
  place.options.tree.children = {place.steady("first"), stubborn};
  ProcessTree tree(place.options);
  tree.start();

  tree.stop();

  CHECK(place.heard("child \"a\" of the top supervisor did not stop by its deadline and is killed"));
  CHECK(place.heard("a: stopped: signal SIGKILL"));
  CHECK(place.journal().find("stop first") != std::string::npos);
}

TEST_CASE("brutal kill asks nobody") {
  Place place;
  auto child = place.steady("a");
  child.shutdown = Shutdown::kill();
  place.options.tree.children = {child};
  ProcessTree tree(place.options);
  tree.start();

  tree.stop();

  CHECK(place.heard("a: stopped: signal SIGKILL"));
  CHECK(place.journal().find("stop a") == std::string::npos);
}

TEST_CASE("who will not wait for a stop kills all at once") {
  Place place;
  auto stubborn = place.shell("a", "trap '' TERM; echo ready; while :; do sleep 0.01; done");
  stubborn.shutdown = Shutdown::unlimited();
  place.options.tree.children = {stubborn, place.steady("b")};
  ProcessTree tree(place.options);
  tree.start();

  tree.request_stop();
  REQUIRE(comes_true([&] { return place.heard("b: stopped: exit code 0"); }));
  tree.kill_all();
  tree.stop();

  CHECK(place.heard("a: stopped: signal SIGKILL"));
}

TEST_CASE("what a program leaves behind in its group goes with it") {
  Place place;
  const std::string leaves_one = "sleep 1000 & echo $! > left; echo ready; ";
  SUBCASE("when it is killed") {
    place.options.tree.children = {place.shell("a", leaves_one + "while :; do sleep 0.01; done")};
    place.options.tree.intensity.restarts = 0;
  }
  SUBCASE("when it ends") {
    auto child = place.shell("a", leaves_one + "while [ ! -e end ]; do sleep 0.01; done");
    child.restart = Restart::temporary;
    place.options.tree.children = {child};
  }
  ProcessTree tree(place.options);
  tree.start();
  const int left = std::stoi(content(place.dir / "left"));
  REQUIRE_FALSE(gone(left));

  if (place.options.tree.children[0].restart == Restart::temporary)
    std::ofstream(place.dir / "end") << "now";
  else
    tree.kill("a");

  CHECK(comes_true([&] { return gone(left); }));
}

TEST_CASE("what programs print is kept in their logs, both streams, and passed on in order") {
  Place place;
  place.options.tree.children = {
      place.shell("a", "echo one; echo two >&2; echo ready; printf rest; > printed; exec sleep 1000")};
  ProcessTree tree(place.options);
  tree.start();
  const auto printed = [&] { return comes_true([&] { return fs::exists(place.dir / "printed"); }); };

  REQUIRE(printed());
  fs::remove(place.dir / "printed");
  tree.kill("a");
  REQUIRE(tree.wait_up(kPatience));
  REQUIRE(printed());
  const int pid = tree.pid("a");
  tree.stop();

  const std::string log = content(place.dir / "logs/a.log");
  CHECK(log.find("one\ntwo\nready\nrest\n[troupe] ended: signal SIGKILL\n[troupe] started as process " +
                 std::to_string(pid) + "\none\ntwo\nready\n") != std::string::npos);
  CHECK(place.count("a | ready") == 2);
  CHECK(place.count("a | rest") == 2);
  CHECK((fs::status(place.dir / "logs/a.log").permissions() & fs::perms::others_all) == fs::perms::none);
}

TEST_CASE("a log of a program that prints much is rotated while it runs") {
  Place place;
  // 24 MB in lines of 60 kB: past one file, within two.
  place.options.tree.children = {place.shell(
      "a",
      "line=$(head -c 60000 /dev/zero | tr '\\0' x); i=0; while [ $i -lt 400 ]; do echo $line; i=$((i+1)); done; "
      "echo ready; exec sleep 1000")};
  place.options.on_line = {};
  ProcessTree tree(place.options);
  tree.start();
  tree.stop();

  const auto now = fs::file_size(place.dir / "logs/a.log"), before = fs::file_size(place.dir / "logs/a.log.1");
  CHECK(before <= std::uintmax_t{16} << 20);
  CHECK(before > std::uintmax_t{15} << 20);
  CHECK(now + before > 24'000'000);
}

TEST_CASE("programs have the environment of all and their own, and their directory") {
  Place place;
  fs::create_directory(place.dir / "sub");
  place.options.environment = {{"OF_ALL", "all"}, {"OF_BOTH", "all"}};
  auto child = place.shell("a", "echo \"$OF_ALL $OF_BOTH $OWN $(basename $PWD)\"; echo ready; exec sleep 1000");
  auto& start = std::get<ProcessStart>(child.start);
  start.environment = {{"OF_BOTH", "own"}, {"OWN", "mine"}};
  start.directory = place.dir / "sub";
  start.command.front() = "sh";  // found in PATH
  place.options.tree.children = {child};
  ProcessTree tree(place.options);

  tree.start();

  CHECK(place.count("a | all own mine sub") == 1);
}

TEST_CASE("a program inherits nothing that its supervisor has open") {
  Place place;
  const int fd = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as libraries do
  REQUIRE(fd > STDERR_FILENO);
  place.options.tree.children = {
      place.shell("a", "[ -e /proc/$$/fd/" + std::to_string(fd) + " ] && echo inherited; echo ready; exec sleep 1000")};
  ProcessTree tree(place.options);

  tree.start();
  ::close(fd);

  CHECK_FALSE(place.heard("inherited"));
}

TEST_CASE("a tree that cannot be is refused, and one log directory has one tree") {
  Place place;
  const auto wrong = [&](std::vector<ChildSpec> children) {
    place.options.tree.children = std::move(children);
    return error_of([&] { ProcessTree tree(place.options); }).message();
  };
  ChildSpec actor;
  actor.id = "a";
  actor.start = ActorStart{"Stock", "a"};
  ChildSpec below;
  below.id = "s";
  below.start = Supervision{.children = {place.steady("a")}};
  CHECK(wrong({actor}).starts_with("ProcessTree: child \"a\" of the top supervisor is no process"));
  CHECK(wrong({place.steady("a"), below})
            .starts_with("ProcessTree: child \"a\" of supervisor s: another process of this tree has the id"));
  ChildSpec empty = place.steady("a");
  std::get<ProcessStart>(empty.start).command.clear();
  CHECK(wrong({empty}).find("its command is empty") != std::string::npos);

  place.options.tree.children = {place.steady("a")};
  ProcessTree first(place.options);
  first.start();
  ProcessTree second(place.options);
  const Error error = error_of([&] { second.start(); });
  CHECK(error.kind() == ErrorKind::unavailable);
  CHECK(error.message().find("processes.sock") != std::string::npos);
  CHECK_FALSE(second.wait().has_value());  // nor for ever: it has not run
  CHECK(first.wait_up(0ms));
  CHECK_THROWS_AS((void)first.pid("none"), Error);
}

TEST_CASE("what a host program's own functions throw is said in the log, and its processes go on") {
  Place place;
  place.options.on_line = [](const std::string&, const std::string&) { throw std::runtime_error("no paper"); };
  place.options.tree.children = {place.steady("a")};
  ProcessTree tree(place.options);

  tree.start();

  CHECK(place.heard("ProcessTreeOptions::on_line threw: no paper"));
  CHECK(tree.wait_up(0ms));
}

TEST_CASE("a tree answers as a node does, for itself alone") {
  Place place;
  place.options.name = "cluster";
  place.options.tree.children = {place.steady("a")};
  ProcessTree tree(place.options);
  tree.start();

  const auto [status, json] = tree.admin("GET", "/tree");
  const auto view = nlohmann::json::parse(json);
  CHECK(status == 200);
  CHECK(view["name"] == "cluster");
  CHECK(view["kind"] == "processes");
  const auto& child = view["supervision"]["children"][0];
  CHECK(child["kind"] == "process");
  CHECK(child["status"] == "running");
  CHECK(child["pid"] == tree.pid("a"));
  CHECK(child["what"].get<std::string>().starts_with("/bin/sh -c"));
  CHECK(tree.admin("GET", "/node").first == 200);
  CHECK(tree.admin("GET", "/actors").first == 404);
  CHECK(tree.admin("POST", "/tree").first == 400);
}

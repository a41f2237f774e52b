// A tree of processes that changes while it runs.
#include <troupe/admin_client.h>

#include <fstream>
#include <stdexcept>

#include "unit/processes/programs.h"

using namespace troupe;
using namespace troupe::processes::testing;

TEST_CASE("a program is added in its place, replaced and taken out, and the others are left alone") {
  Place place;
  place.options.tree.strategy = Strategy::one_for_all;
  place.options.tree.children = {place.steady("a"), place.steady("c")};
  ProcessTree tree(place.options);
  tree.start();
  const int first = tree.pid("a");

  tree.add("", place.steady("b"), "c");
  CHECK(tree.wait_up(0ms));
  ChildSpec other = place.steady("b");
  std::get<ProcessStart>(other.start).environment = {{"COLOUR", "red"}};
  const int before = tree.pid("b");
  tree.replace(other);
  CHECK(tree.pid("b") != before);
  CHECK(gone(before));
  tree.remove("c");

  CHECK(tree.pid("a") == first);
  CHECK(error_of([&] { (void)tree.pid("c"); }).kind() == ErrorKind::not_found);
  CHECK(tree.view().children.size() == 2);
  place.forget_journal();
  tree.stop();
  CHECK(place.journal() == "stop b\nstop a\n");
  CHECK(fs::exists(place.dir / "logs/c.log"));
}

TEST_CASE("what does not come up is not added; what does not come back stays down until it is replaced again") {
  Place place;
  place.options.tree.children = {place.steady("a")};
  ProcessTree tree(place.options);
  tree.start();

  const Error error = error_of([&] { tree.add("", place.shell("b", "echo no luck; exit 3")); });
  CHECK(error.kind() == ErrorKind::failed);
  CHECK(error.message() == "exit code 3 before it was ready; it said last: no luck");
  CHECK(tree.view().children.size() == 1);
  tree.add("", place.steady("b"));
  CHECK(error_of([&] { tree.replace(place.shell("b", "exit 3")); }).kind() == ErrorKind::failed);
  CHECK(tree.pid("b") == 0);
  CHECK(tree.view().children[1].status == "failed");
  tree.replace(place.steady("b"));

  CHECK(tree.pid("b") != 0);
  CHECK(tree.view().children[1].status == "running");
  CHECK_FALSE(tree.ended().has_value());
}

TEST_CASE("what cannot change is refused, before and after the tree ran too, and nothing else is touched") {
  Place place;
  place.options.tree.children = {place.steady("a")};
  ProcessTree tree(place.options);
  CHECK(error_of([&] { tree.add("", place.steady("b")); }).kind() == ErrorKind::unavailable);
  tree.start();
  const int pid = tree.pid("a");
  ChildSpec group;
  group.id = "group";
  group.start = Supervision{.children = {place.steady("x")}};

  CHECK(error_of([&] { tree.add("", place.steady("a")); }).kind() == ErrorKind::invalid);
  CHECK(error_of([&] { tree.add("", group); }).kind() == ErrorKind::invalid);
  CHECK(error_of([&] { tree.add("nowhere", place.steady("b")); }).kind() == ErrorKind::not_found);
  CHECK(error_of([&] { tree.add("", place.steady("b"), "nobody"); }).kind() == ErrorKind::not_found);
  CHECK(error_of([&] { tree.remove("b"); }).kind() == ErrorKind::not_found);
  CHECK(error_of([&] { tree.replace(place.steady("b")); }).kind() == ErrorKind::not_found);
  CHECK(error_of([&] { tree.replace(place.shell("../a", "exit 0")); }).kind() == ErrorKind::not_found);
  CHECK(tree.pid("a") == pid);

  tree.stop();
  CHECK(error_of([&] { tree.remove("a"); }).kind() == ErrorKind::unavailable);
}

TEST_CASE("a program that is still starting when the tree stops was not added") {
  Place place;
  place.options.tree.children = {place.steady("a")};
  ProcessTree tree(place.options);
  tree.start();
  Error error(ErrorKind::failed, "");

  std::thread adding(
      [&] { error = error_of([&] { tree.add("", place.shell("b", "echo not yet; exec sleep 1000")); }); });
  REQUIRE(comes_true([&] { return place.heard("b | not yet"); }));
  tree.stop();
  adding.join();

  CHECK(error.kind() == ErrorKind::unavailable);
}

TEST_CASE("a process whose program is another file by now is known") {
  Place place;
  const fs::path program = place.dir / "program";
  const auto write = [&](const std::string& text) {
    fs::remove(program);
    std::ofstream(program) << text;
    fs::permissions(program, fs::perms::owner_all);
  };
  write("#!/bin/sh\necho ready; exec sleep 1000\n");
  ChildSpec child = place.shell("a", "");
  std::get<ProcessStart>(child.start).command = {"./program"};
  place.options.tree.children = {child};
  ProcessTree tree(place.options);
  tree.start();

  CHECK_FALSE(tree.outdated("a"));
  write("#!/bin/sh\necho hello; echo ready; exec sleep 1000\n");
  CHECK(tree.outdated("a"));
  tree.replace(child);
  CHECK(comes_true([&] { return place.heard("a | hello"); }));
  CHECK_FALSE(tree.outdated("a"));
}

TEST_CASE("the program of a tree answers what is asked under its own path; what it throws is an error") {
  Place place;
  place.options.tree.children = {place.steady("a")};
  place.options.admin_path = "/mine";
  place.options.admin = [](std::string_view method, std::string_view target) -> std::pair<int, std::string> {
    if (method == "POST") throw std::runtime_error("no luck");
    return {200, "\"" + std::string(target) + "\""};
  };
  ProcessTree tree(place.options);
  tree.start();
  AdminClient client(place.dir / "logs/processes.sock");

  CHECK(client.request("GET", "/mine/x?y=1").value().json.starts_with("\"/mine/x?y=1\""));
  CHECK(client.request("POST", "/mine").value().json.find("no luck") != std::string::npos);
  CHECK(client.request("GET", "/tree").value().status == 200);
}

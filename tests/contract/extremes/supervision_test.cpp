// troupe/supervision.h, processes.h: what a host gives a tree to call, and how long it may be waited for.
#include <troupe/processes.h>

#include <atomic>
#include <stdexcept>

#include "contract/extremes/subject.h"

using namespace troupe;
using namespace troupe::extremes;

namespace {

ChildSpec program(std::string id, std::vector<std::string> command, std::string ready) {
  ChildSpec child;
  child.id = std::move(id);
  child.start = ProcessStart{.command = std::move(command), .ready = std::move(ready)};
  return child;
}

}  // namespace

TEST_CASE("what a supervised host throws when its tree gives up ends there") {
  auto told = std::make_shared<std::atomic<bool>>(false);
  auto work = std::make_shared<SubjectRole::Work>([](SubjectRole&) -> Task<> { throw std::runtime_error("ordered"); });
  TestNode node([&](Node& on) {
    on.host<SubjectRole>(std::function([work] { return std::make_unique<SubjectRole>(work); }));
    ChildSpec child;
    child.id = "s";
    child.start = actor_start<Subject>("s");
    Supervision tree;
    tree.intensity.restarts = 0;
    tree.children.push_back(child);
    on.supervise(tree, {.on_given_up = [told](const std::string&) {
                   *told = true;
                   throw std::runtime_error("thrown by the host");
                 }});
  });

  CHECK(contains(outcome_of([&] { return node.finish(node.ref<Subject>("s").run()); }), "failed: "));
  CHECK(testing::eventually([&] { return told->load(); }));
  *work = [](SubjectRole&) -> Task<> { co_return; };
  CHECK(outcome_of([&] { return node.finish(node.ref<Subject>("other").run()); }) == "works");
}

TEST_CASE("a process tree outlives what its host throws, and is waited for within any time there is") {
  testing::ScratchDirectory directory;
  std::atomic<int> lines{0};
  ProcessTreeOptions options;
  options.log_dir = directory / "logs";
  options.tree.children.push_back(program("p", {"/bin/sh", "-c", "echo ready; exec sleep 1000"}, "ready"));
  options.on_line = [&](const std::string&, const std::string&) {
    ++lines;
    throw std::runtime_error("thrown by the host");
  };
  options.log = [](const LogLine&) { throw std::runtime_error("the log is full"); };
  ProcessTree tree(options);
  tree.start();

  for (const auto time : {0h, -1h, kShortest, kLongest}) CHECK(tree.wait_up(time));
  CHECK(testing::eventually([&] { return lines > 0; }));
  tree.stop();
  CHECK_FALSE(tree.wait_up(kLongest));
}

TEST_CASE("a process tree says what of its options cannot be") {
  const auto with = [](auto change) {
    testing::ScratchDirectory directory;
    ProcessTreeOptions options;
    options.log_dir = directory / "logs";
    options.tree.children.push_back(program("p", {"/bin/true"}, ""));
    change(options);
    return outcome_of([&] { return ProcessTree(std::move(options)), 0; });
  };

  CHECK(with([](auto&) {}) == "works");
  CHECK_INVALID(with([](auto& o) { o.log_dir.clear(); }), "log_dir is empty");
  CHECK_INVALID(with([](auto& o) { o.environment["a=b"] = "c"; }), "environment");
  CHECK_INVALID(with([](auto& o) { o.environment[""] = "c"; }), "environment");
  CHECK_INVALID(with([](auto& o) { o.environment["a"] = std::string("b\0c", 3); }), "environment");
  CHECK_INVALID(with([](auto& o) { o.tree.children[0].start = ProcessStart{}; }), "command is empty");
}

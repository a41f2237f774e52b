// A declared tree that cannot be is refused, with the child and its supervisor in the message.
#include <doctest/doctest.h>

#include "base/limits.h"
#include "unit/supervise/tree_stage.h"

using namespace troupe;
using namespace troupe::supervise::testing;

namespace {

std::string wrong(const Supervision& tree) {
  auto fits = check(tree);
  return fits.ok() ? "" : fits.error().message();
}
// The child in a supervisor of a supervisor.
std::string wrong(const ChildSpec& child, AutoShutdown when = AutoShutdown::never) {
  return wrong(
      {.children = {below("orders", {.children = {below("w", {.auto_shutdown = when, .children = {child}})}})}});
}

}  // namespace

TEST_CASE("a tree that can be is accepted") {
  CHECK(wrong(Supervision{}) == "");
  CHECK(wrong(worker("a.b-c_9")) == "");
  CHECK(wrong(significant("a"), AutoShutdown::any_significant) == "");
  CHECK(wrong({.children = {worker("a"), below("s", {.children = {worker("a")}})}}) == "");
}

TEST_CASE("what is wrong with a child is said with its id and the path of its supervisor") {
  const std::string where = "Supervision: child \"a\" of supervisor orders/w: ";
  CHECK(wrong(worker("")) == "Supervision: a child of supervisor orders/w: its id is empty");
  CHECK(wrong({.children = {worker("a"), worker("b"), worker("a")}}) ==
        "Supervision: child \"a\" of the top supervisor: two children have this id");
  CHECK(wrong(worker("a/b")) ==
        "Supervision: child \"a/b\" of supervisor orders/w: an id has letters, digits, '-', '_' and '.' only");
  CHECK(wrong(significant("a", Restart::permanent), AutoShutdown::any_significant)
            .starts_with(where + "it is significant and permanent"));
  CHECK(wrong(significant("a")).starts_with(where + "it is significant, and its supervisor's auto_shutdown is never"));

  ChildSpec child = worker("a");
  child.start = ActorStart{};
  CHECK(wrong(child) == where + "it names nothing to start: no service");
  child.start = ActorStart{"Stock", ""};
  CHECK(wrong(child) == where + "it names service Stock and no key");
  child.start = ActorStart{"Stock", std::string(limits::kMaxActorKeyBytes + 1, 'k')};
  CHECK(wrong(child) == where + "its key has 257 bytes; at most 256 are allowed");
  child.start = ServiceStart{};
  CHECK(wrong(child) == where + "it names nothing to start: no service");
  child.start = ServiceStart{"Cart", Intensity{1, 0ms}};
  CHECK(wrong(child).starts_with(where + "intensity.within is 0 ms"));
  ProcessStart process;
  child.start = process;
  CHECK(wrong(child) == where + "it names no program to run: its command is empty");
  process.command = {"shop", std::string("a\0b", 3)};
  child.start = process;
  CHECK(wrong(child) == where + "a word of its command has a zero byte in it");
  process.command = {"shop"};
  child.start = process;
  CHECK(wrong(child) == "");
  process.environment = {{"A=B", "c"}};
  child.start = process;
  CHECK(wrong(child).starts_with(where + "its environment has a variable \"A=B\""));
  process.environment = {};
  process.ready = "two\nlines";
  child.start = process;
  CHECK(wrong(child).starts_with(where + "what it is to print when it is ready is no part of one line"));
  process.ready = std::string(limits::kMaxProcessLineBytes + 1, 'r');
  child.start = process;
  CHECK(wrong(child).starts_with(where + "what it is to print when it is ready is no part of one line"));
  process.ready = "ready";
  process.ready_within = 0ms;
  child.start = process;
  CHECK(wrong(child) == where + "ready_within is 0 ms; 1 ms to 24 hours is");
  child = worker("a");
  child.shutdown = Shutdown::within(0ms);
  CHECK(wrong(child).starts_with(where + "its shutdown deadline is 0 ms"));
}

TEST_CASE("what is wrong with a supervisor is said with its path") {
  const auto inner = [](Supervision tree) { return wrong({.children = {below("s", std::move(tree))}}); };
  CHECK(inner({.intensity = {1, -1ms}}).starts_with("Supervision: supervisor s: intensity.within is -1 ms"));
  CHECK(inner({.backoff = {20ms, 10ms}}).starts_with("Supervision: supervisor s: backoff.first"));
  CHECK(wrong({.intensity = {1, 25h}}).starts_with("Supervision: the top supervisor: intensity.within is 90000000 ms"));
}

TEST_CASE("a tree is so deep, has so many children and ids so long, and no more") {
  const auto deep = [](std::size_t depth) {
    Supervision tree{.children = {worker("leaf")}};
    for (std::size_t i = 1; i < depth; ++i) tree = {.children = {below("s", tree)}};
    return tree;
  };
  CHECK(wrong(deep(limits::kMaxTreeDepth)) == "");
  CHECK(wrong(deep(limits::kMaxTreeDepth + 1)).find("it is 17 supervisors deep; at most 16 are allowed") !=
        std::string::npos);

  Supervision wide;
  for (std::size_t i = 0; i < limits::kMaxTreeChildren; ++i) wide.children.push_back(worker("c" + std::to_string(i)));
  CHECK(wrong(wide) == "");
  wide.children.push_back(worker("one-more"));
  CHECK(wrong(wide).starts_with("Supervision: it has 10001 children; at most 10000 are allowed"));

  CHECK(wrong(worker(std::string(limits::kMaxChildIdBytes, 'i'))) == "");
  CHECK(wrong(worker(std::string(limits::kMaxChildIdBytes + 1, 'i'))).find("its id has 65 bytes") != std::string::npos);
}

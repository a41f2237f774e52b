// What there is to do when the file of a cluster says something else than what runs.
#include "cluster_change.h"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::tool;

namespace {

ChildSpec program(const std::string& id, const std::string& word = "run") {
  ChildSpec child;
  child.id = id;
  child.start = ProcessStart{.command = {"shop", word}};
  return child;
}
ChildSpec group(const std::string& id, std::vector<ChildSpec> children) {
  ChildSpec child;
  child.id = id;
  child.start = Supervision{.children = std::move(children)};
  return child;
}
ClusterFile cluster(std::vector<ChildSpec> children) {
  ClusterFile file;
  file.processes.tree.children = std::move(children);
  return file;
}
bool never(const std::string&) { return false; }

// "+b before c in g, -x, ~a"
std::string in_words(const ClusterChange& change) {
  std::string out;
  for (const auto& one : change.added)
    out += "+" + one.process.child.id + " before '" + one.before + "' in '" + one.process.supervisor + "' ";
  for (const auto& id : change.removed) out += "-" + id + " ";
  for (const auto& one : change.rolled) out += "~" + one.child.id + " ";
  return out;
}
std::string refusal(const ClusterFile& running, const ClusterFile& wanted) {
  try {
    (void)change_between(running, wanted, never);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("processes that are new, gone and different are found, each in its place") {
  const auto running = cluster({program("a"), group("g", {program("b"), program("x")}), program("c")});
  const auto wanted = cluster(
      {program("n"), program("a", "other"), group("g", {program("m"), program("o"), program("b")}), program("c")});

  CHECK(in_words(change_between(running, wanted, never)) ==
        "+n before 'a' in '' +m before 'b' in 'g' +o before 'b' in 'g' -x ~a ");
  CHECK(change_between(running, running, never).empty());
  CHECK(in_words(change_between(running, running, [](const std::string& id) { return id != "a"; })) == "~b ~x ~c ");
}

TEST_CASE("a change that came true step by step is what was wanted") {
  auto running = cluster({program("a"), group("g", {program("b"), program("x")})});
  const auto wanted = cluster({program("a", "other"), group("g", {program("m"), program("b"), program("o")})});
  const auto change = change_between(running, wanted, never);

  for (const auto& one : change.added) take_in(running, one);
  for (const auto& id : change.removed) take_out(running, id);
  for (const auto& one : change.rolled) take_in(running, one);

  CHECK(change_between(running, wanted, never).empty());
}

TEST_CASE("what cannot change while it runs is named") {
  const auto running = cluster({program("a"), group("g", {program("b")}), program("c")});
  auto renamed = running;
  renamed.processes.name = "other";
  auto policy = running;
  std::get<Supervision>(policy.processes.tree.children[1].start).strategy = Strategy::one_for_all;

  CHECK(refusal(running, renamed) == "'name' cannot change while the cluster runs; stop `troupe up` and start it anew");
  CHECK(refusal(running, policy).starts_with("the policy of supervisor 'g' cannot change"));
  CHECK(refusal(running, cluster({program("a"), program("c")})).starts_with("that there is a supervisor 'g' cannot"));
  CHECK(refusal(running, cluster({program("c"), group("g", {program("b")}), program("a")}))
            .starts_with("the order of 'a' and 'c' cannot change"));
  CHECK(refusal(running, cluster({program("a"), group("g", {}), program("b"), program("c")}))
            .starts_with("the supervisor of 'b' cannot change"));
}

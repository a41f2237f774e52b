// The output gate alone: when it is open, and what becomes of it when a commit is not stored.
#include "actor/output_gate.h"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::actor;

namespace {

class NoCommit final : public store::Commit {
 public:
  void durable() noexcept override {}
  void failed(const Error& /*error*/) noexcept override {}
};

// As the commit queue does to a commit that it could not store.
void refuse(NoCommit& commit) { commit.ages->store(commit.age + 1); }

}  // namespace

TEST_CASE("the gate is open until a commit is submitted, and again when the last one has ended") {
  OutputGate gate;
  CHECK(gate.open());

  const auto first = gate.next(), second = gate.next();
  CHECK_FALSE(gate.open());
  gate.ended(first);
  CHECK_FALSE(gate.open());
  gate.ended(second);
  CHECK(gate.open());
}

TEST_CASE("a refused commit shuts the gate until the actor has begun another age") {
  OutputGate gate;
  NoCommit commit, later;
  const auto first = gate.next(), second = gate.next();
  gate.date(commit);
  gate.date(later);

  refuse(commit);
  CHECK(gate.ended_unstored(commit, first));
  CHECK_FALSE(gate.begin_age());  // the one after it is still on its way
  CHECK(gate.ended_unstored(later, second));
  CHECK(gate.settled());
  CHECK(gate.refused());
  CHECK_FALSE(gate.open());

  CHECK(gate.begin_age());
  CHECK(gate.open());
  CHECK_FALSE(gate.failed());
  CHECK_FALSE(gate.begin_age());
  gate.date(later);
  CHECK(later.age == commit.age + 1);
}

TEST_CASE("a commit that was not stored and not refused means that the store has failed") {
  OutputGate gate;
  NoCommit commit;
  gate.date(commit);
  const auto number = gate.next();

  CHECK_FALSE(gate.ended_unstored(commit, number));
  CHECK(gate.failed());
}

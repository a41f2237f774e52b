// Who watches a call's end is told once, however it ends, and let go with a call that ends without a word.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "unit/wire/call_fixture.h"
#include "wire/call_end.h"

using namespace troupe;
using namespace troupe::testing;

namespace {

struct Seen {
  std::vector<std::string> told;
  int let_go = 0;
};

class Noting final : public wire::CallEnd {
 public:
  Noting(Seen& seen, std::string name) : seen_(seen), name_(std::move(name)) {}
  ~Noting() override { ++seen_.let_go; }
  void ended(const wire::Envelope&, const Error* error) noexcept override {
    seen_.told.push_back(name_ + ": " + std::string(error ? to_string(error->kind()) : "results"));
  }

 private:
  Seen& seen_;
  std::string name_;
};

}  // namespace

TEST_CASE("all who watch a call's end are told how it ended, once, and then let go") {
  Seen seen;
  auto call = call_to("a", 1);
  call->ends.add(make_counted<Noting>(seen, "first"));
  call->ends.add(make_counted<Noting>(seen, "second"));
  SUBCASE("results") {
    wire::answer(call);
    CHECK(seen.told == std::vector<std::string>{"second: results", "first: results"});
  }
  SUBCASE("an error") {
    wire::answer(call, Error(ErrorKind::overloaded, "full"));
    CHECK(seen.told == std::vector<std::string>{"second: overloaded", "first: overloaded"});
  }
  SUBCASE("given up, and answered after") {
    wire::give_up(call, Error(ErrorKind::cancelled, "no longer wanted"));
    wire::answer(call);
    CHECK(seen.told == std::vector<std::string>{"second: cancelled", "first: cancelled"});
  }
  SUBCASE("late") {
    wire::give_up_late(call);
    CHECK(seen.told.size() == 2);
  }
  CHECK(seen.let_go == 2);
  CHECK(seen.told.size() == 2);
}

TEST_CASE("who comes after the end is let go, untold") {
  Seen seen;
  auto call = call_to("a", 1);
  call->ends.add(make_counted<Noting>(seen, "early"));
  wire::answer(call);
  call->ends.add(make_counted<Noting>(seen, "late"));
  CHECK(seen.told == std::vector<std::string>{"early: results"});
  CHECK(seen.let_go == 2);
}

TEST_CASE("a call that goes without an end lets its watchers go, untold") {
  Seen seen;
  {
    auto call = call_to("a", 1);
    call->ends.add(make_counted<Noting>(seen, "first"));
    call->ends.add(make_counted<Noting>(seen, "second"));
  }
  CHECK(seen.told.empty());
  CHECK(seen.let_go == 2);
}

#include "store/set_run.h"

#include <doctest/doctest.h>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

struct SetsOfABatch {
  std::vector<Write> one{{.key = actor_key(1, 7, "a"), .value = value_of(bytes_of("x"))}};
  std::vector<Write> other{{.key = actor_key(2, 7, "b"), .value = {}}};
  std::vector<Write> none;
};

}  // namespace

TEST_CASE("a batch is a run for each partition, and another for each epoch of one") {
  SetsOfABatch sets;
  const std::vector<NumberedSet> batch{
      {1, 4, &sets.one, 2}, {2, 9, &sets.other, 0}, {1, 5, &sets.none, 2}, {1, 6, &sets.one, 3}};

  const auto runs = runs_of(batch);

  REQUIRE(runs.size() == 3);
  CHECK((runs[0].partition == 1 && runs[0].epoch == 2 && runs[0].first == 4 && runs[0].last == 5));
  CHECK((runs[1].partition == 2 && runs[1].epoch == 0 && runs[1].first == 9 && runs[1].last == 9));
  CHECK((runs[2].partition == 1 && runs[2].epoch == 3 && runs[2].first == 6 && runs[2].last == 6));
  for (const SetRun& run : runs) CHECK(parse_run(run).has_value());
  std::vector<std::string> seen;
  parse_run(runs[1])->for_each([&](const LoggedWrite& write) {
    seen.emplace_back(write.key);
    CHECK_FALSE(write.value);
  });
  CHECK(seen == std::vector<std::string>{actor_key(2, 7, "b")});
  CHECK(runs_of(batch, [](PartitionId partition) { return partition == 2; }).size() == 1);
  CHECK(runs_of({}).empty());
}

TEST_CASE("a run that says what its bytes do not say is none") {
  SetsOfABatch sets;
  const std::vector<NumberedSet> batch{{1, 4, &sets.one}, {1, 5, &sets.one}};
  const SetRun good = runs_of(batch).at(0);
  REQUIRE(parse_run(good).has_value());
  const auto with = [&](auto change) {
    SetRun run = good;
    change(run);
    return parse_run(run).has_value();
  };

  CHECK_FALSE(with([](SetRun& run) { run.partition = 2; }));
  CHECK_FALSE(with([](SetRun& run) { run.first = 3; }));
  CHECK_FALSE(with([](SetRun& run) { run.first = 0; }));
  CHECK_FALSE(with([](SetRun& run) { run.last = 4; }));
  CHECK_FALSE(with([](SetRun& run) { run.last = 6; }));
  CHECK_FALSE(with([](SetRun& run) { run.frame = nullptr; }));
  CHECK_FALSE(with([](SetRun& run) {
    auto longer = *run.frame;
    longer.resize(longer.size() + 8);
    run.frame = std::make_shared<std::vector<std::byte>>(longer);
  }));
  for (std::size_t i = 0; i < good.frame->size(); ++i) {
    CHECK_FALSE(with([&](SetRun& run) {
      auto damaged = *run.frame;
      damaged[i] ^= std::byte{1};
      run.frame = std::make_shared<std::vector<std::byte>>(damaged);
    }));
  }
}

// Who is to own what.
#include "membership/planner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace troupe;
using namespace troupe::membership;

namespace {

class Planned {
 public:
  void member(const std::string& name, bool alive = true, MemberState state = MemberState::serving,
              std::uint32_t weight = 100, bool client = false) {
    MemberRecord record{.incarnation = 1, .store = name, .host = "h", .port = 1, .client = client};
    record.state = state;
    record.weight = weight;
    apply(member_key(name), to_json(record));
    if (alive) apply(alive_key(name), to_json(LifeRecord{1}));
    if (!alive && directory.life(name)) apply(alive_key(name), std::nullopt);
  }
  void joining(const std::string& name, bool ready = false) {
    MemberRecord record = directory.member(name)->record;
    record.ready = ready;
    apply(member_key(name), to_json(record));
  }
  void owner(PartitionId partition, const std::string& name, const std::string& target = {}, bool pinned = false) {
    PartitionRecord record{.epoch = 1, .owner = name, .target = target};
    record.pinned = pinned;
    apply(partition_record_key(partition), to_json(record));
  }
  // Its owner heard from that member that its program may not have it.
  void refused(PartitionId partition, const std::string& by) {
    PartitionRecord record = directory.partition(partition)->record;
    record.refused[by] = {1, "an earlier program"};
    apply(partition_record_key(partition), to_json(record));
  }
  void all_owned_by(const std::vector<std::string>& names) {
    for (PartitionId p = 0; p < kAllPartitions; ++p) owner(p, names[p % names.size()]);
  }
  // Does what the plan says, until it says nothing; how many moves that took.
  std::size_t settle() {
    std::size_t moves = 0;
    for (int round = 0; round < 10; ++round) {
      const Plan next = plan(directory);
      if (next.gives.empty() && next.takes.empty()) return moves;
      for (const auto* list : {&next.gives, &next.takes})
        for (const Move& move : *list) {
          const auto refused = directory.partition(move.partition)->record.refused;
          CHECK(!directory.refusal(directory.partition(move.partition)->record, move.to));
          owner(move.partition, move.to), ++moves;
          for (const auto& [by, why] : refused) this->refused(move.partition, by);
        }
    }
    FAIL("the plan never settles");
    return moves;
  }
  [[nodiscard]] std::map<std::string, std::size_t> counts(PartitionId first, PartitionId past) const {
    std::map<std::string, std::size_t> out;
    for (PartitionId p = first; p < past; ++p) ++out[directory.partition(p)->record.owner];
    return out;
  }

  Directory directory;

 private:
  void apply(const std::string& key, std::optional<std::string> value) {
    REQUIRE(directory.apply({key, std::move(value), ++version_}).ok());
  }
  coordinator::Version version_ = 0;
};

using Counts = std::map<std::string, std::size_t>;

}  // namespace

TEST_CASE("shares are whole, add up, and follow the weights; the rest goes to who has more") {
  CHECK(shares({{"a", 100}, {"b", 100}, {"c", 100}}, {{"b", 200}, {"c", 56}}, 256) ==
        Counts{{"a", 85}, {"b", 86}, {"c", 85}});
  CHECK(shares({{"a", 1}, {"b", 3}}, {}, 256) == Counts{{"a", 64}, {"b", 192}});
  CHECK(shares({{"a", 0}, {"b", 5}}, {}, 7) == Counts{{"a", 0}, {"b", 7}});
  CHECK(shares({{"a", 10'000}, {"b", 10'000}}, {}, 0) == Counts{{"a", 0}, {"b", 0}});
  CHECK(shares({}, {}, 256).empty());
}

TEST_CASE("a member that joins gets its share, of each kind, and not one partition moves besides") {
  Planned records;
  records.member("a");
  records.all_owned_by({"a"});
  CHECK(plan(records.directory).gives.empty());
  records.member("b");

  CHECK(records.settle() == 256);
  CHECK(records.counts(0, kPartitions) == Counts{{"a", 128}, {"b", 128}});
  CHECK(records.counts(kPartitions, kAllPartitions) == Counts{{"a", 128}, {"b", 128}});
  records.member("c");
  CHECK(records.settle() == 2 * 85);
  for (const auto& [name, count] : records.counts(0, kPartitions)) CHECK(count >= 85);
}

TEST_CASE("a member that is drained gives all it has, and a member that has left gets nothing") {
  Planned records;
  for (const char* name : {"a", "b", "c"}) records.member(name);
  records.all_owned_by({"a", "b", "c"});
  records.settle();
  records.member("b", true, MemberState::draining);

  const auto owned = records.directory.owned_by("b").size();
  CHECK(records.settle() == owned);
  CHECK(records.directory.owned_by("b").empty());
  records.member("b", true, MemberState::left);
  CHECK(records.settle() == 0);
}

TEST_CASE("what a dead member has on its disk waits for it, and the rest begins elsewhere") {
  Planned records;
  for (const char* name : {"a", "b"}) records.member(name);
  records.all_owned_by({"a", "b"});
  records.member("b", false);

  const Plan next = plan(records.directory);

  CHECK(next.gives.empty());
  CHECK(next.takes.size() == 128);
  for (const Move& move : next.takes) {
    CHECK(!has_rows(move.partition));
    CHECK(move.to == "a");
  }
}

TEST_CASE("nobody who serves is left: everything stays") {
  Planned records;
  records.member("a", true, MemberState::draining);
  records.member("b", true, MemberState::serving, 100, true);
  records.member("c", true, MemberState::serving, 0);
  records.all_owned_by({"a"});

  CHECK(plan(records.directory).gives.empty());
  CHECK(plan(records.directory).takes.empty());
}

TEST_CASE("a partition that is on its way counts where it goes, unless whoever was to have it is gone") {
  Planned records;
  for (const char* name : {"a", "b"}) records.member(name);
  records.all_owned_by({"a"});
  for (PartitionId p = 0; p < 128; ++p) records.owner(p, "a", "b");

  for (const Move& move : plan(records.directory).gives) CHECK(!has_rows(move.partition));
  records.member("b", false);
  records.member("c");
  const Plan anew = plan(records.directory);
  std::size_t to_c = 0;
  for (const Move& move : anew.gives) {
    to_c += move.to == "c" ? 1 : 0;
    const bool stays = move.to == "a" && records.directory.partition(move.partition)->record.target == "b";
    CHECK((move.to == "c" || stays));
  }
  CHECK(to_c == 256);
}

TEST_CASE("the plan is the same whoever makes it, and one member acts on it") {
  Planned records;
  for (const char* name : {"a", "b", "c"}) records.member(name);
  records.all_owned_by({"c"});

  CHECK(plan(records.directory).gives == plan(records.directory).gives);
  CHECK(planner_of(records.directory) == "a");
  records.member("a", false);
  CHECK(planner_of(records.directory) == "b");
  records.member("b", true, MemberState::left);
  CHECK(planner_of(records.directory) == "c");
  records.member("c", false);
  CHECK(planner_of(records.directory).empty());
}

TEST_CASE("a member that is not ready gets nothing, and keeps what it has") {
  Planned records;
  records.member("a");
  records.member("b");
  records.all_owned_by({"a"});
  records.joining("b");
  CHECK(records.settle() == 0);

  records.joining("b", true);
  CHECK(records.settle() == 256);
  records.joining("b");
  records.member("c");

  records.settle();

  CHECK(records.counts(0, kAllPartitions) == Counts{{"a", 128}, {"b", 256}, {"c", 128}});
}

TEST_CASE("what was moved by hand stays until its member drains or pins are loosened, and counts for its share") {
  Planned records;
  records.member("a");
  records.member("b");
  for (PartitionId p = 0; p < kAllPartitions; ++p) records.owner(p, p % 256 < 200 ? "a" : "b", {}, p < 150);

  CHECK(records.settle() > 0);
  for (PartitionId p = 0; p < 150; ++p) CHECK(records.directory.partition(p)->record.owner == "a");
  CHECK(records.counts(0, kPartitions) == Counts{{"a", 150}, {"b", 106}});
  for (PartitionId p = 0; p < 150; ++p) records.owner(p, "a", {}, true);
  CHECK(plan(records.directory).gives.empty());
  CHECK(plan(records.directory, Pins::loosen).gives.size() == 22);

  records.member("a", true, MemberState::draining);
  records.settle();
  CHECK(records.counts(0, kAllPartitions) == Counts{{"b", kAllPartitions}});
}

TEST_CASE("what is on its way to a member that cannot have it any more stays with its owner") {
  Planned records;
  records.member("a");
  records.member("b");
  records.all_owned_by({"a", "b"});
  records.owner(0, "a", "gone");
  records.owner(300, "a", "b", true);

  const auto gives = [&](const Move& move) {
    const auto all = plan(records.directory).gives;
    return std::find(all.begin(), all.end(), move) != all.end();
  };
  CHECK(gives({0, "a"}));
  CHECK_FALSE(gives({300, "a"}));
  records.member("b", true, MemberState::draining);
  CHECK(gives({300, "a"}));
}

TEST_CASE("a member is not given what it refused, but what else makes up its share") {
  Planned records;
  records.member("a");
  records.all_owned_by({"a"});
  records.member("b");
  for (PartitionId p = 100; p < kPartitions; ++p) records.refused(p, "b");

  records.settle();

  CHECK(records.counts(0, kPartitions) == Counts{{"a", 156}, {"b", 100}});
  for (PartitionId p = 0; p < 100; ++p) CHECK(records.directory.partition(p)->record.owner == "b");
}

TEST_CASE("what has to leave and others refused goes to whoever may have it, beyond shares, or stays") {
  Planned records;
  records.member("a", true, MemberState::draining);
  records.all_owned_by({"a"});
  records.member("b");
  records.member("c");
  for (PartitionId p = 0; p < 200; ++p) records.refused(p, "b");
  for (PartitionId p = 0; p < 10; ++p) records.refused(p, "c");

  records.settle();

  for (PartitionId p = 0; p < 10; ++p) CHECK(records.directory.partition(p)->record.owner == "a");
  for (PartitionId p = 10; p < 200; ++p) CHECK(records.directory.partition(p)->record.owner == "c");
  CHECK(records.counts(0, kPartitions) == Counts{{"a", 10}, {"b", 56}, {"c", 190}});
}

TEST_CASE("what is on its way to a member that refused it stays with its owner, or goes elsewhere") {
  Planned records;
  records.member("a");
  records.member("b");
  records.all_owned_by({"a", "b"});
  records.owner(0, "a", "b");
  records.refused(0, "b");

  const auto gives = plan(records.directory).gives;

  CHECK(std::find(gives.begin(), gives.end(), Move{0, "a"}) != gives.end());
}

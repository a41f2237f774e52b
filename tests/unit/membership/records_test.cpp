// What stands in the coordinator, and what a node makes of it.
#include "membership/records.h"

#include <doctest/doctest.h>

#include "membership/directory.h"

using namespace troupe;
using namespace troupe::membership;

namespace {

coordinator::Change change(const std::string& key, std::optional<std::string> value, coordinator::Version version) {
  return {key, std::move(value), version};
}

MemberRecord member_at(std::uint16_t port, std::uint64_t incarnation = 1) {
  MemberRecord record{.incarnation = incarnation, .store = "s", .host = "127.0.0.1", .port = port};
  record.labels = {{"rack", "7"}};
  record.services = {{"Stock", 0xffff'ffff'ffff'ffff, true, 2, 0x8000'0000'0000'0001}};
  return record;
}

}  // namespace

TEST_CASE("a record reads as it was written, with all 64 bits of its numbers") {
  MemberRecord member = member_at(9, 0x7fff'ffff'ffff'ffff);
  member.state = MemberState::draining;
  member.zone = "b";
  member.pid = 77;
  PartitionRecord partition{.epoch = kMaxEpoch, .owner = "one", .store = "s", .target = "two", .forced = 3};
  partition.refused["three"] = {0x7fff'ffff'ffff'ffff, "for \"reasons\" \xff"};

  CHECK(member_record("members/one", to_json(member)).value() == member);
  auto read = partition_record("partitions/007", to_json(partition)).value();
  CHECK(read.refused["three"].why.find("for \"reasons\" ") == 0);  // what is no text is shown as such
  read.refused["three"].why = partition.refused["three"].why;
  CHECK(read == partition);
  CHECK(partition_record("partitions/007", to_json(PartitionRecord{.epoch = 1, .owner = "one"})).value() ==
        PartitionRecord{.epoch = 1, .owner = "one"});
}

TEST_CASE("a record that is none says which one it is and what is wrong") {
  for (const char* json :
       {"", "{", "[]", "{}", R"({"epoch":0,"owner":"a"})", R"({"epoch":1,"owner":""})", R"({"epoch":-1,"owner":"a"})",
        R"({"epoch":281474976710656,"owner":"a"})", R"({"epoch":"1","owner":"a"})"}) {
    CAPTURE(json);
    const auto read = partition_record("partitions/007", json);
    REQUIRE(!read.ok());
    CHECK(read.error().kind() == ErrorKind::corrupt);
    CHECK(read.error().message().find("partitions/007") != std::string::npos);
  }
  CHECK(!member_record("members/x", R"({"incarnation":1})").ok());
}

TEST_CASE("keys of partitions sort by number, and a key is of a partition or is not") {
  CHECK(partition_record_key(7) == "partitions/007");
  CHECK(partition_record_key(511) == "partitions/511");
  CHECK(partition_in_key("partitions/007") == PartitionId{7});
  for (const char* key :
       {"partitions/", "partitions/x", "partitions/512", "partitions/-1", "partitions/1 ", "members/1"})
    CHECK(!partition_in_key(key));
}

TEST_CASE("a member lives while its session lasts and is of its latest run") {
  Directory directory;
  REQUIRE(directory.apply(change("members/one", to_json(member_at(1, 4)), 10)).ok());
  CHECK(!directory.alive("one"));
  REQUIRE(directory.apply(change("alive/one", to_json(LifeRecord{4}), 10)).ok());
  CHECK(directory.alive("one"));

  SUBCASE("its session ends") { REQUIRE(directory.apply(change("alive/one", std::nullopt, 11)).ok()); }
  SUBCASE("another run has followed") {
    REQUIRE(directory.apply(change("members/one", to_json(member_at(1, 5)), 11)).ok());
  }

  CHECK(!directory.alive("one"));
}

TEST_CASE("what is older than what is known changes nothing, in whatever order it is told") {
  Directory directory;
  REQUIRE(directory.apply(change("partitions/007", to_json(PartitionRecord{.epoch = 3, .owner = "b"}), 20)).ok());
  REQUIRE(directory.apply(change("partitions/007", to_json(PartitionRecord{.epoch = 2, .owner = "a"}), 19)).ok());
  CHECK(directory.partition(7)->record.owner == "b");

  REQUIRE(directory.apply(change("alive/one", to_json(LifeRecord{1}), 21)).ok());
  REQUIRE(directory.apply(change("alive/one", std::nullopt, 23)).ok());
  REQUIRE(directory.apply(change("alive/one", to_json(LifeRecord{1}), 22)).ok());
  CHECK(directory.life("one") == nullptr);
}

TEST_CASE("a view keeps the places of members, takes in new ones, and lets those go that have left") {
  const cluster::ClusterView before({{.name = "two", .port = 5}});
  Directory directory;
  REQUIRE(directory.apply(change("members/one", to_json(member_at(1)), 1)).ok());
  REQUIRE(directory.apply(change("members/two", to_json(member_at(2)), 2)).ok());
  REQUIRE(directory.apply(change("partitions/007", to_json(PartitionRecord{.epoch = 9, .owner = "one"}), 3)).ok());
  REQUIRE(directory.apply(change("partitions/008", to_json(PartitionRecord{.epoch = 4, .owner = "gone"}), 3)).ok());

  const auto view = directory.view(before);

  REQUIRE(view.members().size() == 3);
  CHECK(view.version() == before.version() + 1);
  CHECK(view.members()[0].member.name == "two");
  CHECK(view.members()[0].member.port == 2);
  CHECK(view.of(7) == cluster::Ownership{*view.find("one"), 9});
  CHECK(view.owner_of(8).name == "gone");
  CHECK(!view.members()[*view.find("gone")].present);
  CHECK(view.of(9) == before.of(9));

  MemberRecord left = member_at(2);
  left.state = MemberState::left;
  REQUIRE(directory.apply(change("members/two", to_json(left), 4)).ok());
  CHECK(!directory.view(view).members()[0].present);
}

TEST_CASE("a view says which services a member has, and whether it may be given calls for them") {
  MemberRecord record = member_at(1, 4);
  record.services = {{"Stock", 9, true, 2, 77}, {"Mailer", 3, false, 0, 78, "no route to the mail server"}};
  record.zone = "b";
  record.weight = 40;
  Directory directory;
  const auto in_view = [&] {
    REQUIRE(directory.apply(change("members/one", to_json(record), ++record.incarnation)).ok());
    REQUIRE(directory.apply(change("alive/one", to_json(LifeRecord{record.incarnation}), record.incarnation)).ok());
    return directory.view(cluster::ClusterView({{.name = "one"}})).members()[0];
  };

  const auto one = in_view();

  CHECK(one.zone == "b");
  CHECK(one.weight == 40);
  CHECK(one.labels == record.labels);
  REQUIRE(one.service(9));
  CHECK(*one.service(9) == cluster::KnownService{9, "Stock", 77, 2, true, true});
  CHECK(one.offers(9));
  CHECK_FALSE(one.offers(3));
  CHECK_FALSE(one.offers(4));
  record.ready = false;
  CHECK_FALSE(in_view().offers(9));
  record.ready = true;
  record.state = MemberState::draining;
  CHECK_FALSE(in_view().offers(9));
  record.state = MemberState::serving;
  CHECK(in_view().offers(9));
  REQUIRE(directory.apply(change("alive/one", std::nullopt, record.incarnation + 1)).ok());
  CHECK_FALSE(directory.view(cluster::ClusterView({{.name = "one"}})).members()[0].offers(9));
}

TEST_CASE("of a listed member nobody knows its services, so it may be given calls unless it is a client") {
  const cluster::ClusterView listed({{.name = "one"}, {.name = "desk", .port = 1, .client = true}});

  CHECK(listed.members()[0].offers(9));
  CHECK(listed.members()[0].service(9) == nullptr);
  CHECK_FALSE(listed.members()[1].offers(9));
}

TEST_CASE("a member's record of an earlier version is of a member that is ready, and whose services are well") {
  auto json = to_json(member_at(1));
  const std::string ready = "\"ready\":true,";
  REQUIRE(json.find(ready) != std::string::npos);
  json.erase(json.find(ready), ready.size());
  CHECK(json.find("trouble") == std::string::npos);

  CHECK(member_record("members/one", json).value() == member_at(1));
}

TEST_CASE("a client is linked while it lives; one that owns is waited for") {
  MemberRecord client = member_at(1);
  client.client = true;
  Directory directory;
  REQUIRE(directory.apply(change("members/client", to_json(client), 1)).ok());
  REQUIRE(directory.apply(change("members/owner", to_json(member_at(2)), 2)).ok());
  const cluster::ClusterView before({{.name = "self"}});

  const auto view = directory.view(before);

  CHECK(!view.members()[*view.find("client")].present);
  CHECK(view.members()[*view.find("owner")].present);
  REQUIRE(directory.apply(change("alive/client", to_json(LifeRecord{1}), 3)).ok());
  CHECK(directory.view(view).members()[*view.find("client")].present);
}

TEST_CASE("a refusal stands as long as the run of the member that it is of") {
  Directory directory;
  PartitionRecord partition{.epoch = 1, .owner = "one"};
  partition.refused["two"] = {4, "why"};
  REQUIRE(directory.apply(change("members/two", to_json(member_at(1, 4)), 10)).ok());
  REQUIRE(directory.refusal(partition, "two"));
  CHECK(*directory.refusal(partition, "two") == "why");
  CHECK(!directory.refusal(partition, "one"));

  REQUIRE(directory.apply(change("members/two", to_json(member_at(1, 5)), 11)).ok());

  CHECK(!directory.refusal(partition, "two"));
}

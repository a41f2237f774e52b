// The rules about services and what their actors keep, and schema sets as text.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "schema_texts.h"

namespace troupe::reflect {
namespace {

constexpr std::uint64_t kFirst = 0xd508eebdc2dc42c0, kSecond = 0xd508eebdc2dc42c1, kTill = 0xd508eebdc2dc42c2;
const std::string kStates = "struct First @0xd508eebdc2dc42c0 {} struct Second @0xd508eebdc2dc42c1 {}\n";

SchemaSet with(ServiceSchema service) {
  SchemaSet set = set_of(kStates);
  set.services.push_back(std::move(service));
  return set;
}
SchemaSet till(std::uint64_t state, std::uint32_t version = 0) { return with({kTill, state, version, "Till"}); }

std::string only_change(const SchemaSet& before, const SchemaSet& after) { return only(changes(before, after)); }

TEST_CASE("allowed: a new service, and one that begins to keep a state") {
  CHECK(only_change(set_of(kStates), till(kFirst)) == "new-service Till: the service is new");
  CHECK(only_change(till(0), till(kFirst)) == "state-added Till: keeps First");
}

TEST_CASE("allowed: a state of a later version, also of another type, since the actor migrates it") {
  CHECK(only_change(till(kFirst), till(kFirst, 1)) ==
        "state-migrated Till: the state goes from version 0 to version 1");
  CHECK(only_change(till(kFirst, 1), till(kSecond, 2)) ==
        "state-migrated Till: the state goes from version 1 to version 2 and from First to Second");
}

TEST_CASE("noticed: a service with another name under its id, and one that is gone") {
  CHECK(only_change(till(0), with({kTill, 0, 0, "Register"})) ==
        "service-renamed Till: the service is now called Register");
  CHECK(only_change(till(0), set_of(kStates)) == "service-gone Till: the service is no longer there");
}

TEST_CASE("noticed: options of a method that its callers see") {
  const std::string annotations =
      "annotation readOnly @0xe37370e288dfac8e (method) :Void; annotation http @0x957e3f83b65eceb0 (method) :Text;\n";
  const auto method = [&](const std::string& options) {
    return set_of(annotations + "interface I { m @0 () -> () " + options + "; }");
  };

  CHECK(only_change(method("$http(\"GET /a\")"), method("$http(\"GET /b\") $readOnly")) ==
        "method-options I.m: $readOnly was added\nmethod-options I.m: $http changed");
  CHECK(only_change(method("$readOnly"), method("")) == "method-options I.m: $readOnly was taken away");
  CHECK(only_change(method("$http(\"GET /a\")"), method("$http(\"GET /a\")")).empty());
}

TEST_CASE("refused: a service with another id under its name") {
  const auto found = changes(till(0), with({kTill + 1, 0, 0, "Till"}));

  CHECK(only(found) == "service-id Till: type id changed from @0xd508eebdc2dc42c2 to @0xd508eebdc2dc42c3");
  CHECK(found[0].advice == "give the interface its old id: interface Till @0xd508eebdc2dc42c2");
}

TEST_CASE("refused: a state of another type without a later version, one that is gone, and one that goes back") {
  CHECK(only_change(till(kFirst), till(kSecond)) == "state-type Till: state type changed from First to Second");
  CHECK(only_change(till(kFirst), till(0)) == "state-gone Till: kept First and now keeps nothing");
  CHECK(only_change(till(kFirst, 2), till(kFirst, 1)) ==
        "state-version Till: the state went back from version 2 to version 1");
}

TEST_CASE("a later version does not allow what the rules refuse under the same type id") {
  auto before = set_of("struct S @0xd508eebdc2dc42c0 { a @0 :Text; }");
  auto after = set_of("struct S @0xd508eebdc2dc42c0 { a @0 :Data; }");
  before.services.push_back({kTill, kFirst, 0, "Till"});
  after.services.push_back({kTill, kFirst, 1, "Till"});

  CHECK(changes(before, after).front().rule == Rule::field_type);
}

TEST_CASE("every rule has a name of its own, a reason, and advice where it refuses") {
  std::vector<std::string> names;
  for (const auto& rule : rules()) {
    CAPTURE(rule.name);
    CHECK(std::string(rule.reason).size() > 0);
    CHECK((std::string(rule.advice).size() > 0) == (rule.allowance == Allowance::refused));
    CHECK(std::find(names.begin(), names.end(), rule.name) == names.end());
    names.push_back(rule.name);
  }
}

TEST_CASE("the page of rules has every rule, with its reason and advice") {
  std::ifstream file(RULES_PAGE);
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto has = [&](const std::string& text) { return page.find(text) != std::string::npos; };

  for (const auto& rule : rules()) {
    CAPTURE(rule.name);
    CHECK(has("| `" + std::string(rule.name) + "` | "));
    CHECK(has(std::string(" | ") + rule.reason + " | "));
    CHECK(has(rule.advice));
  }
}

TEST_CASE("a schema set goes through its text unchanged") {
  const auto set = with({kTill, kFirst, 7, "Till \"of\" Ä"});

  const auto back = from_text(to_text(set)).value();

  REQUIRE(back.nodes.size() == set.nodes.size());
  for (std::size_t i = 0; i < set.nodes.size(); ++i) {
    CHECK(back.nodes[i].type_id == set.nodes[i].type_id);
    CHECK(back.nodes[i].message == set.nodes[i].message);
  }
  REQUIRE(back.services.size() == 1);
  CHECK(back.services[0].type_id == kTill);
  CHECK(back.services[0].state_type == kFirst);
  CHECK(back.services[0].state_version == 7);
  CHECK(back.services[0].name == set.services[0].name);
}

TEST_CASE("text that is no schema set, and bytes that no schema compiler wrote, are corrupt") {
  for (const char* text : {"", "[]", "{}", R"({"services": [{"name": "x"}], "nodes": []})",
                           R"({"services": [], "nodes": [{"id": "7", "node": ""}]})",
                           R"({"services": [], "nodes": [{"id": "@0x07", "node": "a?=="}]})"}) {
    CAPTURE(text);
    CHECK(from_text(text).error().kind() == ErrorKind::corrupt);
  }
  const std::vector<std::byte> noise(64, std::byte{0x5a});
  CHECK(from_compiler(noise).error().kind() == ErrorKind::corrupt);
  CHECK(from_compiler({}).error().kind() == ErrorKind::corrupt);
}

}  // namespace
}  // namespace troupe::reflect

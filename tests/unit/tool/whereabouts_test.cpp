// What several nodes say of the same partitions, put together.
#include "whereabouts.h"

#include <doctest/doctest.h>

using namespace troupe::tool;

namespace {

Answer says(const char* node, const char* version, const char* epoch, const char* owner, const char* target) {
  Json one = {{"number", 7U}, {"epoch", epoch}, {"owner", owner}, {"target", target}};
  if (*version != '\0') one["version"] = version;
  Json body = Json::object();
  body["partitions"] = Json::array();
  body["partitions"].push_back(one);
  return {node, body};
}

}  // namespace

TEST_CASE("of what nodes say of a partition the latest record counts, not what its owner has heard so far") {
  const Answer owner = says("two", "100", "3", "two", ""), taker = says("one", "120", "3", "two", "one");

  for (const auto& answers : {std::vector{owner, taker}, std::vector{taker, owner}}) {
    const auto seen = whereabouts_in(answers).partitions.at(7);
    CHECK(seen.owner == "two");
    CHECK(seen.target == "one");
  }
}

TEST_CASE("nodes that do not tell the version of a record are judged by the epoch, and within one by the owner") {
  const Answer earlier = says("one", "", "2", "one", "two"), owner = says("two", "", "3", "two", ""),
               other = says("one", "", "3", "two", "one");

  CHECK(whereabouts_in({earlier, owner}).partitions.at(7).owner == "two");
  CHECK(whereabouts_in({owner, earlier}).partitions.at(7).owner == "two");
  CHECK(whereabouts_in({other, owner}).partitions.at(7).target.empty());
  CHECK(whereabouts_in({owner, other}).partitions.at(7).target.empty());
}

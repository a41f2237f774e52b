// What names one run of a node.
#include <doctest/doctest.h>

#include <set>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

std::uint64_t incarnation_of(const std::filesystem::path& data_dir) {
  Node node({.name = "solo", .data_dir = data_dir, .threads = 1, .admin = false});
  node.start();
  const std::string view = node.admin("GET", "/node", "").second;
  const std::string_view field = "\"incarnation\":\"";
  return std::stoull(view.substr(view.find(field) + field.size()));
}

}  // namespace

TEST_CASE("an incarnation says which run of its node on its store it is, whatever the clock says") {
  testing::ScratchDirectory directory;

  for (std::uint64_t run = 1; run <= 3; ++run) CHECK((incarnation_of(directory / "solo") >> 32) == run);
}

TEST_CASE("no two runs of a node without a store have the same incarnation") {
  std::set<std::uint64_t> seen;
  for (int run = 0; run < 20; ++run) seen.insert(incarnation_of({}));

  CHECK(seen.size() == 20);
}

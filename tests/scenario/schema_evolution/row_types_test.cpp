// Rows of tables across builds: what a later one may not read as it was meant, it does not touch.
#include "outcome.h"
#include "support/scratch_directory.h"

using jars::jar;
using troupe::testing::ScratchDirectory;

TEST_CASE("a node does not start when the rows of its tables may not be read as its schemas say") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  REQUIRE(jar(6, place, R"(put '{"cents": 5, "label": "rent"}')").code == 0);

  const auto refused = jar(7, place, "show ''");

  INFO(refused.out);
  CHECK(refused.code == 9);
  CHECK(refused.says("Slip.cents: type changed from UInt32 to Int64"));
  CHECK(jar(6, place, "show ''").says(R"("coins":1)"));
}

TEST_CASE("schemas of rows that the store never met are no reason not to start") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  REQUIRE(jar(6, place, R"(stamp '{"cents": 5}')").code == 0);

  const auto started = jar(7, place, R"(put '{"cents": 5, "label": "rent"}' show '')");

  INFO(started.out);
  CHECK(started.code == 0);
  CHECK(started.says(R"("coins":1)"));
}

TEST_CASE("a table whose rows are of a struct from elsewhere is checked at its first use, and left alone if refused") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  REQUIRE(jar(6, place, R"(stamp '{"cents": 5}')").code == 0);

  const auto used = jar(7, place, R"(stamp '{"cents": 6}' b:stamp '{"cents": 6}' show '')");

  INFO(used.out);
  CHECK(used.code == 0);
  CHECK(used.says(
      "invalid: table \\\"stamps\\\" of service Jar was written with other schemas, and 1 change since is not "
      "allowed; nothing was read or written:\\n  Stamp.cents: type changed from UInt32 to Text"));
  CHECK(used.says(R"("coins":0)"));
  CHECK(jar(6, place, R"(stamp '{"cents": 7}')").says("200"));
}

TEST_CASE("two structs for one table of a service are refused, also when a later program says the other one first") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  constexpr const char* kRefused = R"(table \"slips\" of service Jar holds rows of the struct)";

  const auto at_once = jar(6, place, R"(put '{"cents": 5, "label": "rent"}' b:mix '' b:show '')");
  const auto later = jar(6, place, R"(mix '' show '')");

  INFO(at_once.out << later.out);
  CHECK(at_once.says(kRefused));
  CHECK(at_once.says("and is now used with Stamp"));
  CHECK(later.says(kRefused));
  CHECK(later.says(R"("coins":1)"));
}

// What the doctor makes of what it sees: the values from which on it warns and fails, and a page for each finding.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <limits>

#include "doctor_findings.h"

using namespace troupe::tool;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20, kGiB = std::uint64_t{1} << 30;

}  // namespace

TEST_CASE("every kind of finding has its section on the doctor's page") {
  std::ifstream in(TROUPE_DOC "/doctor.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  for (const auto name : kFindings) {
    CHECK_MESSAGE(page.find("\n## " + std::string(name) + "\n") != std::string::npos, name);
    CHECK(page_of(name) == "runtime/doc/doctor.md#" + std::string(name));
  }
}

TEST_CASE("slow syncs warn, stuck ones and those that cannot be made fail") {
  CHECK(judge_sync("n", {64, 100us, 1'000us}).verdict == Verdict::ok);
  CHECK(judge_sync("n", {64, 100us, 20'000us}).verdict == Verdict::warn);
  CHECK(judge_sync("n", {64, 100us, 500'000us}).verdict == Verdict::fail);
  const Finding none = judge_sync("n", {.error = "the disk is full"});
  CHECK(none.verdict == Verdict::fail);
  CHECK(none.seen == "the disk is full");
  CHECK_FALSE(none.remedy.empty());
  CHECK(judge_sync("n", {64, 1'500us, 2'250us}).seen == "64 syncs of 4 KiB: half within 1.50 ms, 99% within 2.25 ms");
}

TEST_CASE("a disk without space fails, one that is full before the store is as large as it may be warns") {
  const Usage store{10 * kMiB, kGiB};
  CHECK(judge_space("n", {100 * kGiB, 200 * kGiB}, store).verdict == Verdict::ok);
  CHECK(judge_space("n", {500 * kMiB, 200 * kGiB}, store).verdict == Verdict::warn);
  CHECK(judge_space("n", {32 * kMiB, 200 * kGiB}, store).verdict == Verdict::fail);
  CHECK(judge_space("n", {100 * kGiB, 200 * kGiB}, {95 * kMiB, 100 * kMiB}).verdict == Verdict::fail);
  CHECK(judge_space("n", {5 * kGiB, 200 * kGiB}, {6 * kGiB, 1024 * kGiB}).verdict == Verdict::warn);
  CHECK(judge_space("n", {100 * kGiB, 200 * kGiB}, {kMiB, 1024 * kGiB}).verdict == Verdict::ok);
  CHECK(judge_space("n", {.error = "gone"}, store).verdict == Verdict::fail);
}

TEST_CASE("a clock that differs warns, one that is a minute off or was set back before the start fails") {
  CHECK(judge_clock("n", {1'000, 1'000, 1'010, 500, 800}).verdict == Verdict::ok);
  const Finding ahead = judge_clock("n", {4'010, 1'000, 1'010, 500, 800});
  CHECK(ahead.verdict == Verdict::warn);
  CHECK(ahead.seen.find("ahead of this machine's") != std::string::npos);
  CHECK(judge_clock("n", {1'000, 70'000, 70'010, 500, 800}).verdict == Verdict::fail);
  CHECK(judge_clock("n", {1'005, 1'000, 1'010, 3'600'500, 800}).seen.find("set forward by") != std::string::npos);
  CHECK(judge_clock("n", {1'005, 1'000, 1'010, -70'000, 800}).verdict == Verdict::fail);
}

TEST_CASE("limits of a process that are low or nearly used up are found") {
  CHECK(judge_files("n", {50, 65'536}).verdict == Verdict::ok);
  CHECK(judge_files("n", {50, 1'024}).verdict == Verdict::warn);
  CHECK(judge_files("n", {50, 200}).verdict == Verdict::fail);
  CHECK(judge_files("n", {60'000, 65'536}).verdict == Verdict::fail);
  CHECK(judge_maps("n", {100, 65'530}).verdict == Verdict::ok);
  CHECK(judge_maps("n", {50'000, 65'530}).verdict == Verdict::warn);
  CHECK(judge_maps("n", {65'000, 65'530}).verdict == Verdict::fail);
  CHECK(judge_core("n", 0).verdict == Verdict::warn);
  CHECK(judge_core("n", std::numeric_limits<std::uint64_t>::max()).seen == "on");
  CHECK(judge_huge_pages("[always] madvise never").verdict == Verdict::warn);
  CHECK(judge_huge_pages("always [madvise] never").verdict == Verdict::ok);
  CHECK(judge_huge_pages("").verdict == Verdict::ok);
  CHECK(judge_cpus("n", 8, 2.0).verdict == Verdict::warn);
  CHECK(judge_cpus("n", 2, 0.5).verdict == Verdict::ok);  // a node has two at least
  CHECK(judge_cpus("n", 64, 0).verdict == Verdict::ok);
  CHECK(judge_memory("n", {95 * kMiB, 100 * kMiB}).verdict == Verdict::fail);
  CHECK(judge_memory("n", {75 * kMiB, 100 * kMiB}).verdict == Verdict::warn);
  CHECK(judge_memory("n", {75 * kMiB, 0}).verdict == Verdict::ok);
  CHECK(judge_program("n", "/bin/shop", true).verdict == Verdict::warn);
  CHECK(judge_program("n", "/bin/shop", false).verdict == Verdict::ok);
}

TEST_CASE("a certificate that ends soon warns, one that has ended or is refused fails") {
  const auto now = std::chrono::system_clock::now();
  CHECK(judge_certificate("c", {now + 24h * 30}, now).verdict == Verdict::ok);
  CHECK(judge_certificate("c", {now + 24h * 3}, now).verdict == Verdict::warn);
  CHECK(judge_certificate("c", {now - 1h}, now).verdict == Verdict::fail);
  CHECK(judge_certificate("c", {now + 24h * 30, false, "it is denied"}, now).verdict == Verdict::fail);
  CHECK(judge_certificate("c", {now - 1h, true}, now).remedy.find("rotate") != std::string::npos);
}

TEST_CASE("a secret that others can read, or of a size that no node takes, fails") {
  CHECK(judge_secret("link-secret", "f", {0600, 64}, 32, 4'096).verdict == Verdict::ok);
  CHECK(judge_secret("link-secret", "f", {0640, 64}, 32, 4'096).verdict == Verdict::fail);
  CHECK(judge_secret("link-secret", "f", {0604, 64}, 32, 4'096).verdict == Verdict::fail);
  CHECK(judge_secret("link-secret", "f", {0600, 5}, 32, 4'096).verdict == Verdict::fail);
  CHECK(judge_secret("link-secret", "f", {.error = "cannot be read"}, 32, 4'096).verdict == Verdict::fail);
}

TEST_CASE("a service that members have in different forms warns once, with who has which") {
  const auto same = judge_schemas({{"Jar", "one", "1", "0"}, {"Jar", "two", "1", "0"}, {"Jar", "two", "1", "0"}});
  REQUIRE(same.size() == 1);
  CHECK(same[0].verdict == Verdict::ok);
  const auto drift = judge_schemas({{"Jar", "one", "1", "0"}, {"Jar", "two", "2", "1"}, {"Cup", "one", "3", "0"}});
  REQUIRE(drift.size() == 1);
  CHECK(drift[0].verdict == Verdict::warn);
  CHECK(drift[0].about == "Jar");
  CHECK(drift[0].seen == "one has version 0, schema 1; two has version 1, schema 2");
}

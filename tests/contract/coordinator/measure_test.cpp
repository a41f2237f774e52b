// What each back end costs on this machine; for people, and left out of ordinary runs:
//   test_contract_coordinator --no-skip -tc="measured*"
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "contract/coordinator/ground.h"
#include "support/scratch_directory.h"

namespace troupe::coordinator_test {
namespace {

using Microseconds = std::chrono::duration<double, std::micro>;

template <class Body>
void measure(const char* what, int times, Body body) {
  std::vector<double> took;
  for (int i = 0; i < times; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    body(i);
    took.push_back(Microseconds(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(took.begin(), took.end());
  std::printf("  %-28s p50 %8.0f us   p99 %8.0f us\n", what, took[took.size() / 2], took[took.size() * 99 / 100]);
}

double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void measure_all(Ground& ground) {
  constexpr int kTimes = 1000;
  const auto coordinator = ground.open();
  std::printf("%s\n", coordinator->describe().c_str());
  Version version = put(*coordinator, "swapped", "0");
  measure("get", kTimes, [&](int) { (void)coordinator->get("swapped", kPatience).value(); });
  measure("put, 100 bytes", kTimes, [&](int) { (void)put(*coordinator, "put", std::string(100, 'v')); });
  measure("compare-and-swap", kTimes, [&](int i) {
    version =
        coordinator
            ->commit({.conditions = {{"swapped", version}}, .writes = {{"swapped", std::to_string(i)}}}, kPatience)
            .value()
            .version;
  });
  const auto other = ground.open();
  Listener listener;
  const auto watch = other->watch("w/", version, listener);
  std::size_t heard = 0;
  measure("put, and a watcher knows", kTimes, [&](int) {
    (void)put(*coordinator, "w/1", "v");
    (void)listener.hears(++heard);
  });
  const double before = processor_seconds();
  std::this_thread::sleep_for(5s);
  std::printf("  idle, two coordinators       %.3f %% of a processor\n", (processor_seconds() - before) / 5 * 100);
}

}  // namespace

TEST_CASE("measured: what a disk takes for two synced writes of a page, which a commit has" * doctest::skip()) {
  const testing::ScratchDirectory directory;
  const int file = ::open((directory / "pages").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::string page(4096, 'p');
  measure("two synced pages", 1000, [&](int i) {
    (void)!::pwrite(file, page.data(), page.size(), 4096 * (i + 1));
    (void)::fdatasync(file);
    (void)!::pwrite(file, page.data(), page.size(), 0);
    (void)::fdatasync(file);
  });
  ::close(file);
}

TEST_CASE("measured: what calls and events take" * doctest::skip()) { at_every_coordinator(measure_all); }

}  // namespace troupe::coordinator_test

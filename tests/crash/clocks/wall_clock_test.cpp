// Processes whose wall clocks differ, are set while they run, and are set before they start again: no effect is
// repeated, nothing new is refused, and peers take a node back. The package `faketime` sets the clock of one process.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>

#include "contract/cast.h"
#include "contract/distance.h"
#include "contract/second_process.h"
#include "support/scratch_directory.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

using Moment = std::chrono::system_clock::time_point;
using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr seconds kSkews[] = {5s, -5s, 5min, -5min, 1h, -1h};
constexpr const char* kFakeTime = TROUPE_FAKETIME;
// Forgetful remembers the replies of its last few turns.
constexpr int kOthers = 8;

std::vector<Member> members(std::uint16_t owner, std::uint16_t client) {
  return {{.name = "owner", .port = owner}, {.name = "client", .port = client, .client = true}};
}

// What the processes that are started meanwhile find in their environment.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

// The client is this process, whose clock is right; the owner of all actors is another one.
class OwnerWithAClock {
 public:
  explicit OwnerWithAClock(seconds ahead)
      : client_({.name = "client",
                 .data_dir = directory_ / "client",
                 .members = members(ports_[0], ports_[1]),
                 .threads = 1}) {
    host_cast(client_);
    set(ahead);
    start(ahead);
    client_.start();
    REQUIRE(client_.wait_connected(30s));
  }
  // While it runs.
  void set(seconds ahead) {
    std::ofstream(draft()) << (ahead < 0s ? "" : "+") << ahead.count() << "\n";
    std::filesystem::rename(draft(), clock());
  }
  void restart(seconds ahead) {
    owner_->kill();
    set(ahead);
    start(ahead);
    REQUIRE(client_.wait_connected(30s));
  }
  std::int64_t pay(const std::string& key, std::optional<Moment> first_used) {
    auto ref = client_.ref<Forgetful>("f");
    ref.timeout(30s);
    ref.idempotency_key(key, first_used);
    return ref.add([](auto p) { p.setAmount(1); }).get()->getBalance();
  }
  // Under a key that nobody used before. A machine that takes its time makes the key look older than it is; then the
  // call is refused and does not run, and the next key is tried.
  struct Paid {
    std::string key;
    Moment used;
    std::int64_t balance = 0;
  };
  Paid pay_anew(const std::string& name) {
    const auto until = std::chrono::steady_clock::now() + 60s;
    for (int i = 0;; ++i) {
      Paid paid{name + std::to_string(i), std::chrono::system_clock::now()};
      try {
        paid.balance = pay(paid.key, paid.used);
        return paid;
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::unknown_outcome || std::chrono::steady_clock::now() > until) throw;
      }
    }
  }
  [[nodiscard]] bool outcome_is_unknown(const std::string& key, Moment first_used) {
    return error_of([&] { return pay(key, first_used); }).kind() == ErrorKind::unknown_outcome;
  }
  void others_edit() {
    for (int i = 0; i < kOthers; ++i) (void)client_.ref<Forgetful>("f").add([](auto p) { p.setAmount(1); }).get();
    pass_margin();
  }

 private:
  // Two uses that lie closer than this may be taken for one: clocks have a grain, and frames are on their way.
  static void pass_margin() {
    const auto begin = std::chrono::steady_clock::now();
    CHECK(eventually([&] { return std::chrono::steady_clock::now() > begin + 200ms; }));
  }
  [[nodiscard]] std::filesystem::path clock() const { return directory_ / "clock"; }
  [[nodiscard]] std::filesystem::path draft() const { return directory_ / "clock.new"; }
  void start(seconds ahead) {
    const Variable preload("LD_PRELOAD", kFakeTime), file("FAKETIME_TIMESTAMP_FILE", clock()),
        at_once("FAKETIME_NO_CACHE", "1"), wall_alone("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        no_files("NO_FAKE_STAT", "1");
    const auto expected = duration_cast<seconds>((std::chrono::system_clock::now() + ahead).time_since_epoch());
    owner_.emplace(std::vector<std::string>{"--clock-member", (directory_ / "owner").string(),
                                            std::to_string(ports_[0]), std::to_string(ports_[1]),
                                            std::to_string(expected.count())});
  }

  testing::ScratchDirectory directory_;
  std::uint16_t ports_[2] = {testing::free_port(), testing::free_port()};
  std::optional<testing::SecondProcess> owner_;
  Node client_;
};

Moment now() { return std::chrono::system_clock::now(); }

// Arguments: its data directory, its port, the client's port, what its clock should say (seconds since 1970).
int run_owner_with_a_clock(const std::vector<std::string>& arguments) {
  const auto port = [&](std::size_t i) { return static_cast<std::uint16_t>(std::stoi(arguments.at(i))); };
  const Moment expected{seconds(std::stoll(arguments.at(3)))};
  if (const auto off = now() - expected; off > 30s || off < -30s) {
    testing::say("its clock is not faked: it is off by " + std::to_string(duration_cast<seconds>(off).count()) + " s");
    return 1;
  }
  return serve_cast({.name = "owner", .data_dir = arguments.at(0), .members = members(port(1), port(2)), .threads = 1});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--clock-member")
    return run_owner_with_a_clock(std::vector<std::string>(argv + 2, argv + argc));
  return doctest::Context(argc, argv).run();
}

TEST_CASE("a process whose wall clock is ahead or behind repeats no forgotten effect, and takes fresh keys") {
  for (const auto skew : kSkews) {
    CAPTURE(skew.count());
    OwnerWithAClock owner(skew);
    const auto used = now();
    CHECK(owner.pay("k", used) == 1);
    owner.others_edit();

    CHECK(owner.outcome_is_unknown("k", used));
    const auto fresh = owner.pay_anew("fresh");
    CHECK(fresh.balance == kOthers + 2);
    CHECK(owner.pay(fresh.key, now()) == kOthers + 2);
  }
}

TEST_CASE("a wall clock that is set under a running process repeats no effect and blocks no fresh key") {
  for (const auto step : {1h, -1h}) {
    CAPTURE(step.count());
    OwnerWithAClock owner(step);
    const auto used = now();
    CHECK(owner.pay("k", used) == 1);
    owner.others_edit();

    owner.set(0s);

    CHECK(owner.pay_anew("fresh").balance == kOthers + 2);
    CHECK(owner.outcome_is_unknown("k", used));
    owner.set(-step);
    CHECK(owner.pay_anew("another").balance == kOthers + 3);
    CHECK(owner.outcome_is_unknown("k", used));
  }
}

TEST_CASE("a process that was killed and starts with its wall clock set is taken back, and remembers what it did") {
  for (const auto step : {1h, -1h}) {
    CAPTURE(step.count());
    OwnerWithAClock owner(step);
    const auto forgotten = now();
    CHECK(owner.pay("forgotten", forgotten) == 1);
    owner.others_edit();
    const auto remembered = owner.pay_anew("remembered");
    CHECK(remembered.balance == kOthers + 2);

    owner.restart(-step);

    CHECK(owner.pay(remembered.key, remembered.used) == kOthers + 2);
    CHECK(owner.outcome_is_unknown("forgotten", forgotten));
    CHECK(owner.pay_anew("fresh").balance == kOthers + 3);
  }
}

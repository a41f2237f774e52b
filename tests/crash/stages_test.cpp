// A node ends by SIGKILL at every stage of a turn, again and again, on one data directory; its caller's node calls
// again by itself. Every call succeeds in the end, and every effect is there once.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <thread>

#include "contract/cast.h"
#include "contract/second_process.h"
#include "contract/sleeper.h"
#include "crash/stages.h"
#include "support/scratch_directory.h"

using namespace troupe;
using namespace troupe::contract;
using namespace troupe::crash;
using namespace std::chrono_literals;

namespace {

constexpr int kRounds = 4;  // per stage: death at the first, second, ... time

class OneOwner {
 public:
  OneOwner()
      : caller_({.name = "caller",
                 .members = {{.name = "owner", .port = owner_port_},
                             {.name = "caller", .port = caller_port_, .client = true}},
                 .threads = 2}) {
    host_cast(caller_);
    caller_.start();
  }
  // An owner that will die at `stage`, or "none".
  void start(const std::string& stage, int nth) {
    owner_.reset();  // the one before holds the directory
    owner_ = std::make_unique<testing::SecondProcess>(
        std::vector<std::string>{"--staged-member", stage, std::to_string(nth), (directory_ / "owner").string(),
                                 std::to_string(owner_port_), std::to_string(caller_port_)});
  }
  void await_death() {
    siginfo_t found{};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(owner_->pid()), &found, WEXITED | WNOWAIT) == 0);
    CHECK(found.si_status == SIGKILL);
  }
  [[nodiscard]] Ref<Sleeper> sleeper() {
    auto ref = caller_.ref<Sleeper>("s");
    ref.timeout(60s);
    return ref;
  }
  [[nodiscard]] Ref<Vault> vault(const char* key) {
    auto ref = caller_.ref<Vault>(key);
    ref.timeout(60s);
    return ref;
  }

 private:
  testing::ScratchDirectory directory_;
  const std::uint16_t owner_port_ = testing::free_port();
  const std::uint16_t caller_port_ = testing::free_port();
  std::unique_ptr<testing::SecondProcess> owner_;
  Node caller_;
};

// Some of everything; more than a round needs to die.
void work(OneOwner& owner, std::vector<std::string>& errors) {
  try {
    for (int i = 0; i < kRounds; ++i) {
      (void)owner.vault("a").add([](auto p) { p.setAmount(10); }).get(60s);
      (void)owner.vault("a").transfer([](auto p) { p.setAmount(3), p.setTo("b"); }).get(60s);
    }
  } catch (const Error& error) {
    errors.push_back(error.what());
  }
}

}  // namespace

TEST_CASE("a node that dies at any stage of a turn loses nothing and repeats nothing") {
  OneOwner owner;
  std::int64_t rounds = 0;
  for (const std::string stage : kStages) {
    for (int nth = 1; nth <= kRounds; ++nth) {
      CAPTURE(stage);
      CAPTURE(nth);
      std::vector<std::string> errors;
      owner.start(stage, nth);
      std::thread caller([&] { work(owner, errors); });

      owner.await_death();
      owner.start("none", 0);
      caller.join();

      ++rounds;
      for (const auto& error : errors) FAIL_CHECK(error);
      CHECK(owner.vault("a").balance().get(60s)->getBalance() == rounds * kRounds * 7);
      CHECK(owner.vault("b").balance().get(60s)->getBalance() == rounds * kRounds * 3);
    }
  }
}

TEST_CASE("a node that dies at any stage of a reminder's turn runs it again, and it takes effect once") {
  constexpr std::uint32_t kReminders = 6;
  OneOwner owner;
  std::uint64_t rounds = 0;
  for (const std::string stage : kStages) {
    for (int nth = 1; nth <= 3; ++nth) {
      CAPTURE(stage);
      CAPTURE(nth);
      owner.start(stage, nth);
      std::string failure;
      std::thread caller([&] {
        try {
          (void)owner.sleeper().remindMany([](auto p) { p.setName("r"), p.setCount(kReminders); }).get(60s);
        } catch (const Error& error) {
          failure = error.what();
        }
      });

      owner.await_death();
      owner.start("none", 0);
      caller.join();

      ++rounds;
      REQUIRE(failure == "");
      const auto until = std::chrono::steady_clock::now() + 60s;
      while (at_once(owner.sleeper().rings().get(60s))->getCount() < rounds * kReminders)
        REQUIRE(std::chrono::steady_clock::now() < until);
      CHECK(at_once(owner.sleeper().rings().get(60s))->getCount() == rounds * kReminders);
      CHECK(owner.vault("rung").balance().get(60s)->getBalance() == static_cast<std::int64_t>(rounds * kReminders));
    }
  }
}

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

// Says on a pipe that it is durable; owned by whoever submitted it.
class AcknowledgedCommit : public Commit {
 public:
  AcknowledgedCommit(int pipe, std::uint32_t number) : pipe_(pipe), number_(number) {
    partition = static_cast<PartitionId>(number % 4);
    writes.push_back(
        {.key = actor_key(partition, 7, std::to_string(number)), .value = value_of(bytes_of(std::to_string(number)))});
  }
  void durable() noexcept override {
    if (::write(pipe_, &number_, sizeof number_) != sizeof number_) ::_exit(2);
    delete this;
  }
  void failed(const Error&) noexcept override { ::_exit(3); }

 private:
  int pipe_;
  std::uint32_t number_;
};

// The child: submits numbered commits in bursts until it is killed.
[[noreturn]] void commit_for_ever(const StoreOptions& options, int pipe, std::uint32_t next, unsigned burst) {
  auto opened = Store::open(options);
  if (!opened) ::_exit(4);
  CommitQueue& commits = (*opened)->commits();
  for (;;) {
    while (commits.pending() >= burst) ::usleep(20);
    commits.submit(new AcknowledgedCommit(pipe, next++));
  }
}

// Kills a committing process again and again, and looks at what it left. `most`: acknowledged commits of a round.
void kill_and_look(StoreOptions options, std::uint32_t most) {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::uint32_t next = 0;

  for (int round = 0; round < 30; ++round) {
    CAPTURE(round);
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const unsigned burst = 1 + random() % 100;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::close(pipe[0]);
      commit_for_ever(options, pipe[1], next, burst);
    }
    ::close(pipe[1]);
    std::uint32_t acknowledged = next, number = 0;
    const std::uint32_t enough = next + 1 + random() % most;
    bool killed = false;
    while (::read(pipe[0], &number, sizeof number) == sizeof number) {
      REQUIRE(number == acknowledged);
      ++acknowledged;
      if (acknowledged >= enough && !killed) killed = ::kill(child, SIGKILL) == 0;
    }
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));

    auto store = open_store(options);

    // All that was acknowledged is there; beyond it only whole commits, and in each partition without a gap.
    std::uint32_t there = 0;
    while (value_of(*store, static_cast<PartitionId>(there % 4), std::to_string(there)) == std::to_string(there))
      ++there;
    CHECK(there >= acknowledged);
    CHECK(store->stats()->records == there);
    std::uint64_t commits = 0;
    for (PartitionId partition = 0; partition < 4; ++partition) commits += store->commits().sequence(partition);
    CHECK(commits == there);
    next = there;
  }
}

}  // namespace

TEST_CASE("SIGKILL at any moment loses no acknowledged commit and tears none") {
  TemporaryDirectory directory;

  kill_and_look(options_for(directory.path()), 200);
}

TEST_CASE("SIGKILL through many checkpoints loses no acknowledged commit and tears none") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.log_bytes = 64 << 10;
  options.sync = false;  // what a process that dies has written is there either way

  kill_and_look(options, 4000);
}

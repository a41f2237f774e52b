// The commit log as the commit queue's users meet it: checkpoints, turning over, batches too large for it.
#include "store/log/commit_log.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <thread>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

TEST_CASE("a commit is in the log until a checkpoint brings it to LMDB") {
  TemporaryDirectory directory;
  auto store = open_store(small_log(directory.path()));
  const std::size_t used = store->stats()->used_bytes;

  CHECK_FALSE(commit(*store, 1, "a", std::string(20 << 10, 'v')));
  CHECK(store->stats()->used_bytes == used);
  CHECK(store->stats()->records == 1);

  store->stop();
  CHECK(store->stats()->used_bytes > used);
  CHECK(store->stats()->commits.checkpoints == 1);
  CHECK(value_of(*store, 1, "a")->size() == 20 << 10);
}

TEST_CASE("the logs turn over again and again, and nothing is lost") {
  TemporaryDirectory directory;
  const StoreOptions options = small_log(directory.path());
  constexpr int kCommits = 600;
  {
    auto store = open_store(options);
    std::vector<std::unique_ptr<ObservedCommit>> commits;
    for (int n = 0; n < kCommits; ++n)
      store->commits().submit(
          commits.emplace_back(std::make_unique<ObservedCommit>(1, std::to_string(n), std::string(5000, 'v'))).get());
    for (auto& one : commits) CHECK_FALSE(one->wait());
    CHECK(store->commits().stats().checkpoints > kCommits * 5 / 64 / 2);
  }

  auto store = open_store(options);

  CHECK(store->stats()->records == kCommits);
  CHECK(store->commits().sequence(1) == kCommits);
}

TEST_CASE("a write set larger than a log goes past it, in its order") {
  TemporaryDirectory directory;
  const StoreOptions options = small_log(directory.path());
  {
    auto store = open_store(options);
    ObservedCommit before(1, "a", "old"), large(1, "a", std::string(1 << 20, 'v')), after(1, "b", "new");
    for (ObservedCommit* one : {&before, &large, &after}) store->commits().submit(one);
    CHECK_FALSE(after.wait());
    CHECK_FALSE(large.wait());
    CHECK(large.sequence == 2);
    CHECK(value_of(*store, 1, "a")->size() == 1 << 20);
  }

  auto store = open_store(options);

  CHECK(value_of(*store, 1, "a")->size() == 1 << 20);
  CHECK(value_of(*store, 1, "b") == "new");
  CHECK(store->commits().sequence(1) == 3);
}

TEST_CASE("after a pause the log is brought to LMDB") {
  TemporaryDirectory directory;
  StoreOptions options = small_log(directory.path());
  options.checkpoint_pause = std::chrono::milliseconds(1);
  auto store = open_store(options);

  CHECK_FALSE(commit(*store, 1, "a", "1"));

  while (store->commits().stats().checkpoints == 0) std::this_thread::yield();
  CHECK(value_of(*store, 1, "a") == "1");
}

TEST_CASE("a checkpoint that fails stops the store; it reopens for reading, and for all once the cause is gone") {
  TemporaryDirectory directory;
  StoreOptions options = small_log(directory.path());
  options.max_map_bytes = 2 << 20;
  int stored = 0;
  {
    auto store = open_store(options);
    while (!commit(*store, 1, std::to_string(stored), std::string(10 << 10, 'v'))) ++stored;
    CHECK(value_of(*store, 1, std::to_string(stored - 1)).has_value());
  }
  for (int again = 0; again < 2; ++again) {
    auto store = open_store(options);
    for (int n = 0; n < stored; ++n) CHECK(value_of(*store, 1, std::to_string(n)).has_value());
    const auto refused = commit(*store, 1, "later", "v");
    REQUIRE(refused.has_value());
    CHECK(refused->kind() == ErrorKind::unavailable);
    CHECK(refused->message().find("raise max_map_bytes") != std::string::npos);
  }

  options.max_map_bytes = 64 << 20;
  auto store = open_store(options);

  CHECK(stored > 20);
  CHECK(store->stats()->records == static_cast<std::uint64_t>(stored));
  CHECK_FALSE(commit(*store, 1, "later", "v"));
}

TEST_CASE("a log that cannot be made is a refusal that names it") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.log_bytes = 16 << 20;
  rlimit former{};
  ::getrlimit(RLIMIT_FSIZE, &former);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{4 << 20, former.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);

  const auto opened = Store::open(options);
  ::setrlimit(RLIMIT_FSIZE, &former);
  std::signal(SIGXFSZ, handler);

  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().kind() == ErrorKind::unavailable);
  CHECK(opened.error().message().find("commit.0.log") != std::string::npos);
  CHECK(Store::open(options).ok());
}

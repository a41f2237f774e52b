#include "store/commit_inbox.h"

#include <doctest/doctest.h>

#include <thread>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;
using namespace std::chrono_literals;

TEST_CASE("the inbox gives what was pushed in its order, and counts it until it is written") {
  CommitInbox inbox;
  ObservedCommit first, second, third;
  CHECK(inbox.take() == nullptr);
  REQUIRE(inbox.push(&first));
  REQUIRE(inbox.push(&second));

  CHECK(inbox.take() == &first);
  CHECK(first.next_commit == &second);
  CHECK(second.next_commit == nullptr);
  CHECK(inbox.unwritten() == 2);
  REQUIRE(inbox.push(&third));
  inbox.written(2);
  CHECK(inbox.unwritten() == 1);
}

TEST_CASE("the inbox closes only when it is empty, and then for ever") {
  CommitInbox inbox;
  ObservedCommit one, late;
  REQUIRE(inbox.push(&one));
  CHECK_FALSE(inbox.close());
  (void)inbox.take();
  CHECK(inbox.close());

  CHECK_FALSE(inbox.push(&late));
  CHECK(inbox.unwritten() == 1);
  CHECK(late.next_commit == nullptr);
}

TEST_CASE("who waits at the inbox is woken by a push, by as many as it waits for, and by stop") {
  CommitInbox inbox;
  ObservedCommit one, two;
  std::atomic<int> woken{0};
  std::thread writer([&] {
    inbox.park();
    ++woken;
    inbox.await(2, std::chrono::steady_clock::now() + 60s);
    ++woken;
    (void)inbox.take();
    inbox.park();
    ++woken;
    inbox.await(100, std::chrono::steady_clock::now() + 60s);
    ++woken;
  });

  REQUIRE(inbox.push(&one));
  while (woken < 1) std::this_thread::yield();
  REQUIRE(inbox.push(&two));
  while (woken < 2) std::this_thread::yield();
  inbox.stop();
  writer.join();
  CHECK(woken == 4);
  CHECK(inbox.stopping());
}

TEST_CASE("waiting for company ends at its time") {
  CommitInbox inbox;
  const auto began = std::chrono::steady_clock::now();
  inbox.await(2, began + 5ms);
  CHECK(std::chrono::steady_clock::now() >= began + 5ms);
  inbox.await(2, began);
}

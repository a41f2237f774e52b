// What an actor keeps: its record, the replies that leave the record for pages, what it took, and what is under way.
#include "actor/durable_state.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/flat_state.h"
#include "base/limits.h"
#include "contract/cast.h"
#include "support/scratch_directory.h"

using namespace troupe;
using namespace troupe::actor;
using namespace std::chrono_literals;

namespace {

constexpr store::RowOwner kOwner{7, 0x5eed, "a"};
constexpr std::uint64_t kStateType = 0xacc0;

std::vector<capnp::word> flat_balance(std::int64_t balance) {
  capnp::MallocMessageBuilder message;
  message.initRoot<contract::Account::AddResults>().setBalance(balance);
  return flatten(message.getRoot<capnp::AnyPointer>().asReader()).value();
}

std::int64_t balance_of(capnp::AnyPointer::Reader root) {
  return root.getAs<contract::Account::AddResults>().getBalance();
}

// An actor whose commits reach the disk at once.
struct KeptActor {
  KeptActor() {
    store = store::Store::open(
                {.directory = directory.path(), .cluster = "shop", .node = "n", .log_bytes = 2 << 20, .sync = false})
                .value();
  }
  [[nodiscard]] RowView view() const { return {store.get(), nullptr, &disk}; }
  // Call `id` is committed, a millisecond after the one before, and its reply is its own number.
  void commit(std::uint64_t id, bool pages = true) {
    const auto reply = flat_balance(static_cast<std::int64_t>(id));
    state.expect_reply(kOwner, view());
    state.remember({{1, id}, std::as_bytes(std::span(reply)), ++now_ms, retention, pages}, kOwner, disk);
  }
  [[nodiscard]] bool remembers(std::uint64_t id) {
    if (state.replies().find({1, id})) return true;
    wire::Payload results;
    if (!state.find_older_reply({1, id}, kOwner, view(), results)) return false;
    CHECK(balance_of(results.read()) == static_cast<std::int64_t>(id));
    return true;
  }
  // Another activation reads what this one left.
  void restart() {
    const auto record = state.record(kStateType);
    state = DurableState();
    state.load(store::ActorRecordView::parse(record).value(), 0, now_ms).value();
  }
  [[nodiscard]] std::size_t page_rows() const {
    std::size_t rows = 0;
    for (const auto& [key, value] : disk) rows += value != nullptr;
    return rows;
  }

  testing::ScratchDirectory directory;
  std::unique_ptr<store::Store> store;
  RowMap disk;
  std::uint64_t now_ms = 1'000;
  store::ReplyRetention retention{.count = 100, .bytes = limits::kRememberedReplyBytes};
  DurableState state;
};

}  // namespace

TEST_CASE("an activation goes on with the state and the counts that the record has") {
  KeptActor actor;
  CHECK(actor.state.words().empty());
  CHECK(actor.state.root().isNull());
  CHECK(actor.state.replace(flat_balance(41), 2).empty());
  const auto old = actor.state.replace(flat_balance(42), 3);
  actor.state.sent(5);
  CHECK(balance_of(capnp::readMessageUnchecked<capnp::AnyPointer>(old.data())) == 41);

  actor.restart();
  CHECK(balance_of(actor.state.root()) == 42);
  CHECK(actor.state.meta().edits == 2);
  CHECK(actor.state.meta().state_version == 3);
  CHECK(actor.state.meta().last_sent == 5);
}

TEST_CASE("a migrated state has another version and is no edit, and without a state there is the version alone") {
  KeptActor actor;
  (void)actor.state.replace(flat_balance(1), 1);
  actor.state.migrate(flat_balance(2), 2);
  CHECK(balance_of(actor.state.root()) == 2);
  CHECK(actor.state.meta().state_version == 2);
  CHECK(actor.state.meta().edits == 1);

  actor.state.migrate(std::nullopt, 3);
  CHECK(balance_of(actor.state.root()) == 2);
  CHECK(actor.state.meta().state_version == 3);
}

TEST_CASE("replies that have no room in the record are found in pages, also by the next activation") {
  KeptActor actor;
  for (std::uint64_t id = 1; id <= 60; ++id) actor.commit(id);
  CHECK(actor.state.replies().count() <= limits::kRepliesInRecord);
  CHECK(actor.page_rows() == actor.state.meta().reply_pages);

  for (const bool restarted : {false, true}) {
    if (restarted) actor.restart();
    for (std::uint64_t id = 1; id <= 60; ++id) CHECK(actor.remembers(id));
    CHECK_FALSE(actor.remembers(61));
  }
  for (std::uint64_t id = 61; id <= 90; ++id) actor.commit(id);  // it goes on with the pages that there are
  for (std::uint64_t id = 1; id <= 90; ++id) CHECK(actor.remembers(id));
}

TEST_CASE("past the count whole pages go, the oldest first, and what is forgotten is said") {
  KeptActor actor;
  for (std::uint64_t id = 1; id <= 300; ++id) actor.commit(id);

  std::uint64_t first = 1;
  while (!actor.remembers(first)) ++first;
  for (std::uint64_t id = first; id <= 300; ++id) CHECK(actor.remembers(id));
  const std::uint64_t remembered = 301 - first;
  CHECK(remembered >= 100);
  CHECK(remembered < 100 + limits::kRepliesInRecord);
  CHECK(actor.state.replies().forgotten_until_ms() == 1'000 + first - 1);
  CHECK(actor.page_rows() < 100 / (limits::kRepliesInRecord / 2) + 1);
}

TEST_CASE("pages that are past their age go with the next reply that is remembered") {
  KeptActor actor;
  actor.retention.age = 1s;
  for (std::uint64_t id = 1; id <= 60; ++id) actor.commit(id);
  REQUIRE(actor.page_rows() > 0);

  actor.now_ms += 2'000;
  actor.commit(61);
  CHECK(actor.page_rows() == 0);
  CHECK_FALSE(actor.remembers(1));
  CHECK(actor.remembers(61));
}

TEST_CASE("an actor that remembers no more replies than its record holds writes no page") {
  KeptActor actor;
  actor.retention.count = limits::kRepliesInRecord;
  for (std::uint64_t id = 1; id <= 60; ++id) actor.commit(id, false);

  CHECK(actor.disk.empty());
  CHECK_FALSE(actor.remembers(60 - limits::kRepliesInRecord));
  for (std::uint64_t id = 61 - limits::kRepliesInRecord; id <= 60; ++id) CHECK(actor.remembers(id));
}

TEST_CASE("what was erased is forgotten, as of now") {
  KeptActor actor;
  for (std::uint64_t id = 1; id <= 10; ++id) actor.commit(id);

  actor.state.forget_replies(5'000);
  actor.state.forget_pages();
  CHECK_FALSE(actor.remembers(10));
  CHECK(actor.state.replies().forgotten_until_ms() == 5'000);
}

TEST_CASE("the last message of each sender is known once it was looked for or taken") {
  DurableState state;
  CHECK_FALSE(state.last_taken({1, 1}));
  state.took({1, 1}, 5);
  state.took({1, 1}, 6);

  CHECK(state.last_taken({1, 1}) == 6);
  CHECK_FALSE(state.last_taken({1, 2}));
}

TEST_CASE("rows are unsettled until their commit is on disk") {
  DurableState state;
  CHECK(state.unsettled(0) == nullptr);
  const auto row = std::make_shared<const std::vector<std::byte>>(1);
  for (const std::uint64_t commit : {1, 2}) {
    RowMap rows;
    rows.emplace("row" + std::to_string(commit), row);
    state.add_unsettled(commit, std::move(rows), 0);
  }

  CHECK(state.unsettled(0)->find("row1"));
  CHECK(state.unsettled(1)->find("row2"));
  CHECK_FALSE(state.unsettled(2)->find("row2"));
}

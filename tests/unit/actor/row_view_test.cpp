// Three layers of rows that read like one map: what a turn wrote, what is under way, what is stored.
#include "actor/row_view.h"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/awaited_commit.h"
#include "store/format/keys.h"
#include "support/scratch_directory.h"

using namespace troupe;
using namespace troupe::actor;

namespace {

constexpr store::RowOwner kRowsOwner{7, 0x5eed, "a"};

std::string row_named(std::string_view name) { return store::row_key(store::KeyKind::table, kRowsOwner, name); }

RowValue row_value(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return std::make_shared<const std::vector<std::byte>>(std::move(bytes));
}

std::string row_text(const RowValue& value) {
  return value ? std::string(reinterpret_cast<const char*>(value->data()), value->size()) : "(none)";
}

struct Layers {
  Layers() {
    disk = store::Store::open(
               {.directory = directory.path(), .cluster = "shop", .node = "n", .log_bytes = 2 << 20, .sync = false})
               .value();
  }
  void store_row(std::string_view name, std::string_view value) {
    store::AwaitedCommit commit;
    commit.partition = kRowsOwner.partition;
    commit.writes.push_back({row_named(name), row_value(value)});
    commit.through(disk->commits()).value();
  }
  void commit(std::uint64_t number, std::string_view name, RowValue value) {
    RowMap rows;
    rows.emplace(row_named(name), std::move(value));
    unsettled.add(number, std::move(rows));
  }
  void write(std::string_view name, RowValue value) { own.insert_or_assign(row_named(name), std::move(value)); }
  [[nodiscard]] RowView view() const { return {disk.get(), &unsettled, &own}; }
  [[nodiscard]] std::string read(std::string_view name) const { return row_text(view().read(row_named(name))); }
  // "a=1 b=2", and "..." if there are more.
  [[nodiscard]] std::string page(std::size_t limit, bool backward = false) const {
    const std::string prefix = row_named("");
    const RowPage page = view().page(store::prefix_range(prefix), limit, backward);
    std::string out;
    for (const auto& row : page.rows) out += row.key.substr(prefix.size()) + "=" + row_text(row.value) + " ";
    return page.more ? out + "..." : out;
  }

  testing::ScratchDirectory directory;
  std::unique_ptr<store::Store> disk;
  UnsettledRows unsettled;
  RowMap own;
};

}  // namespace

TEST_CASE("a row is the turn's own, else that of the last commit under way, else the stored one") {
  Layers rows;
  for (const auto* name : {"a", "b", "c", "d"}) rows.store_row(name, "stored");
  for (const auto* name : {"b", "c", "d"}) rows.commit(1, name, row_value("first"));
  for (const auto* name : {"c", "d"}) rows.commit(2, name, row_value("second"));
  rows.write("d", row_value("own"));

  CHECK(rows.read("a") == "stored");
  CHECK(rows.read("b") == "first");
  CHECK(rows.read("c") == "second");
  CHECK(rows.read("d") == "own");
  CHECK(rows.read("e") == "(none)");
  CHECK(rows.page(9) == "a=stored b=first c=second d=own ");
}

TEST_CASE("a row that an upper layer erased is not there, whatever lies below it") {
  Layers rows;
  for (const auto* name : {"a", "b", "c"}) rows.store_row(name, "stored");
  rows.commit(1, "a", nullptr);
  rows.commit(1, "b", row_value("first"));
  rows.write("b", nullptr);

  CHECK(rows.read("a") == "(none)");
  CHECK(rows.read("b") == "(none)");
  CHECK_FALSE(rows.view().has(row_named("a")));
  CHECK_FALSE(rows.view().has(row_named("b")));
  CHECK(rows.view().has(row_named("c")));
  CHECK(rows.page(9) == "c=stored ");
}

TEST_CASE(
    "a page has rows of all layers in the order of their keys, from either end, and says whether there are more") {
  Layers rows;
  rows.store_row("a", "1");
  rows.store_row("d", "4");
  rows.commit(1, "b", row_value("2"));
  rows.write("c", row_value("3"));

  CHECK(rows.page(4) == "a=1 b=2 c=3 d=4 ");
  CHECK(rows.page(3) == "a=1 b=2 c=3 ...");
  CHECK(rows.page(3, true) == "d=4 c=3 b=2 ...");
}

TEST_CASE("a range that ends before it begins has no rows") {
  Layers rows;
  rows.store_row("a", "1");
  for (const auto* name : {"a", "b", "c"}) rows.write(name, row_value("own"));
  CHECK(rows.view().page({.first = row_named("b"), .past = row_named("a")}, 9).rows.empty());
}

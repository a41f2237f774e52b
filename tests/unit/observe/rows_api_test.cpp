// The paths of what actors keep beside their states, over a source made by hand.
#include "observe/rows_api.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "asking.h"
#include "fake_source.h"

namespace troupe::observe {
namespace {

using nlohmann::json;

TEST_CASE("the outbox of a node is its totals and its channels, up to a limit") {
  FakeSource source;

  const auto outbox = ask(source, "GET", "/outbox");

  CHECK(outbox.body["totals"]["waiting"] == 3);
  CHECK(outbox.body["channels"][0]["lastError"] == "refused");
  CHECK(ask(source, "GET", "/outbox?limit=0").status == 400);
}

TEST_CASE("one row of a table is shown of every actor that has it, and only where a field fits") {
  FakeSource source;

  const auto rows = ask(source, "GET", "/rows/saga/run?service=Order&field=phase&is=stuck,running&after=00ff&limit=7");

  CHECK(rows.status == 200);
  CHECK(rows.body["rows"][0]["actor"] == "Order/o-1");
  CHECK(rows.body["rows"][0]["row"]["phase"] == "stuck");
  CHECK(rows.body["next"] == "more");
  CHECK(source.kept.everywhere.table == "saga");
  CHECK(source.kept.everywhere.key == "run");
  CHECK(source.kept.everywhere.service == "Order");
  CHECK(source.kept.everywhere.values == std::vector<std::string>{"stuck", "running"});
  CHECK(source.kept.everywhere.after == "00ff");
  CHECK(source.kept.everywhere.limit == 7);
  CHECK(ask(source, "GET", "/rows/saga/run?field=phase").status == 400);
  CHECK(ask(source, "POST", "/rows/saga/run").status == 405);
}

TEST_CASE("messages, dead letters, tables, rows, reminders and states each have their path") {
  FakeSource source;
  const auto get = [&](const std::string& what) { return ask(source, "GET", "/actors/Stock/sku-1/" + what).body; };

  CHECK(get("outbox")["messages"][0]["params"]["order"] == "o-1");
  CHECK(get("outbox")["next"] == "more");
  CHECK(get("dead-letters")["deadLetters"][0]["error"] == "no such luck");
  CHECK(get("tables")["tables"][0]["rowType"] == "OrderLine");
  CHECK(get("tables/lines")["rows"][0]["row"]["quantity"] == 2);
  CHECK(get("reminders")["reminders"][0]["dueMs"] == 1000);
  CHECK(get("history")["states"][0]["state"]["onHand"] == 5);
  CHECK(get("rows")["kinds"][1]["kind"] == "outbox");
}

TEST_CASE("a range of rows is passed on as it was asked for") {
  FakeSource source;

  (void)ask(source, "GET", "/actors/Stock/sku-1/tables/a%2Fb?from=%00x&prefix=p&after=00ff&limit=7&backward=1");

  CHECK(source.kept.wanted.table == "a/b");
  CHECK(source.kept.wanted.from == std::string("\0x", 2));
  CHECK(source.kept.wanted.prefix == "p");
  CHECK(source.kept.wanted.after == "00ff");
  CHECK(source.kept.wanted.limit == 7);
  CHECK(source.kept.wanted.backward);
  CHECK(ask(source, "GET", "/actors/Stock/sku-1/tables/lines?backward=2").status == 400);
  CHECK(ask(source, "GET", "/actors/Stock/sku-1/tables/none").status == 404);
}

TEST_CASE("dead letters and reminders of all actors are a path of the node") {
  FakeSource source;

  CHECK(ask(source, "GET", "/dead-letters?after=x&limit=3").body["deadLetters"].size() == 1);
  CHECK(source.kept.of_all);
  CHECK(source.kept.asked.after == "x");
  CHECK(source.kept.asked.limit == 3);
  CHECK(ask(source, "GET", "/reminders").body["reminders"].size() == 1);
}

TEST_CASE("reminders that are due are counted, and those that fail named with their last error") {
  FakeSource source;

  const auto due = ask(source, "GET", "/reminders/due");

  CHECK(due.body["due"] == 2);
  CHECK(due.body["worst"][0]["lastError"] == "crashed");
  CHECK(ask(source, "POST", "/reminders/due").status == 405);
  CHECK(ask(source, "GET", "/reminders/late").status == 404);
}

TEST_CASE("a dead letter is retried or dropped by its number, or all of them, and only by POST") {
  FakeSource source;
  const std::string letters = "/actors/Stock/sku-1/dead-letters/";

  CHECK(ask(source, "POST", letters + "retry?number=2").body["retried"] == 1);
  CHECK(ask(source, "POST", letters + "drop?number=all").body["dropped"] == 2);
  CHECK(source.ended == std::vector<int>{2, -1, -2});
  CHECK(ask(source, "POST", letters + "retry?number=3").status == 404);
  CHECK(ask(source, "POST", letters + "retry").status == 400);
  CHECK(ask(source, "GET", letters + "retry?number=1").status == 405);
  CHECK(ask(source, "POST", letters + "bury?number=1").status == 404);
}

TEST_CASE("an actor is erased only by POST, and only where it lives") {
  FakeSource source;

  CHECK(ask(source, "GET", "/actors/Stock/sku-1/erase").status == 405);
  CHECK(ask(source, "POST", "/actors/Stock/far/erase").status == 421);
  CHECK(source.erased.empty());
  CHECK(ask(source, "POST", "/actors/Stock/sku-1/erase").body["erased"] == "Stock/sku-1");
  CHECK(source.erased == "sku-1");
}

TEST_CASE("a node without a data directory keeps nothing, and says so") {
  FakeSource source;
  source.keeps_rows = false;

  CHECK(ask(source, "GET", "/dead-letters").status == 400);
  CHECK(ask(source, "GET", "/actors/Stock/sku-1/tables").status == 400);
}

TEST_CASE("what such a path does not take is refused") {
  FakeSource source;

  CHECK(ask(source, "GET", "/actors/Stock/sku-1/outbox?form=x").status == 400);
  CHECK(ask(source, "GET", "/actors/Stock/sku-1/tables?limit=1").status == 400);
  CHECK(ask(source, "POST", "/actors/Stock/sku-1/outbox").status == 405);
  CHECK(ask(source, "POST", "/outbox").status == 405);
}

}  // namespace
}  // namespace troupe::observe

// Records and transactions.
#include <thread>

#include "contract/coordinator/ground.h"

namespace troupe::coordinator_test {

AT_EVERY_COORDINATOR("a record has its value and the version of its last write") {
  const auto coordinator = ground.open();

  const Version first = put(*coordinator, "settings", "one");
  const Version other = put(*coordinator, "other", "");
  const Version second = put(*coordinator, "settings", std::string("two\0\xff\n", 6));

  CHECK(first < other);
  CHECK(other < second);
  const auto record = coordinator->get("settings", kPatience).value();
  REQUIRE(record);
  CHECK(record->key == "settings");
  CHECK(record->value == std::string("two\0\xff\n", 6));
  CHECK(record->version == second);
  CHECK(coordinator->get("other", kPatience).value()->value.empty());
  CHECK_FALSE(coordinator->get("none", kPatience).value());
}

AT_EVERY_COORDINATOR("a range has all records of a prefix, in key order, at one version") {
  const auto coordinator = ground.open();
  for (const char* key : {"b/2", "a", "b/10", "b/1", "b", "c"}) (void)put(*coordinator, key, key);
  const Version last = put(*coordinator, "b/~", "end");

  const auto range = coordinator->range("b/", kPatience).value();
  const auto all = coordinator->range("", kPatience).value();

  REQUIRE(range.records.size() == 4);
  CHECK(range.records[0].key == "b/1");
  CHECK(range.records[1].key == "b/10");
  CHECK(range.records[2].key == "b/2");
  CHECK(range.records[3].value == "end");
  CHECK(range.records[3].version == last);
  CHECK(range.version == last);
  CHECK(all.records.size() == 7);
  CHECK(coordinator->range("none", kPatience).value().records.empty());
}

AT_EVERY_COORDINATOR("a range of more records than one answer takes is whole") {
  const auto coordinator = ground.open();
  const std::string value(500, 'v');
  for (int i = 0; i < 300; i += 100) {
    Transaction transaction;
    for (int j = 0; j < 100; ++j) transaction.writes.push_back({"p/" + std::to_string(1000 + i + j), value});
    REQUIRE(coordinator->commit(transaction, kPatience).value().applied);
  }

  const auto range = coordinator->range("p/", kPatience).value();

  REQUIRE(range.records.size() == 300);
  for (std::size_t i = 0; i < 300; ++i) CHECK(range.records[i].key == "p/" + std::to_string(1000 + i));
}

AT_EVERY_COORDINATOR("a transaction is applied whole if all its conditions hold, and else not at all") {
  const auto coordinator = ground.open();
  const Version a = put(*coordinator, "a", "1");

  const auto applied = coordinator->commit(
      {.conditions = {{"a", a}, {"b", 0}}, .writes = {{"a", "2"}, {"b", "2"}, {"never-there"}}}, kPatience);
  const Version written = applied.value().version;
  const auto stale =
      coordinator->commit({.conditions = {{"b", written}, {"a", a}}, .writes = {{"a", "3"}, {"b", "3"}}}, kPatience);
  const auto present = coordinator->commit({.conditions = {{"b", 0}}, .writes = {{"b"}, {"c", "3"}}}, kPatience);

  CHECK(applied.value().applied);
  CHECK(written > a);
  CHECK_FALSE(stale.value().applied);
  CHECK(stale.value().version == written);
  CHECK_FALSE(present.value().applied);
  CHECK(value_of(*coordinator, "a") == "2");
  CHECK(value_of(*coordinator, "b") == "2");
  CHECK(value_of(*coordinator, "c") == "(none)");
  CHECK(coordinator->get("a", kPatience).value()->version == written);
  CHECK(coordinator->get("b", kPatience).value()->version == written);
}

AT_EVERY_COORDINATOR("a condition on absence holds again after the record went") {
  const auto coordinator = ground.open();
  const Version first = put(*coordinator, "a", "1");
  const Version gone = erase(*coordinator, "a");

  const auto old = coordinator->commit({.conditions = {{"a", first}}, .writes = {{"a", "2"}}}, kPatience);
  const auto absent = coordinator->commit({.conditions = {{"a", 0}}, .writes = {{"a", "3"}}}, kPatience);

  CHECK(gone > first);
  CHECK_FALSE(old.value().applied);
  CHECK(absent.value().applied);
  CHECK(value_of(*coordinator, "a") == "3");
}

AT_EVERY_COORDINATOR("what changes nothing takes no version") {
  const auto coordinator = ground.open();
  const Version last = put(*coordinator, "a", "1");

  const auto erased = coordinator->commit({.conditions = {}, .writes = {{"none"}}}, kPatience);
  const auto empty = coordinator->commit({}, kPatience);
  const auto asked = coordinator->commit({.conditions = {{"a", last}}, .writes = {}}, kPatience);

  for (const auto& outcome : {erased, empty, asked}) {
    CHECK(outcome.value().applied);
    CHECK(outcome.value().version == last);
  }
}

AT_EVERY_COORDINATOR("compare-and-swap of many threads and processes loses none") {
  constexpr int kTimes = 15;
  const auto coordinator = ground.open();
  Child one(ground, {"add", std::to_string(kTimes)}), two(ground, {"add", std::to_string(kTimes)});
  std::vector<std::thread> threads;
  const auto add = [&](Coordinator& mine) {
    for (int done = 0; done < kTimes;) {
      const auto now = mine.get("counter", kPatience).value();
      const int value = now ? std::stoi(now->value) : 0;
      const auto outcome = mine.commit(
          {.conditions = {{"counter", now ? now->version : 0}}, .writes = {{"counter", std::to_string(value + 1)}}},
          kPatience);
      if (outcome.value().applied) ++done;
    }
  };
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      if (i == 0) return add(*coordinator);
      const auto own = ground.open();
      add(*own);
    });
  for (auto& thread : threads) thread.join();

  CHECK(one.says() == "done");
  CHECK(two.says() == "done");
  CHECK(value_of(*coordinator, "counter") == std::to_string(5 * kTimes));
}

AT_EVERY_COORDINATOR("what was answered is seen by all that begins afterwards, wherever") {
  const auto one = ground.open(), other = ground.open();

  for (int i = 0; i < 50; ++i) {
    const std::string value = std::to_string(i);
    const Version version = put(*one, "a", value);
    const auto seen = other->get("a", kPatience).value();
    REQUIRE(seen);
    CHECK(seen->value == value);
    CHECK(seen->version == version);
  }
}

AT_EVERY_COORDINATOR("keys, values and transactions have limits, which are kept and named") {
  const auto coordinator = ground.open();
  const std::string longest(kMaxKeyBytes, 'k');
  const std::string largest(kMaxValueBytes, '\xfe');
  const auto refused = [&](const Transaction& transaction, const char* says) {
    const auto outcome = coordinator->commit(transaction, kPatience);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind() == ErrorKind::invalid);
    CHECK_MESSAGE(outcome.error().message().find(says) != std::string::npos, outcome.error().message());
  };
  const auto write = [](std::string key, std::string value) {
    return Transaction{.conditions = {}, .writes = {{std::move(key), std::move(value)}}};
  };

  (void)put(*coordinator, longest, largest);
  CHECK(coordinator->get(longest, kPatience).value()->value == largest);
  CHECK(coordinator->range(longest, kPatience).value().records.size() == 1);
  refused(write(longest + "k", "v"), "256");
  refused(write("k", largest + "v"), "65536");
  refused(write("", "v"), "at least one");
  for (const char* key : {"a b", "a\n", "\x7f", "\xc3\xa4", "\t"}) refused(write(key, "v"), "printable");
  refused({.conditions = {{"", 1}}, .writes = {}}, "at least one");
  refused({.conditions = {}, .writes = {{"twice", "1"}, {"once", "1"}, {"twice"}}}, "twice");

  Transaction full;
  for (std::size_t i = 0; i < kMaxOperations; ++i) full.writes.push_back({"full/" + std::to_string(i), "v"});
  CHECK(coordinator->commit(full, kPatience).value().applied);
  full.conditions.push_back({"other", 0});
  refused(full, "128");

  Transaction heavy;
  std::size_t left = kMaxTransactionBytes;
  for (int i = 0; left > 0; ++i) {
    Write one{"heavy/" + std::to_string(10 + i), ""};
    one.value = std::string(std::min(kMaxValueBytes, left - one.key.size()), 'v');
    left -= one.key.size() + one.value->size();
    if (left > 0 && left < 20) one.value->resize(one.value->size() - 20), left += 20;
    heavy.writes.push_back(std::move(one));
  }
  CHECK(coordinator->commit(heavy, kPatience).value().applied);
  CHECK(coordinator->range("heavy/", kPatience).value().records.size() == heavy.writes.size());
  heavy.writes.back().value->push_back('v');
  refused(heavy, "1048576");

  for (const std::string& key : {std::string(), longest + "k", std::string("a b")}) {
    CHECK(coordinator->get(key, kPatience).error().kind() == ErrorKind::invalid);
    if (!key.empty()) CHECK(coordinator->range(key, kPatience).error().kind() == ErrorKind::invalid);
  }
}

AT_EVERY_COORDINATOR("any time-out is taken: none is refused at once, and the longest does no harm") {
  const auto coordinator = ground.open();
  Losses losses;
  const Transaction transaction{.conditions = {}, .writes = {{"a", "1"}}};
  const auto lost = [](const auto& result) { return !result && result.error().kind() == ErrorKind::unavailable; };

  for (const Milliseconds none : {Milliseconds(0ms), Milliseconds(-1ms), Milliseconds(std::chrono::hours::min())}) {
    CHECK(lost(coordinator->commit(transaction, none)));
    CHECK(lost(coordinator->get("a", none)));
    CHECK(lost(coordinator->range("", none)));
    CHECK(lost(coordinator->open_session("a", 1s, losses, none)));
  }
  CHECK_FALSE(coordinator->get("a", kPatience).value());
  CHECK(coordinator->commit(transaction, std::chrono::hours::max()).value().applied);
  CHECK(coordinator->get("a", std::chrono::hours::max()).value());
  CHECK(coordinator->range("", std::chrono::hours(1)).value().records.size() == 1);
}

AT_EVERY_COORDINATOR("it says what it is and where") {
  const auto coordinator = ground.open();

  CHECK(coordinator->describe().find(ground.words().at(0) == "file" ? ground.words().at(1) : "etcd at 127.0.0.1:") !=
        std::string::npos);
}

}  // namespace troupe::coordinator_test

// The keys of reminders: in the order of time, taken apart again, and refused when they are none.
#include <doctest/doctest.h>

#include "actor/reminder_rows.h"
#include "base/limits.h"

using namespace troupe;
using namespace troupe::actor;

TEST_CASE("keys of reminders sort by partition and time, whoever they are of") {
  const store::RowOwner late{3, 1, "a"}, early{3, 99, "zzz"};

  CHECK(due_key(early, 255, "n") < due_key(late, 256, "n"));
  CHECK(due_key(late, 256, "n") < due_key({4, 1, "a"}, 0, "n"));
  CHECK(due_prefix(3, 256) <= due_key(late, 256, "n"));
  CHECK(due_key(late, 256, "n") < due_prefix(3, 257));
}

TEST_CASE("a reminder's key says what it is made of") {
  const std::string key(limits::kMaxActorKeyBytes, 'k'), name(limits::kMaxReminderNameBytes, 'n');

  const auto due = parse_due_key(due_key({200, 77, key}, 1'767'225'600'000, name)).value();

  CHECK(due.partition == 200);
  CHECK(due.due_ms == 1'767'225'600'000);
  CHECK(due.service == 77);
  CHECK(due.key == key);
  CHECK(due.name == name);
  CHECK(due_of(due_key({200, 77, key}, 12, name)) == 12);
  CHECK(is_due_key(due_key({200, 77, key}, 12, name)));
  CHECK(store::check_key(200, due_key({200, 77, key}, 12, name)).ok());
}

TEST_CASE("what is no reminder's key is corrupt") {
  const std::string good = due_key({1, 2, "key"}, 3, "n");

  for (std::size_t length = 0; length < good.size(); ++length) {
    CAPTURE(length);
    CHECK(parse_due_key(good.substr(0, length)).error().kind() == ErrorKind::corrupt);
    CHECK(due_of(good.substr(0, length)) <= 3);
  }
  CHECK_FALSE(is_due_key(store::actor_key(1, 2, "key")));
  CHECK_FALSE(is_due_key(""));
}

TEST_CASE("a reminder's row keeps its number, and no other row does") {
  CHECK(setting_of(*due_row(0x0102030405060708)) == 0x0102030405060708);
  CHECK(setting_of({}) == 0);
}

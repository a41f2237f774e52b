// Reminders: set and fired by turns. When one is due is the reminder clock's business.
#include <troupe/store.capnp.h>

#include "actor/activation.h"
#include "actor/activation_parts.h"
#include "actor/outbox.h"
#include "actor/reminder_rows.h"
#include "base/limits.h"

namespace troupe::actor {
namespace {

std::string name_key(const store::RowOwner& owner, std::string_view name) {
  return store::row_key(store::KeyKind::reminder_name, owner, name);
}

// `cause`: the turn that sets it.
RowValue reminder_row(std::uint64_t due_ms, std::uint64_t period_ms, const wire::Passengers& cause) {
  wire::Message message;
  auto row = message.initRoot<rows::Reminder>();
  row.setDueMs(due_ms);
  row.setPeriodMs(period_ms);
  store_passengers(row, cause);
  return row_of(message.getRoot<capnp::AnyPointer>().asReader()).value();
}

void check_name(const wire::Address& address, std::string_view name) {
  if (!name.empty() && name.size() <= limits::kMaxReminderNameBytes) return;
  throw Error(ErrorKind::invalid, "a reminder of " + address.text() + " has a name of " + std::to_string(name.size()) +
                                      " bytes; 1 to " + std::to_string(limits::kMaxReminderNameBytes) + " are allowed");
}

}  // namespace

void Activation::remind(std::string_view name, std::uint64_t due_ms, std::uint64_t period_ms) {
  cancel_reminder(name);
  Turn& turn = claim_edit("a reminder");
  write_row(turn, due_key(owner(), due_ms, name), due_row(context_.origin.new_id().lo));
  write_row(turn, name_key(owner(), name), reminder_row(due_ms, period_ms, turn.passengers()));
}

void Activation::cancel_reminder(std::string_view name) {
  check_name(*address_, name);
  Turn& turn = claim_edit("a reminder");
  const std::string key = name_key(owner(), name);
  const RowValue old = rows().read(key);
  if (!old) return;
  write_row(turn, due_key_of(old, key), nullptr);
  write_row(turn, key, nullptr);
}

Task<> Activation::fire_reminder(Turn& turn, const wire::DueReminder& reminder) {
  const std::string key = name_key(owner(), reminder.name);
  const std::string due = due_key(owner(), reminder.due_ms, reminder.name);
  if (!rows().read(due)) co_return;  // replaced, cancelled or fired meanwhile
  claim_edit("a reminder");
  const RowValue row = rows().read(key);
  write_row(turn, due, nullptr);
  if (!row || due_key_of(row, key) != due) co_return;  // nobody's
  const RowReader kept = RowReader::open(row, key).value();
  const std::uint64_t period = kept.get<rows::Reminder>().getPeriodMs();
  turn.call()->take_along(stored_passengers(kept.get<rows::Reminder>()));
  begin_span(turn, telemetry::Cause::reminder);
  if (period == 0) {
    write_row(turn, key, nullptr);
  } else {  // what was missed is one run
    const std::uint64_t now = context_.clock.wall_ms();
    const std::uint64_t missed = now > reminder.due_ms ? (now - reminder.due_ms) / period : 0;
    const std::chrono::milliseconds until_next((missed + 1) * period);  // no later than now and one period
    const std::uint64_t next = later(reminder.due_ms, until_next);
    write_row(turn, due_key(owner(), next, reminder.name), due_row(context_.origin.new_id().lo));
    write_row(turn, key, reminder_row(next, period, *turn.call()));
  }
  co_await active_->actor->on_reminder(reminder.name);
}

}  // namespace troupe::actor

namespace troupe {

void Actor::remind_at(std::string_view name, std::chrono::system_clock::time_point when) {
  const auto since = std::chrono::ceil<std::chrono::milliseconds>(when.time_since_epoch()).count();
  activation_.remind(name, static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0)), 0);
}

// What is over already is due now.
void Actor::remind_in(std::string_view name, Milliseconds delay) {
  const std::chrono::milliseconds time = delay;
  activation_.remind(name, later(activation_.context().clock.wall_ms(), std::max(time, time.zero())), 0);
}

void Actor::remind_every(std::string_view name, Milliseconds period) {
  const std::chrono::milliseconds time = period;
  if (time.count() <= 0) {
    throw Error(ErrorKind::invalid, "a reminder of " + activation_.address().text() + " cannot come every " +
                                        std::to_string(time.count()) + " ms; give at least 1");
  }
  const auto every = static_cast<std::uint64_t>(time.count());
  activation_.remind(name, later(activation_.context().clock.wall_ms(), time), every);
}

void Actor::cancel_reminder(std::string_view name) { activation_.cancel_reminder(name); }

}  // namespace troupe

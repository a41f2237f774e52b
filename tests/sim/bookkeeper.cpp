#include "sim/bookkeeper.h"

namespace troupe::sim {
namespace {

using storm::Payment;
using storm::till;
using Wrong = std::vector<std::string>;
using Tills = std::vector<WrittenTill>;
using Expected = std::map<std::string, Payment>;

const WrittenTill& at(const Tills& tills, int number) { return tills[static_cast<std::size_t>(number)]; }

Expected all_payments(const storm::Books& told, const Tills& tills) {
  Expected all;
  for (const Payment& payment : told.payments) all.emplace(payment.id, payment);
  for (const storm::Alarm& alarm : told.alarms) {
    if (alarm.rings) all.emplace(alarm.id, Payment{alarm.id, alarm.till, alarm.to, alarm.amount});
  }
  for (int number = 0; number < kPulsing; ++number) {
    for (std::uint64_t n = 1; n <= at(tills, number).pulses; ++n) {
      const std::string id = till(number) + "#" + std::to_string(n);
      all.emplace(id, Payment{id, number, pulse_receiver(number), 1});
    }
  }
  return all;
}

void compare_payment(const Payment& payment, const Tills& tills, Wrong& wrong) {
  const auto& sent = at(tills, payment.from).sent;
  const auto& received = at(tills, payment.to).received;
  const std::string about = payment.id + " of " + till(payment.from) + " to " + till(payment.to);
  const auto row = sent.find(payment.id);
  if (row == sent.end() || row->second.amount != payment.amount) return wrong.push_back(about + " was never sent");
  const bool refused = row->second.text == "refused";
  if (received.contains(payment.id) == refused)
    wrong.push_back(about + (refused ? " was refused, and taken" : " never came"));
  if (row->second.times != (payment.asked ? 1u : 0u))
    wrong.push_back(about + " was answered " + std::to_string(row->second.times) + " times");
}

void compare_alarm(const storm::Alarm& alarm, const Tills& tills, Wrong& wrong) {
  const auto& rows = at(tills, alarm.till).alarms;
  const std::string about = "reminder " + alarm.id + " of " + till(alarm.till);
  const auto row = rows.find(alarm.id);
  if (row == rows.end()) return wrong.push_back(about + " is gone");
  if (row->second.times != (alarm.rings ? 1u : 0u))
    wrong.push_back(about + " rang " + std::to_string(row->second.times) + " times");
}

void compare_notes(const storm::Books& told, const Tills& tills, Wrong& wrong) {
  for (const auto& [place, note] : told.notes) {
    const auto& rows = at(tills, place.first).notes;
    const auto row = rows.find(place.second);
    if (row == rows.end() || row->second.text != note.text || row->second.times != note.times)
      wrong.push_back("note " + place.second + " of " + till(place.first) + " is not what " + note.text + " wrote");
  }
  for (int number = 0; number < kTills; ++number) {
    for (const auto& [key, row] : at(tills, number).notes) {
      if (!told.notes.contains({number, key}))
        wrong.push_back("note " + key + " of " + till(number) + " was erased, and is there");
    }
  }
}

void compare_balance(int number, const Tills& tills, Wrong& wrong) {
  const WrittenTill& one = at(tills, number);
  std::int64_t sum = 0;
  for (const auto& [id, row] : one.received) sum += row.amount;
  for (const auto& [id, row] : one.sent) sum -= row.text == "refused" ? 0 : row.amount;
  if (sum != one.balance)
    wrong.push_back(till(number) + " has " + std::to_string(one.balance) + ", and its rows add up to " +
                    std::to_string(sum));
}

}  // namespace

Wrong compare(const storm::Books& told, const Tills& tills) {
  Wrong wrong = told.failures;
  const Expected expected = all_payments(told, tills);
  for (const auto& [id, payment] : expected) compare_payment(payment, tills, wrong);
  for (const storm::Alarm& alarm : told.alarms) compare_alarm(alarm, tills, wrong);
  compare_notes(told, tills, wrong);
  std::int64_t all = 0;
  for (int number = 0; number < kTills; ++number) {
    const WrittenTill& one = at(tills, number);
    for (const auto& [id, row] : one.sent) {
      if (!expected.contains(id)) wrong.push_back(id + " left " + till(number) + ", and nobody asked for it");
    }
    for (const auto& [id, row] : one.received) {
      if (!expected.contains(id)) wrong.push_back(id + " came to " + till(number) + ", and nobody sent it");
    }
    for (const auto& [key, row] : one.faults) wrong.push_back(till(number) + ": " + row.text);
    compare_balance(number, tills, wrong);
    all += one.balance;
  }
  if (all != 0) wrong.push_back("all tills together have " + std::to_string(all) + " and not 0");
  return wrong;
}

}  // namespace troupe::sim

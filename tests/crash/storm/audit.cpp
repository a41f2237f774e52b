#include "crash/storm/audit.h"

#include <functional>
#include <set>

#include "crash/storm/news.h"
#include "crash/storm/outboxes.h"
#include "crash/storm/rows.h"
#include "troupe/offline.h"

namespace troupe::storm {
namespace {

// Everything that was to be sent, by id: what the driver was told, and what reminders sent on their own.
using Expected = std::map<std::string, Payment>;

Expected expected_payments(const Books& books, const std::vector<TillRows>& tills) {
  Expected all;
  for (const auto& payment : books.payments) all.emplace(payment.id, payment);
  for (const auto& alarm : books.alarms) {
    if (alarm.rings) all.emplace(alarm.id, Payment{alarm.id, alarm.till, alarm.to, alarm.amount, false, false});
  }
  for (int i = 0; i < kTills; ++i) {
    for (std::uint64_t n = 1; n <= tills[static_cast<std::size_t>(i)].pulses; ++n) {
      const std::string id = till(i) + "#" + std::to_string(n);
      all.emplace(id, Payment{id, i, pulse_receiver(i), 1, false, false});
    }
  }
  return all;
}

Finding sent(const Expected& expected, const std::vector<TillRows>& tills) {
  Finding finding{.what = "payments left their till, each once"};
  for (const auto& [id, payment] : expected) {
    const auto& rows = tills[static_cast<std::size_t>(payment.from)].sent;
    const auto row = rows.find(id);
    finding.check(row != rows.end() && row->second.peer == till(payment.to) && row->second.amount == payment.amount,
                  id + " of " + till(payment.from) + " to " + till(payment.to) + " was never sent");
  }
  for (std::size_t i = 0; i < tills.size(); ++i) {
    for (const auto& [id, row] : tills[i].sent)
      finding.check(expected.contains(id),
                    id + " of " + till(static_cast<int>(i)) + " was sent and nobody asked for it");
  }
  return finding;
}

Finding received(const Expected& expected, const std::vector<TillRows>& tills) {
  Finding finding{.what = "payments arrived, each once"};
  for (const auto& [id, payment] : expected) {
    const auto& to = tills[static_cast<std::size_t>(payment.to)].received;
    const auto& from = tills[static_cast<std::size_t>(payment.from)].sent;
    const auto row = to.find(id);
    const auto sent_row = from.find(id);
    const bool refused = sent_row != from.end() && sent_row->second.text == "refused";
    if (refused) {
      finding.check(row == to.end(), id + " was refused by " + till(payment.to) + ", and taken");
    } else {
      finding.check(row != to.end() && row->second.peer == till(payment.from) && row->second.amount == payment.amount,
                    id + " of " + till(payment.from) + " never came to " + till(payment.to));
    }
  }
  for (std::size_t i = 0; i < tills.size(); ++i) {
    for (const auto& [id, row] : tills[i].received)
      finding.check(expected.contains(id), id + " came to " + till(static_cast<int>(i)) + " and nobody sent it");
  }
  return finding;
}

Finding answers(const Expected& expected, const std::vector<TillRows>& tills) {
  Finding finding{.what = "answers were heard, each once"};
  for (const auto& [id, payment] : expected) {
    const auto& rows = tills[static_cast<std::size_t>(payment.from)].sent;
    const auto row = rows.find(id);
    if (row == rows.end()) continue;
    if (payment.asked || row->second.times > 0) {
      finding.check(row->second.times == (payment.asked ? 1u : 0u),
                    id + " of " + till(payment.from) + " was answered " + std::to_string(row->second.times) + " times");
    }
  }
  return finding;
}

Finding alarms(const Books& books, const std::vector<TillRows>& tills) {
  Finding finding{.what = "reminders rang, each once or never"};
  for (const auto& alarm : books.alarms) {
    const auto& rows = tills[static_cast<std::size_t>(alarm.till)].alarms;
    const auto row = rows.find(alarm.id);
    const std::string about = alarm.id + " of " + till(alarm.till);
    if (row == rows.end()) {
      finding.check(false, about + " is gone");
    } else {
      finding.check(row->second.times == (alarm.rings ? 1u : 0u),
                    about + " rang " + std::to_string(row->second.times) + " times");
    }
  }
  return finding;
}

Finding notes(const Books& books, const std::vector<TillRows>& tills) {
  Finding finding{.what = "rows are as they were last written"};
  for (const auto& [place, note] : books.notes) {
    const auto& rows = tills[static_cast<std::size_t>(place.first)].notes;
    const auto row = rows.find(place.second);
    finding.check(row != rows.end() && row->second.text == note.text && row->second.times == note.times,
                  "note " + place.second + " of " + till(place.first) + " is not what " + note.text + " wrote");
  }
  for (std::size_t i = 0; i < tills.size(); ++i) {
    for (const auto& [key, row] : tills[i].notes) {
      finding.check(books.notes.contains({static_cast<int>(i), key}),
                    "note " + key + " of " + till(static_cast<int>(i)) + " was erased, and is there");
    }
  }
  return finding;
}

// Done, and all of it; or ended otherwise, and nothing of it.
Finding trips(Cluster& cluster, const Books& books, const std::vector<TillRows>& tills, std::set<std::string>& done) {
  Finding finding{.what = "sagas are done, or undone"};
  std::set<std::string> known;
  for (const auto& trip : books.trips) {
    const TripEnd end = read_trip(cluster, trip.id);
    finding.check(end.ended, "saga " + trip.id + " is in phase " + std::to_string(end.phase) + " " + end.why);
    if (end.done) done.insert(trip.id);
    const std::pair<const char*, int> parts[] = {{"a", trip.from}, {"b", trip.to}, {"c", trip.third}};
    for (const auto& [part, at] : parts) {
      known.insert(trip.id + part);
      const auto& rows = tills[static_cast<std::size_t>(at)].trips;
      const auto row = rows.find(trip.id + part);
      const std::uint64_t times = row == rows.end() ? 0 : row->second.times;
      const std::uint64_t undone = row == rows.end() ? 0 : row->second.number;
      finding.check(end.done ? times == 1 && undone == 0 : times <= 1 && undone == times,
                    "part " + trip.id + part + " of a saga in phase " + std::to_string(end.phase) + " (" + end.why +
                        ") was done " + std::to_string(times) + " and undone " + std::to_string(undone) + " times");
    }
  }
  for (std::size_t i = 0; i < tills.size(); ++i) {
    for (const auto& [id, row] : tills[i].trips)
      finding.check(known.contains(id), id + " of " + till(static_cast<int>(i)) + " belongs to no saga");
  }
  return finding;
}

// `expected`: the ids of what it must have heard.
void check_listener(Finding& finding, Cluster& cluster, const std::string& name,
                    const std::set<std::string>& expected) {
  const ListenerRows rows = read_listener(cluster, name);
  for (const auto& id : expected) finding.check(rows.seen.contains(id), name + " never heard of " + id);
  for (const auto& [id, row] : rows.seen) {
    finding.check(expected.contains(id), name + " heard of " + id + ", which nobody told");
    finding.check(row.times == 1, name + " heard of " + id + " " + std::to_string(row.times) + " times");
  }
  for (const auto& [key, row] : rows.faults) finding.check(false, name + ": " + row.text);
}

Finding events(Cluster& cluster, const Books& books, const std::set<std::string>& trips_done) {
  Finding finding{.what = "events were heard, each once by each group"};
  std::set<std::string> all = trips_done;
  std::vector<std::set<std::string>> by_key(kEventKeys);
  by_key[0] = trips_done;
  for (const auto& news : books.events) {
    all.insert(news.id);
    by_key[static_cast<std::size_t>(news.event_key)].insert(news.id);
  }
  check_listener(finding, cluster, kHearsAll, all);
  for (int i = 0; i < kEventKeys; ++i)
    check_listener(finding, cluster, event_key(i), by_key[static_cast<std::size_t>(i)]);
  return finding;
}

Finding counts(const std::vector<TillRows>& tills) {
  Finding finding{.what = "tables count what they hold"};
  for (std::size_t i = 0; i < tills.size(); ++i) {
    for (const auto& [table, said, found] : tills[i].counts) {
      finding.check(said == found, "table " + table + " of " + till(static_cast<int>(i)) + " says " +
                                       std::to_string(said) + " rows and has " + std::to_string(found));
    }
  }
  return finding;
}

Finding balances(const std::vector<TillRows>& tills) {
  Finding finding{.what = "balances are what the rows add up to"};
  std::int64_t all = 0;
  for (std::size_t i = 0; i < tills.size(); ++i) {
    std::int64_t sum = 0;
    for (const auto& [id, row] : tills[i].received) sum += row.amount;
    for (const auto& [id, row] : tills[i].sent) sum -= row.text == "refused" ? 0 : row.amount;
    for (const auto& [id, row] : tills[i].trips)
      sum += row.amount * (static_cast<std::int64_t>(row.times) - static_cast<std::int64_t>(row.number));
    finding.check(sum == tills[i].balance, till(static_cast<int>(i)) + " has " + std::to_string(tills[i].balance) +
                                               ", and its rows add up to " + std::to_string(sum));
    all += tills[i].balance;
  }
  finding.check(all == 0, "all tills together have " + std::to_string(all) + " and not 0");
  return finding;
}

// Order, doubles and hurry are seen by the tills themselves, at the moment.
Finding faults(const std::vector<TillRows>& tills) {
  Finding finding{.what = "tills saw nothing twice, early or late"};
  for (std::size_t i = 0; i < tills.size(); ++i) {
    finding.checked += tills[i].sent.size() + tills[i].received.size() + tills[i].alarms.size();
    for (const auto& [key, row] : tills[i].faults) finding.check(false, till(static_cast<int>(i)) + ": " + row.text);
  }
  return finding;
}

Finding outboxes(const Cluster& cluster) {
  Finding finding{.what = "outboxes are empty"};
  for (std::size_t i = 0; i < kNodes; ++i) {
    const auto waiting = waiting_messages(cluster, i);
    finding.check(waiting == 0, std::to_string(waiting) + " messages wait in the outbox of node " + std::to_string(i));
  }
  return finding;
}

}  // namespace

void Finding::check(bool right, const std::string& about) {
  ++checked;
  if (right) return;
  if (wrong.size() < kMostShown) {
    wrong.push_back(about);
  } else {
    ++more_wrong;
  }
}

std::vector<Finding> audit(Cluster& cluster, const Books& books) {
  std::vector<TillRows> tills;
  for (int i = 0; i < kTills; ++i) tills.push_back(read_till(cluster, i));
  const auto expected = expected_payments(books, tills);
  Finding calls{.what = "calls of the driver were answered", .checked = books.operations};
  for (const auto& failure : books.failures) calls.check(false, failure);
  std::set<std::string> trips_done;
  const Finding sagas = trips(cluster, books, tills, trips_done);
  return {calls,
          sent(expected, tills),
          received(expected, tills),
          answers(expected, tills),
          alarms(books, tills),
          notes(books, tills),
          sagas,
          events(cluster, books, trips_done),
          counts(tills),
          balances(tills),
          faults(tills),
          outboxes(cluster)};
}

Finding audit_files(const Cluster& cluster) {
  Finding finding{.what = "stores are sound, and no message is left"};
  for (std::size_t i = 0; i < kNodes; ++i) {
    const auto store = OfflineStore::open(cluster.directory(i));
    if (!store.ok()) {
      finding.check(false, store.error().what());
      continue;
    }
    const auto check = store.value().verify();
    if (!check.ok()) {
      finding.check(false, check.error().what());
      continue;
    }
    finding.checked += check.value().records;
    for (const auto& problem : check.value().problems) finding.check(false, problem);
  }
  for (std::size_t i = 0; i < kNodes; ++i) {
    const auto left = messages_in_files(cluster, i);
    finding.check(left == 0, std::to_string(left) + " messages are left in the files of node " + std::to_string(i));
  }
  return finding;
}

std::string report(const std::vector<Finding>& findings) {
  std::string out;
  for (const auto& finding : findings) {
    std::string line = "  " + finding.what;
    line.resize(44, ' ');
    std::string checked = std::to_string(finding.checked);
    line += std::string(9 - std::min<std::size_t>(9, checked.size()), ' ') + checked;
    line += finding.wrong.empty() ? "  all right"
                                  : "  " + std::to_string(finding.wrong.size() + finding.more_wrong) + " WRONG";
    out += line + "\n";
    for (const auto& wrong : finding.wrong) out += "      " + wrong + "\n";
    if (finding.more_wrong > 0) out += "      and " + std::to_string(finding.more_wrong) + " more\n";
  }
  return out;
}

}  // namespace troupe::storm

#include "crash/storm/rows.h"

#include "crash/storm/audit.h"
#include "crash/storm/news.h"
#include "crash/storm/outboxes.h"
#include "crash/storm/persistence.h"
#include "crash/storm/tills.h"

namespace troupe::storm {
namespace {

using namespace std::chrono_literals;

template <class Interface>
Ref<Interface> of(Cluster& cluster, const std::string& key) {
  auto ref = cluster.driver()->ref<Interface>(key);
  ref.timeout(60s);
  return ref;
}

template <class Interface = Till>
Rows read_table(Cluster& cluster, const std::string& actor, const std::string& table) {
  Rows rows;
  for (std::string after;;) {
    auto page = of<Interface>(cluster, actor).rows([&](auto p) { p.setTable(table), p.setAfter(after); }).get(60s);
    for (auto entry : page->getEntries()) {
      const auto row = entry.getRow();
      after = text(entry.getKey());
      rows[after] = {text(row.getPeer()), row.getAmount(), row.getNumber(), row.getTimes(), text(row.getText())};
    }
    if (!page->getMore()) return rows;
  }
}

// What all tills together have done so far.
struct Totals {
  std::uint64_t sent = 0, received = 0, heard = 0, refused = 0, pulses = 0;
  std::uint64_t heard_by_all = 0, heard_by_key = 0;  // events
  std::uint64_t trips_done = 0, trips_ended = 0;
};

bool ended(saga::Phase phase) {
  return phase == saga::Phase::DONE || phase == saga::Phase::FAILED || phase == saga::Phase::CANCELLED;
}

Totals totals(Cluster& cluster, const Books& books) {
  Totals all;
  all.heard_by_all = of<Listener>(cluster, kHearsAll).summary().get(60s)->getCount();
  for (int i = 0; i < kEventKeys; ++i)
    all.heard_by_key += of<Listener>(cluster, event_key(i)).summary().get(60s)->getCount();
  for (const auto& trip : books.trips) {
    const auto phase = at_once(of<Trip>(cluster, trip.id).look().get(60s))->getPhase();
    all.trips_ended += ended(phase) ? 1 : 0;
    all.trips_done += phase == saga::Phase::DONE ? 1 : 0;
  }
  for (int i = 0; i < kTills; ++i) {
    auto summary = of<Till>(cluster, till(i)).summary().get(60s);
    all.sent += summary->getSent();
    all.received += summary->getReceived();
    all.heard += summary->getHeard();
    all.refused += summary->getRefused();
    all.pulses += summary->getPulses();
  }
  return all;
}

// What is still to come; empty: nothing.
std::string missing(const Books& books, const Totals& now) {
  std::uint64_t rings = 0, asked = 0;
  for (const auto& alarm : books.alarms) rings += alarm.rings ? 1 : 0;
  for (const auto& payment : books.payments) asked += payment.asked ? 1 : 0;
  const auto line = [](const char* what, std::uint64_t wanted, std::uint64_t found) {
    if (wanted == found) return std::string();
    return std::string(what) + ": " + std::to_string(found) + " of " + std::to_string(wanted) + "; ";
  };
  return line("payments sent", books.payments.size() + rings + now.pulses, now.sent) +
         line("answers heard", asked, now.heard) + line("payments received", now.sent - now.refused, now.received) +
         line("sagas ended", books.trips.size(), now.trips_ended) +
         line("events heard by one", books.events.size() + now.trips_done, now.heard_by_all) +
         line("events heard by their keys' listeners", books.events.size() + now.trips_done, now.heard_by_key);
}

}  // namespace

TillRows read_till(Cluster& cluster, int number) {
  TillRows out;
  out.sent = read_table(cluster, till(number), "sent");
  out.received = read_table(cluster, till(number), "received");
  out.alarms = read_table(cluster, till(number), "alarms");
  out.notes = read_table(cluster, till(number), "notes");
  out.trips = read_table(cluster, till(number), "trips");
  out.faults = read_table(cluster, till(number), "faults");
  auto summary = of<Till>(cluster, till(number)).summary().get(60s);
  out.balance = summary->getBalance();
  out.pulses = summary->getPulses();
  out.counts = {{"sent", summary->getSent(), out.sent.size()},
                {"received", summary->getReceived(), out.received.size()},
                {"alarms", summary->getAlarms(), out.alarms.size()},
                {"notes", summary->getNotes(), out.notes.size()},
                {"faults", summary->getFaults(), out.faults.size()}};
  return out;
}

ListenerRows read_listener(Cluster& cluster, const std::string& name) {
  return {read_table<Listener>(cluster, name, "seen"), read_table<Listener>(cluster, name, "faults")};
}

TripEnd read_trip(Cluster& cluster, const std::string& id) {
  auto look = of<Trip>(cluster, id).look().get(60s);
  const auto phase = look->getPhase();
  return {phase == saga::Phase::DONE, ended(phase), static_cast<int>(phase), text(look->getWhy())};
}

int pulse_receiver(int number) { return (number + 5) % kTills; }

void set_pulses(Cluster& cluster, std::uint32_t period_ms) {
  Books books;
  std::mt19937_64 random(1);
  for (int i = 0; i < kTills; ++i) {
    (void)until_done<Till>(cluster, books, random, till(i), "pulse " + std::to_string(period_ms), [&](auto ref) {
      ref.pulse([&](auto p) { p.setPeriodMs(period_ms), p.setTo(till(pulse_receiver(i))); }).get(10s);
    });
  }
  if (!books.failures.empty()) throw std::runtime_error(books.failures.front());
}

std::string settle(Cluster& cluster, const Books& books) {
  set_pulses(cluster, 0);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    std::string still = missing(books, totals(cluster, books));
    for (std::size_t i = 0; i < kNodes; ++i) {
      if (const auto waiting = waiting_messages(cluster, i); waiting > 0)
        still += std::to_string(waiting) + " messages wait in the outbox of node " + std::to_string(i) + "; ";
    }
    if (still.empty() || std::chrono::steady_clock::now() > until) return still;
    std::this_thread::sleep_for(100ms);
  }
}

}  // namespace troupe::storm

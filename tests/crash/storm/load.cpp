#include "crash/storm/load.h"

#include <random>

#include "crash/storm/news.h"
#include "crash/storm/persistence.h"
#include "storm.capnp.troupe.h"

namespace troupe::storm {

void Books::add(Books&& other) {
  payments.insert(payments.end(), other.payments.begin(), other.payments.end());
  alarms.insert(alarms.end(), other.alarms.begin(), other.alarms.end());
  events.insert(events.end(), other.events.begin(), other.events.end());
  trips.insert(trips.end(), other.trips.begin(), other.trips.end());
  notes.merge(other.notes);
  operations += other.operations;
  attempts += other.attempts;
  for (const auto& [kind, count] : other.errors) errors[kind] += count;
  failures.insert(failures.end(), other.failures.begin(), other.failures.end());
}

struct Load::Caller {
  Caller(Cluster& cluster_in, int number_in, std::uint64_t seed)
      : cluster(cluster_in), number(number_in), random(seed) {}

  void work(const std::atomic<bool>& stop) {
    while (!stop && books.failures.empty()) one_thing();
  }

  void one_thing() {
    const auto dice = random() % 100;
    const std::string id = std::to_string(number) + "-" + std::to_string(++done);
    if (dice < 28) return pay(id, false);
    if (dice < 43) return pay(id, true);
    if (dice < 51) return hand(id);
    if (dice < 61) return alarm(id);
    if (dice < 71) return announce(id);
    if (dice < 75) return publish(id);
    if (dice < 82) return travel(id);
    if (dice < 95) return note(id);
    const int at = some_till();
    (void)until<Till>(at, id, [&](auto ref) { ref.close([&](auto p) { p.setClosed(dice < 97); }).get(patience()); });
  }

  void pay(const std::string& id, bool ask) {
    const int from = some_till();
    std::vector<int> to(1 + random() % 4);
    for (int& each : to) each = some_till();
    const auto amount = some_amount();
    const bool done_now = until<Till>(from, id, [&](auto ref) {
      ref.pay([&](auto p) {
           p.setId(id);
           p.setAmount(amount);
           p.setAsk(ask);
           auto list = p.initTo(static_cast<unsigned>(to.size()));
           for (unsigned i = 0; i < to.size(); ++i) list.set(i, till(to[i]));
         })
          .get(patience());
    });
    if (!done_now) return;
    for (std::size_t i = 0; i < to.size(); ++i)
      books.payments.push_back({id + "/" + std::to_string(i), from, to[i], amount, ask, false});
  }

  // From a lower till to a higher one: the other way as well, two could wait for each other.
  void hand(const std::string& id) {
    const int from = static_cast<int>(random() % (kTills - 1));
    const int to = from + 1 + static_cast<int>(random() % static_cast<unsigned>(kTills - 1 - from));
    const auto amount = some_amount();
    const bool done_now = until<Till>(from, id, [&](auto ref) {
      ref.hand([&](auto p) { p.setId(id), p.setTo(till(to)), p.setAmount(amount); }).get(patience());
    });
    if (done_now) books.payments.push_back({id, from, to, amount, false, true});
  }

  // Set; or set and moved; or set and silenced.
  void alarm(const std::string& id) {
    Alarm alarm{.id = id, .till = some_till(), .to = some_till(), .amount = some_amount()};
    const auto set = [&](const std::string& key, std::uint64_t delay_ms) {
      return until<Till>(alarm.till, key, [&](auto ref) {
        ref.alarm([&](auto p) {
             p.setId(id);
             p.setDelayMs(static_cast<std::uint32_t>(delay_ms));
             p.setTo(till(alarm.to));
             p.setAmount(alarm.amount);
           })
            .get(patience());
      });
    };
    if (!set(id, random() % 1'500)) return;
    const auto then = random() % 3;
    if (then == 1 && !set(id + "-moved", random() % 2'500)) return;
    if (then == 2) {
      const bool done_now = until<Till>(alarm.till, id + "-silenced", [&](auto ref) {
        alarm.rings = ref.silence([&](auto p) { p.setId(id); }).get(patience())->getRang();
      });
      if (!done_now) return;
    }
    books.alarms.push_back(std::move(alarm));
  }

  void announce(const std::string& id) {
    const News news{id, static_cast<int>(random() % kEventKeys)};
    const bool done_now = until<Till>(some_till(), id, [&](auto ref) {
      ref.announce([&](auto p) { p.setId(id), p.setEventKey(event_key(news.event_key)); }).get(patience());
    });
    if (done_now) books.events.push_back(news);
  }
  // By the driver itself.
  void publish(const std::string& id) {
    const News news{id, static_cast<int>(random() % kEventKeys)};
    const bool done_now = persist(books, random, id, [&] {
      const auto driver = cluster.driver();
      topic::NewEvents events(kNews);
      events.add<Row>(event_key(news.event_key), [&](Row::Builder event) { event.setText(id); });
      (void)topic::TopicClient(*driver, kNews).publish(events, id, std::chrono::seconds(2));
    });
    if (done_now) books.events.push_back(news);
  }
  // And sometimes back home.
  void travel(const std::string& id) {
    const Journey trip{id, some_till(), some_till(), some_till(), some_amount()};
    const bool begun = until_done<Trip>(cluster, books, random, id, id, [&](auto ref) {
      ref.begin([&](auto p) {
           p.setFrom(till(trip.from));
           p.setTo(till(trip.to));
           p.setThird(till(trip.third));
           p.setAmount(trip.amount);
         })
          .get(patience());
    });
    if (!begun) return;
    books.trips.push_back(trip);
    if (random() % 5 == 0)
      (void)until_done<Trip>(cluster, books, random, id, id, [&](auto ref) { ref.cancel().get(patience()); });
  }

  // Its own keys, so that what it did last is what must be there.
  void note(const std::string& id) {
    const int at = some_till();
    const std::string key = std::to_string(number) + ":" + std::to_string(random() % 40);
    auto known = books.notes.find({at, key});
    if (known != books.notes.end() && random() % 3 == 0) {
      const bool done_now =
          until<Till>(at, id, [&](auto ref) { ref.forget([&](auto p) { p.setKey(key); }).get(patience()); });
      if (done_now) books.notes.erase(known);
      return;
    }
    const bool done_now =
        until<Till>(at, id, [&](auto ref) { ref.note([&](auto p) { p.setKey(key), p.setText(id); }).get(patience()); });
    if (!done_now) return;
    auto& written = books.notes[{at, key}];
    written.text = id;
    ++written.times;
  }

  template <class Interface, class F>
  bool until(int at, const std::string& key, F&& call) {
    return until_done<Interface>(cluster, books, random, till(at), key, std::forward<F>(call));
  }
  int some_till() { return static_cast<int>(random() % kTills); }
  std::int64_t some_amount() { return static_cast<std::int64_t>(1 + random() % 100); }

  // Mostly longer than the reference's own timeout; some give up on the way, which cancels the call.
  std::chrono::milliseconds patience() {
    return std::chrono::milliseconds(random() % 6 == 0 ? 1 + random() % 60 : 10'000);
  }
  Cluster& cluster;
  int number;
  std::mt19937_64 random;
  std::uint64_t done = 0;
  Books books;
};

Load::Load(Cluster& cluster, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (int i = 0; i < kCallers; ++i) callers_.push_back(std::make_unique<Caller>(cluster, i, random()));
  for (auto& caller : callers_) threads_.emplace_back([this, caller = caller.get()] { caller->work(stop_); });
}

Load::~Load() {
  stop_ = true;
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

Books Load::finish() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
  Books all;
  for (auto& caller : callers_) all.add(std::move(caller->books));
  return all;
}

}  // namespace troupe::storm

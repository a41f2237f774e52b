// The way of a durable message, with the death of its sender's or its receiver's node at every step: before and after
// its turn is in the log, before and after the receiver's commit is, between the acknowledgement and the erasure.
#include <doctest/doctest.h>

#include <atomic>
#include <iterator>
#include <thread>

#include "crash/options.h"
#include "crash/storm/audit.h"
#include "crash/storm/persistence.h"
#include "storm.capnp.troupe.h"
#include "troupe/admin_client.h"

using namespace troupe;
using namespace troupe::storm;
using namespace std::chrono_literals;

namespace {

constexpr const char* kStages[] = {"unwritten", "torn", "unsynced", "synced"};
constexpr int kCommits = 4;  // per stage: death at the first, second, ... commit of the node

// A till that lives on that node, which may still be starting.
int till_of(const Cluster& cluster, std::size_t node) {
  AdminClient client(cluster.directory(node));
  std::string last = "none was asked for";
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (std::chrono::steady_clock::now() < until) {
    for (int i = 0; i < kTills; ++i) {
      auto reply = client.request("GET", "/actors/Till/" + till(i));
      last = reply.ok() ? std::to_string(reply->status) + " " + reply->json : reply.error().what();
      if (!reply.ok()) break;
      if (reply->status != 421) return i;
    }
    std::this_thread::sleep_for(10ms);
  }
  FAIL("no till lives on node ", node, "; the last answer: ", last);
  return 0;
}

class Payer {
 public:
  Payer(Cluster& cluster, int from, int to) : cluster_(cluster), from_(from), to_(to) {}

  // One message, with and without an answer in turn, then two of one turn.
  void pay_until(const std::atomic<bool>& stop) {
    while (!stop && books.failures.empty()) {
      pay(1, true);
      pay(1, false);
      pay(2, false);
    }
  }
  Books books;

 private:
  void pay(unsigned messages, bool ask) {
    const std::string id = std::to_string(++paid_);
    const bool done = until_done<Till>(cluster_, books, random_, till(from_), id, [&](auto ref) {
      ref.pay([&](auto p) {
           p.setId(id);
           p.setAmount(paid_);
           p.setAsk(ask);
           auto list = p.initTo(messages);
           for (unsigned i = 0; i < messages; ++i) list.set(i, till(to_));
         })
          .get(10s);
    });
    if (!done) return;
    for (unsigned i = 0; i < messages; ++i)
      books.payments.push_back({id + "/" + std::to_string(i), from_, to_, paid_, ask, false});
  }

  Cluster& cluster_;
  int from_, to_;
  std::int64_t paid_ = 0;
  std::mt19937_64 random_{1};
};

// False: it lives on.
bool await_death(const Cluster& cluster, std::size_t node) {
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (cluster.alive(node)) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

}  // namespace

TEST_CASE("a message takes effect once and in order, whichever end of its way dies at any commit") {
  Cluster cluster;
  Payer payer(cluster, till_of(cluster, 0), till_of(cluster, 1));
  for (const std::size_t doomed : {0, 1}) {
    for (const std::string stage : kStages) {
      for (int nth = 1; nth <= kCommits; ++nth) {
        cluster.start(doomed, {stage, nth});
        std::atomic<bool> stop{false};
        std::thread paying([&] { payer.pay_until(stop); });

        const bool died = await_death(cluster, doomed);
        cluster.start(doomed);
        stop = true;
        paying.join();
        REQUIRE_MESSAGE(died, stage, " ", nth, " of node ", doomed);
      }
    }
  }

  CHECK(settle(cluster, payer.books) == "");
  const auto findings = audit(cluster, payer.books);
  INFO(report(findings));
  for (const auto& finding : findings) CHECK_MESSAGE(finding.wrong.empty(), finding.what);
  CHECK(payer.books.payments.size() > 2 * std::size(kStages) * kCommits);
}

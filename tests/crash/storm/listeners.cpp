// Listeners write down every event they hear; trips are sagas.
#include <stdexcept>

#include "crash/stages.h"
#include "crash/storm/mischief.h"
#include "crash/storm/news.h"
#include "crash/storm/tills.h"
#include "saga/saga.h"
#include "storm.capnp.troupe.h"
#include "topic/payload.h"
#include "topic/publishing.h"
#include "troupe/table.h"

namespace troupe::storm {
namespace {

using namespace std::chrono_literals;
using crash::come_to;

class ListenerRole final : public ListenerActor {
  Task<> onEvents(OnEventsParams::Reader in, OnEventsResults::Builder) override {
    for (auto event : in.getEvents()) {
      const topic::Payload<Row> row(event);
      hear(text(event.getPublisher()), text(event.getKey()), text(row->getText()), row->getNumber());
    }
    edit().setCount(state().getCount() + in.getEvents().size());
    come_to("received");
    stumble();
    co_return;
  }
  void hear(const std::string& publisher, const std::string& event_key, const std::string& id, std::uint64_t number) {
    table<Row>("seen").edit(id, [&](Row::Builder row) {
      if (row.getTimes() > 0) fault("heard twice: " + id);
      row.setTimes(row.getTimes() + 1);
      row.setPeer(publisher);
    });
    if (number == 0) return;  // of many publishers: in no order
    table<Row>("marks").edit(publisher + " " + event_key, [&](Row::Builder row) {
      if (number != row.getNumber() + 1)
        fault(id + " of " + publisher + " is number " + std::to_string(number) + " and comes after " +
              std::to_string(row.getNumber()));
      row.setNumber(number);
    });
  }
  Task<> summary(SummaryParams::Reader, SummaryResults::Builder out) override {
    out.setCount(state().getCount());
    out.setFaults(table<Row>("faults").count());
    co_return;
  }
  Task<> rows(RowsParams::Reader in, RowsResults::Builder out) override {
    const bool more = give_rows(table<Row>(text(in.getTable())), text(in.getAfter()),
                                [&](unsigned size) { return out.initEntries(size); });
    out.setMore(more);
    co_return;
  }
  void fault(const std::string& what) {
    const auto number = table<Row>("faults").count();
    table<Row>("faults").put(std::to_string(number), [&](Row::Builder row) { row.setText(what); });
  }
};

class TripRole final : public topic::Publishing<saga::Saga<TripActor>> {
  Task<> begin(BeginParams::Reader in, BeginResults::Builder) override {
    if (phase() != saga::Phase::NONE) co_return;
    auto edited = edit();
    edited.setFrom(in.getFrom());
    edited.setTo(in.getTo());
    edited.setThird(in.getThird());
    edited.setAmount(in.getAmount());
    start();
  }
  Task<> cancel(CancelParams::Reader, CancelResults::Builder) override {
    Saga::cancel();
    co_return;
  }
  Task<> look(LookParams::Reader, LookResults::Builder out) override {
    out.setPhase(phase());
    if (const auto why = failure()) out.setWhy(why->what());
    co_return;
  }

  saga::Flow<> run() override {
    const std::string from = text(state().getFrom()), to = text(state().getTo()), third = text(state().getThird());
    const std::int64_t amount = state().getAmount();
    auto take = step("take", [this, from, amount] { return move(from, "a", -2 * amount); });
    take.compensate([this, from] { return unmove(from, "a"); });
    co_await take;
    auto give = step("give", [this, to, amount] { return move(to, "b", amount); });
    give.compensate([this, to] { return unmove(to, "b"); });
    co_await give;
    co_await sleep(std::chrono::milliseconds(amount));
    auto give_more = step("give more", [this, third, amount] { return move(third, "c", amount); });
    give_more.compensate([this, third] { return unmove(third, "c"); });
    co_await give_more;
    co_await step("tell", [this] {
      publish<Row>(kNews, event_key(0), [this](Row::Builder event) { event.setText(std::string(key())); });
    });
  }
  Task<> move(std::string till, std::string part, std::int64_t amount) {
    const std::string id = std::string(key()) + part;
    co_await ref<Till>(till).move([&](auto p) { p.setId(id), p.setAmount(amount); });
    come_to("nested");
    stumble();
  }
  Task<> unmove(std::string till, std::string part) {
    const std::string id = std::string(key()) + part;
    co_await ref<Till>(till).unmove([&](auto p) { p.setId(id); });
    come_to("nested");
    stumble();
  }
  [[nodiscard]] std::chrono::milliseconds wake_within() const override { return 1s; }
};

}  // namespace

void host_listeners(Node& node) {
  node.host<ListenerRole>();
  node.host<TripRole>();
  all_topics().host(node);
}

}  // namespace troupe::storm

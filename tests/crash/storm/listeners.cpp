// Listeners write down every event they hear.
#include <stdexcept>

#include "crash/stages.h"
#include "crash/storm/news.h"
#include "crash/storm/tills.h"
#include "storm.capnp.troupe.h"
#include "topic/payload.h"
#include "troupe/table.h"

namespace troupe::storm {
namespace {

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

}  // namespace

void host_listeners(Node& node) {
  node.host<ListenerRole>();
  all_topics().host(node);
}

}  // namespace troupe::storm

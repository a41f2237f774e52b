#include "contract/topic/topic_cast.h"

#include <stdexcept>

#include "topic/payload.h"
#include "topic/publishing.h"
#include "troupe/table.h"

namespace troupe::topic_contract {
namespace {

std::string number_key(std::uint64_t number) {
  std::string key = std::to_string(number);
  return std::string(20 - key.size(), '0') + key;
}

class TellerRole final : public topic::Publishing<TellerActor> {
  Task<> tell(TellParams::Reader in, TellResults::Builder out) override {
    topic::NewEvents batch(news());
    for (std::uint32_t i = 0; i < in.getCount(); ++i) {
      const std::uint64_t number = state().getTold() + 1;
      edit().setTold(number);
      const auto greeting = [&](Greeting::Builder event) {
        event.setText(std::string(key()) + "-" + std::to_string(number));
        event.setNumber(number);
      };
      if (in.getBatch()) {
        batch.add<Greeting>(text(in.getKey()), greeting);
      } else {
        publish<Greeting>(news(), text(in.getKey()), greeting);
      }
    }
    publish(batch);
    if (text(in.getEnding()) == "refuse") throw Refusal("told_to", "the test wants a refusal");
    if (text(in.getEnding()) == "crash") throw std::logic_error("the test wants a crash");
    out.setTold(state().getTold());
    co_return;
  }
};

class ListenerRole final : public ListenerActor {
  Task<> onEvents(OnEventsParams::Reader in, OnEventsResults::Builder) override {
    auto table_of_seen = table<Seen>("seen");
    for (const auto event : in.getEvents()) {
      const std::string said = event.getSchema() != 0
                                   ? text(troupe::at_once(topic::Payload<Greeting>(event))->getText())
                                   : std::string(event.getPayload().asChars().begin(), event.getPayload().size());
      const std::uint64_t number = state().getCount();
      table_of_seen.put(number_key(number), [&](Seen::Builder row) {
        row.setPartition(in.getPartition());
        row.setGroup(in.getGroup());
        row.setOffset(event.getOffset());
        row.setKey(event.getKey());
        row.setText(said);
        row.setPublisher(event.getPublisher());
      });
      edit().setCount(number + 1);
      if (state().getFailAt().size() > 0 && said == text(state().getFailAt())) {
        if (text(state().getHow()) == "crash") throw std::logic_error("this event crashes the listener");
        throw Refusal("disliked", "the listener dislikes " + said);
      }
    }
    edit().setBatches(state().getBatches() + 1);
    co_return;
  }
  Task<> seen(SeenParams::Reader in, SeenResults::Builder out) override {
    out.setCount(state().getCount());
    out.setBatches(state().getBatches());
    const std::string from = number_key(in.getFrom());
    const auto page = table<Seen>("seen").page({.from = from, .limit = 10'000});
    auto events = out.initEvents(static_cast<unsigned>(page.size()));
    for (unsigned i = 0; i < events.size(); ++i) events.setWithCaveats(i, *page[i]);
    co_return;
  }
  Task<> failAt(FailAtParams::Reader in, FailAtResults::Builder) override {
    edit().setFailAt(in.getText());
    edit().setHow(in.getHow());
    co_return;
  }
  Task<> notForEvents(NotForEventsParams::Reader, NotForEventsResults::Builder) override { co_return; }
  Task<> readOnlyEvents(ReadOnlyEventsParams::Reader, ReadOnlyEventsResults::Builder) override { co_return; }
};

}  // namespace

const topic::TopicConfig& news() {
  static const topic::TopicConfig config{.name = "news", .partitions = 3};
  return config;
}

void host_topic_cast(Node& node) {
  node.host<TellerRole>();
  node.host<ListenerRole>();
}

}  // namespace troupe::topic_contract

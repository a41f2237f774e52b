// Publishing<Base>: the base of an actor that publishes. What a turn publishes is committed with it and appended
// exactly once, after: in order per publisher and event key.
//
//   class Order final : public topic::Publishing<shop::OrderActor> {
//     Task<> confirm(...) override {
//       edit().setConfirmed(true);
//       publish<shop::OrderPlaced>(kOrders, key(), [&](auto event) { event.setAmount(...); });
//       co_return;
//     }
//   };
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "topic/new_events.h"

namespace troupe::topic {

template <class Base>
class Publishing : public Base {
  static_assert(troupe::detail::ActorClass<Base>,
                "who publishes derives from the class that is generated for its service, as in "
                "Publishing<shop::OrderActor>");

 protected:
  // They throw as RefBase::send_durably() and NewEvents::add() do.
  template <class T, class Build>
  void publish(const TopicConfig& topic, std::string_view event_key, Build&& build) {
    publish(NewEvents(topic).add<T>(event_key, std::forward<Build>(build)));
  }
  void publish(const TopicConfig& topic, std::string_view event_key, std::string_view type, std::string_view payload) {
    publish(NewEvents(topic).add(event_key, type, payload));
  }
  // One message for each partition.
  void publish(const NewEvents& events) {
    const std::string publisher = std::string(this->service().name) + "/" + std::string(this->key());
    for (const auto partition : events.partitions()) {
      this->template ref<TopicPartition>(partition_key(events.topic().name, partition)).send_append([&](auto p) {
        events.write(partition, publisher, this->now(), p);
      });
    }
  }
};

}  // namespace troupe::topic

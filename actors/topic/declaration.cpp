#include "topic/declaration.h"

#include "topic/words.h"
#include "troupe/duration.h"

namespace troupe::topic {

TopicConfig config_of(std::string name, TopicOptions::Reader options) {
  return {.name = std::move(name),
          .partitions = options.getPartitions(),
          .retention_bytes = options.getRetentionBytes(),
          .retention_age = saturated<std::chrono::milliseconds>(
              std::chrono::duration<std::uint64_t, std::milli>(options.getRetentionMs())),
          .max_backlog_bytes = options.getMaxBacklogBytes()};
}

void write(const TopicConfig& topic, TopicOptions::Builder options) {
  options.setPartitions(topic.partitions);
  options.setRetentionBytes(topic.retention_bytes);
  options.setRetentionMs(static_cast<std::uint64_t>(topic.retention_age.count()));
  options.setMaxBacklogBytes(topic.max_backlog_bytes);
}

GroupConfig config_of(Subscription::Reader subscription) {
  using Start = Subscription::Start;
  using OnPoison = Subscription::OnPoison;
  return {.name = std::string(words(subscription.getGroup())),
          .service = std::string(words(subscription.getService())),
          .method = std::string(words(subscription.getMethod())),
          .key = std::string(words(subscription.getKey())),
          .batch_events = subscription.getBatchEvents(),
          .batch_bytes = subscription.getBatchBytes(),
          .start = subscription.getStart() == Start::END ? GroupConfig::Start::end : GroupConfig::Start::beginning,
          .on_poison = subscription.getOnPoison() == OnPoison::SET_ASIDE ? GroupConfig::OnPoison::set_aside
                                                                         : GroupConfig::OnPoison::stop};
}

void write(const GroupConfig& group, Subscription::Builder subscription) {
  using Start = Subscription::Start;
  using OnPoison = Subscription::OnPoison;
  subscription.setGroup(group.name);
  subscription.setService(group.service);
  subscription.setMethod(group.method);
  subscription.setKey(group.key);
  subscription.setBatchEvents(group.batch_events);
  subscription.setBatchBytes(group.batch_bytes);
  subscription.setStart(group.start == GroupConfig::Start::end ? Start::END : Start::BEGINNING);
  subscription.setOnPoison(group.on_poison == GroupConfig::OnPoison::set_aside ? OnPoison::SET_ASIDE : OnPoison::STOP);
}

}  // namespace troupe::topic

// The actor that is a topic as a whole: keeps what was declared, passes it on to partitions and groups, and shows all
// of them. Events do not pass through it.
#pragma once

#include <string>

#include "topic/topic.capnp.troupe.h"

namespace troupe::topic {

class DeclaredTopic final : public TopicActor {
 public:
  Task<> declare(DeclareParams::Reader in, DeclareResults::Builder out) override;
  Task<> describe(DescribeParams::Reader in, DescribeResults::Builder out) override;
  Task<> status(StatusParams::Reader in, StatusResults::Builder out) override;
  Task<> dropGroup(DropGroupParams::Reader in, DropGroupResults::Builder out) override;

 private:
  [[nodiscard]] bool is_new(TopicOptions::Reader options, capnp::List<Subscription>::Reader groups) const;
  void check_options(TopicOptions::Reader options) const;
  void check_group(Subscription::Reader group) const;
  void keep_groups(capnp::List<Subscription>::Reader groups);
  void pass_on(std::uint32_t partitions_before, const std::vector<std::string>& groups_before);
};

}  // namespace troupe::topic

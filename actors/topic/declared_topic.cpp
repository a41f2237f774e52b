#include "topic/declared_topic.h"

#include <capnp/any.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "topic/config.h"
#include "topic/declaration.h"
#include "topic/subscriber.h"
#include "topic/words.h"

namespace troupe::topic {
namespace {

template <class Reader>
bool same(const Reader& a, const Reader& b) {
  return capnp::AnyStruct::Reader(a) == capnp::AnyStruct::Reader(b);
}

std::optional<Subscription::Reader> find_group(capnp::List<Subscription>::Reader groups, std::string_view name) {
  for (const auto group : groups)
    if (words(group.getGroup()) == name) return group;
  return {};
}

}  // namespace

Task<> DeclaredTopic::declare(DeclareParams::Reader in, DeclareResults::Builder) {
  check_options(in.getOptions());
  for (const auto group : in.getGroups()) check_group(group);
  if (!is_new(in.getOptions(), in.getGroups())) co_return;
  const std::uint32_t partitions_before = state().getOptions().getPartitions();
  std::vector<std::string> groups_before;
  for (const auto group : state().getGroups()) groups_before.emplace_back(words(group.getGroup()));
  edit().setOptions(in.getOptions());
  edit().setGeneration(state().getGeneration() + 1);
  keep_groups(in.getGroups());
  pass_on(partitions_before, groups_before);
}

void DeclaredTopic::check_options(TopicOptions::Reader options) const {
  check(config_of(std::string(key()), options));
  if (options.getPartitions() < state().getOptions().getPartitions()) {
    throw Refusal("partitions_shrink", "topic '" + std::string(key()) + "' has " +
                                           std::to_string(state().getOptions().getPartitions()) +
                                           " partitions and cannot have " + std::to_string(options.getPartitions()) +
                                           ": their events would be lost; declare a topic of another name");
  }
}

void DeclaredTopic::check_group(Subscription::Reader group) const {
  check(config_of(group));
  if (group.getService().size() == 0) return;
  // Any key does: it is the service that is looked at.
  (void)subscriber_method(ref(words(group.getService()), key()), group);
}

bool DeclaredTopic::is_new(TopicOptions::Reader options, capnp::List<Subscription>::Reader groups) const {
  if (state().getGeneration() == 0 || !same(options, state().getOptions())) return true;
  for (const auto group : groups) {
    const auto known = find_group(state().getGroups(), words(group.getGroup()));
    if (!known || !same(group, *known)) return true;
  }
  return false;
}

// Those that are named replace those of their name; the others stay.
void DeclaredTopic::keep_groups(capnp::List<Subscription>::Reader groups) {
  const auto before = edit().disownGroups();
  std::vector<Subscription::Reader> all;
  for (const auto known : before.getReader())
    if (!find_group(groups, words(known.getGroup()))) all.push_back(known);
  for (const auto group : groups) all.push_back(group);
  auto list = edit().initGroups(static_cast<unsigned>(all.size()));
  for (unsigned i = 0; i < list.size(); ++i) list.setWithCaveats(i, all[i]);
}

void DeclaredTopic::pass_on(std::uint32_t partitions_before, const std::vector<std::string>& groups_before) {
  const auto topic = state();
  for (std::uint32_t partition = 0; partition < topic.getOptions().getPartitions(); ++partition) {
    ref<TopicPartition>(partition_key(key(), partition)).send_configure([&](auto p) {
      p.setOptions(topic.getOptions());
      p.setGeneration(topic.getGeneration());
    });
    for (const auto group : topic.getGroups()) {
      const std::string name(words(group.getGroup()));
      // A partition that is added to a topic holds nothing that a group it had before is to miss.
      const bool added = partition >= partitions_before &&
                         std::find(groups_before.begin(), groups_before.end(), name) != groups_before.end();
      ref<TopicGroup>(group_key(key(), partition, name)).send_subscribe([&](auto p) {
        p.setSubscription(group);
        if (added) p.getSubscription().setStart(Subscription::Start::BEGINNING);
        p.setGeneration(topic.getGeneration());
      });
    }
  }
}

Task<> DeclaredTopic::describe(DescribeParams::Reader, DescribeResults::Builder out) {
  out.setOptions(state().getOptions());
  out.setGeneration(state().getGeneration());
  out.setGroups(state().getGroups());
  co_return;
}

Task<> DeclaredTopic::status(StatusParams::Reader, StatusResults::Builder out) {
  const auto topic = state();
  const std::uint32_t count = topic.getOptions().getPartitions();
  std::vector<Call<TopicPartition::StatusResults>> partitions;
  std::vector<Call<TopicGroup::StatusResults>> groups;
  for (std::uint32_t partition = 0; partition < count; ++partition) {
    partitions.push_back(ref<TopicPartition>(partition_key(key(), partition)).status([](auto) {}));
    for (const auto group : topic.getGroups())
      groups.push_back(ref<TopicGroup>(group_key(key(), partition, words(group.getGroup()))).status());
  }
  auto partition_list = out.initPartitions(static_cast<unsigned>(partitions.size()));
  for (unsigned i = 0; i < partitions.size(); ++i) {
    auto reply = co_await std::move(partitions[i]);
    partition_list.setWithCaveats(i, reply->getStatus());
  }
  auto group_list = out.initGroups(static_cast<unsigned>(groups.size()));
  for (unsigned i = 0; i < groups.size(); ++i) {
    auto reply = co_await std::move(groups[i]);
    group_list.setWithCaveats(i, reply->getStatus());
  }
}

Task<> DeclaredTopic::dropGroup(DropGroupParams::Reader in, DropGroupResults::Builder) {
  const std::string name(words(in.getGroup()));
  if (!find_group(state().getGroups(), name))
    throw Refusal("no_such_group", "topic '" + std::string(key()) + "' has no group '" + name + "'");
  const auto before = edit().disownGroups();
  auto list = edit().initGroups(before.getReader().size() - 1);
  unsigned i = 0;
  for (const auto group : before.getReader())
    if (words(group.getGroup()) != name) list.setWithCaveats(i++, group);
  for (std::uint32_t partition = 0; partition < state().getOptions().getPartitions(); ++partition)
    ref<TopicGroup>(group_key(key(), partition, name)).send_drop();
  co_return;
}

}  // namespace troupe::topic

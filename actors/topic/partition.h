// The actor that owns one partition of a topic: gives events their offsets, removes what retention says, wakes the
// groups that wait for more, and refuses publishers when a group is too far behind. Where the events lie is its
// EventLog's business.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "topic/event_log.h"

namespace troupe::topic {

class Partition final : public TopicPartitionActor, private LogHome {
 public:
  // `key`s look like "orders/3"; the log is made when the actor is activated.
  explicit Partition(LogFactory make_log);

  Task<> append(AppendParams::Reader in, AppendResults::Builder out) override;
  Task<> fetch(FetchParams::Reader in, FetchResults::Builder out) override;
  Task<> find(FindParams::Reader in, FindResults::Builder out) override;
  Task<> status(StatusParams::Reader in, StatusResults::Builder out) override;
  Task<> configure(ConfigureParams::Reader in, ConfigureResults::Builder out) override;
  Task<> follow(FollowParams::Reader in, FollowResults::Builder out) override;
  Task<> unfollow(UnfollowParams::Reader in, UnfollowResults::Builder out) override;

 protected:
  void on_activate() override;
  Task<> on_reminder(std::string_view name) override;

 private:
  // What a follower said last; newer than what the state holds, and gone with the activation.
  struct Progress {
    Offset committed = 0;
    std::uint64_t position = 0;
  };

  [[nodiscard]] Extent stored() const override;
  void store(const Extent& extent) override;

  [[nodiscard]] Task<> know_options();
  void refuse_if_behind(const Extent& extent) const;
  [[nodiscard]] std::uint64_t backlog(const Extent& extent) const;
  [[nodiscard]] Task<> keep_to_retention(Extent extent);
  [[nodiscard]] Task<Offset> first_to_keep(const Extent& extent);
  void wake_followers();
  PartitionState::Follower::Builder follower(std::string_view group);

  LogFactory make_log_;
  std::unique_ptr<EventLog> log_;
  std::map<std::string, Progress, std::less<>> progress_;
};

}  // namespace troupe::topic

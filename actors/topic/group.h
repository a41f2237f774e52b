// A group's hold on one partition: takes its events in order, a round at a time, gives them to their subscribers as
// durable messages, and goes on when all have answered. Where it is, what it sent and what it learns are committed
// together, so every event has its effects once, whatever dies.
//
// A round is the events committed .. roundEnd. All go to one subscriber in one batch, or, by event key, to each key's
// actor its own. A subscriber that fails at a batch gets its events again one by one; the one it fails at alone is
// poisoned, and the group's policy decides (group_failures.cpp). A group with nothing to do sleeps until its partition
// wakes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "topic/config.h"
#include "topic/event_log.h"
#include "troupe/table.h"

namespace troupe::topic {

class Group final : public TopicGroupActor {
 public:
  Task<> subscribe(SubscribeParams::Reader in, SubscribeResults::Builder out) override;
  Task<> wake(WakeParams::Reader in, WakeResults::Builder out) override;
  Task<> status(StatusParams::Reader in, StatusResults::Builder out) override;
  Task<> seek(SeekParams::Reader in, SeekResults::Builder out) override;
  Task<> resume(ResumeParams::Reader in, ResumeResults::Builder out) override;
  Task<> skip(SkipParams::Reader in, SkipResults::Builder out) override;
  Task<> pause(PauseParams::Reader in, PauseResults::Builder out) override;
  Task<> commit(CommitParams::Reader in, CommitResults::Builder out) override;
  Task<> deadEvents(DeadEventsParams::Reader in, DeadEventsResults::Builder out) override;
  Task<> retryDead(RetryDeadParams::Reader in, RetryDeadResults::Builder out) override;
  Task<> dropDead(DropDeadParams::Reader in, DropDeadResults::Builder out) override;
  Task<> drop(DropParams::Reader in, DropResults::Builder out) override;

 protected:
  void on_activate() override { place_ = parts_of_key(key()); }
  Task<> on_answer(const Answer& answer) override;
  Task<> on_reminder(std::string_view name) override;

 private:
  using Events = std::vector<Event::Reader>;

  // --- rounds (group.cpp) ---
  // Does what there is to do next, if anything: the rest of a round, or another. Fetching that fails is tried again
  // later.
  [[nodiscard]] Task<> go_on();
  [[nodiscard]] Task<> take_steps();
  [[nodiscard]] Task<bool> start_round();
  void finish_round();
  void send_round(const Events& events);
  void send(const std::string& subscriber, const Events& events, const std::string& tag);
  void know_method(std::string_view subscriber);
  void sleep();
  void note_loss(std::uint64_t events);
  // Events from `from` on, at most a round of them, from memory if they are there; readers hold until the next fetch.
  // Throws TryLater.
  [[nodiscard]] Task<Events> events_from(Offset from);
  [[nodiscard]] Task<> fetch(Offset from);
  [[nodiscard]] bool pulls() const { return state().getSubscription().getService().size() == 0; }
  [[nodiscard]] bool by_event_key() const { return state().getSubscription().getKey().size() == 0; }
  [[nodiscard]] bool in_round() const { return state().getRoundEnd() > state().getCommitted(); }
  [[nodiscard]] Ref<TopicPartition> partition() const;
  void say_progress(bool wake);
  void stop(const std::string& why);

  // --- commands (group_commands.cpp) ---
  [[nodiscard]] Task<Offset> resolve(TopicGroup::Place::Reader to);
  void move_to(Offset offset, std::uint64_t position);

  // --- what subscribers fail at (group_failures.cpp) ---
  [[nodiscard]] bool has_failures();
  // Sends the next event of a part that failed; true: there was none left.
  [[nodiscard]] Task<bool> redeliver();
  void part_failed(const std::string& subscriber, Offset from, std::uint64_t events, const std::string& error);
  [[nodiscard]] Task<std::optional<Event::Reader>> next_event_of(std::string subscriber, Offset from);
  [[nodiscard]] Task<> set_aside(std::string subscriber, Offset offset, std::string error);
  void single_delivered(const std::string& subscriber, Offset offset);
  void dead_answered(Offset offset, const Error* error);
  void forget_failures();

  KeyParts place_;
  std::optional<std::uint16_t> method_;  // of the subscriber
  // The page that was fetched last.
  std::optional<Reply<TopicPartition::FetchResults>> page_;
};

}  // namespace troupe::topic

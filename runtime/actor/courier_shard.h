// One of the courier's threads of work: the channels of a part of the senders. Private to the courier.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "actor/channel.h"
#include "actor/context.h"
#include "actor/courier.h"
#include "engine/scheduled_actor.h"

namespace troupe::actor {

// Messages that have become durable.
class TakeMail final : public Mail {
 public:
  explicit TakeMail(std::vector<Sent> messages_in) : Mail(Kind::call), messages(std::move(messages_in)) {}
  void discard() noexcept override { delete this; }
  std::vector<Sent> messages;
};

class RowCommit;

// What the store holds of a channel when its partition opens.
struct WaitingChannel {
  std::uint64_t messages = 0;
  std::uint64_t oldest_ms = 0;
};

class CourierShard final : public engine::ScheduledActor {
 public:
  explicit CourierShard(Context& context) : engine::ScheduledActor(context.engine), context_(context) {}

  void receive(Mail* mail) noexcept override;
  void start();
  void open_partition(PartitionId partition, Epoch epoch);
  void found(const std::string& prefix, const WaitingChannel& waiting);  // by what its rows begin with
  void close_partition(PartitionId partition) noexcept;
  void forget(std::string_view sender_rows);  // what the rows of an erased sender began with
  void stop() noexcept;
  [[nodiscard]] std::vector<ChannelView> views(std::size_t limit) const;

  std::atomic<std::uint64_t> delivered{0}, repeated{0}, given_up{0};

 private:
  Channel& channel_of(const wire::AddressPtr& sender, std::string_view prefix);
  void let_go(Channel& channel) noexcept;
  void abandon(Channel& channel) noexcept;
  void take(Sent message);
  void answered(wire::EnvelopePtr call);
  void on_timer(std::uint64_t token);
  void look(TimePoint now);
  void advance(Channel& channel);
  void read_more(Channel& channel);
  void send(Channel& channel, Channel::Message& message, std::uint64_t after);
  // Of one delivery, if the trace of the message is recorded.
  void begin_span(wire::Envelope& call, std::uint64_t sent_ms) const noexcept;
  void give_answer(Channel& channel, Channel::Message& message);
  void try_later(Channel& channel, const Error& why);
  void give_up(Channel& channel, const Error& why);
  void finished(Channel& channel, Channel::Message& message);
  void erase(PartitionId partition, store::Write write);
  void flush();

  Context& context_;
  bool running_ = false;
  bool looking_ = false;
  std::unordered_map<std::string, std::uint64_t> by_row_;  // what the rows of a channel begin with -> its number
  std::map<std::uint64_t, std::unique_ptr<Channel>> channels_;
  std::uint64_t last_channel_ = 0;
  struct Open {
    Epoch epoch = 0;
    std::uint64_t not_hosted = 0;  // messages of actors that this node does not host
  };
  std::map<PartitionId, Open> open_;  // the partitions that are
  std::map<PartitionId, RowCommit*> erasures_;
  std::size_t erasing_ = 0;
};

}  // namespace troupe::actor

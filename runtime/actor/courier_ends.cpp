// How a message ends: acknowledged, or a dead letter. Either way its row goes.
#include <algorithm>

#include "actor/courier_shard.h"
#include "actor/outbox.h"
#include "base/limits.h"
#include "base/log_fields.h"
#include "store/format/keys.h"
#include "telemetry/call_span.h"

namespace troupe::actor {

// Rows that are erased or rewritten; nobody waits for it.
class RowCommit final : public store::Commit {
 public:
  void durable() noexcept override { delete this; }
  void failed(const Error&) noexcept override { delete this; }  // they stay, and are met again after a restart

  std::size_t bytes = 0;
};

void CourierShard::begin_span(wire::Envelope& call, std::uint64_t sent_ms) const noexcept {
  if (!call.trace || !context_.tracer) return;
  const std::uint64_t now = context_.clock.wall_ms();
  telemetry::begin_delivery(*context_.tracer, call, std::chrono::milliseconds(now > sent_ms ? now - sent_ms : 0));
}

// The first message becomes a dead letter, and the next may go.
void CourierShard::give_up(Channel& channel, const Error& why) {
  auto* message = channel.find(channel.first_open());
  std::string key = channel.prefix;
  store::append_u64(key, message->sequence);
  auto bytes = context_.store->read(key);
  if (!bytes.ok()) return try_later(channel, bytes.error());
  if (*bytes) {
    auto row = RowReader::open(std::make_shared<const std::vector<std::byte>>(std::move(**bytes)), key);
    if (!row.ok()) return try_later(channel, row.error());
    wire::Message built;
    auto letter = built.initRoot<rows::DeadLetter>();
    letter.setMessage(row->get<rows::Message>());
    letter.setTries(message->tries);
    letter.setErrorKind(std::string(to_string(why.kind())));
    letter.setError(why.message().substr(0, limits::kMaxErrorText));
    letter.setGivenUpMs(context_.clock.wall_ms());
    auto value = row_of(built.getRoot<capnp::AnyPointer>().asReader());
    if (!value.ok()) return try_later(channel, value.error());
    const PartitionId partition = channel.sender->partition;
    erase(partition, {dead_letter_key(key), std::move(*value)});
  }
  given_up.fetch_add(1, std::memory_order_relaxed);
  if (context_.log) {
    context_.log({LogLevel::error, "outbox",
                  "message " + std::to_string(message->sequence) + " of " + channel.sender->text() + " to " +
                      channel.to + " is a dead letter after " + std::to_string(message->tries) +
                      " tries: " + why.message(),
                  LogFields{{"service", channel.sender->service.name},
                            {"key", channel.sender->key},
                            {"receiver", channel.to},
                            {"error", why.message()}}});
  }
  finished(channel, *message);
  channel.succeeded();
  advance(channel);
}

void CourierShard::finished(Channel& channel, Channel::Message& message) {
  message.done = true;
  --channel.waiting;
  delivered.fetch_add(1, std::memory_order_relaxed);
  context_.outbox_messages.fetch_sub(1, std::memory_order_relaxed);
  store::Write write;
  write.key = channel.prefix;
  store::append_u64(write.key, message.sequence);
  // A message with an answer was erased by the turn that took it in; once more costs nothing.
  erase(channel.sender->partition, std::move(write));
}

// A message that is not under way finds its row gone when its time comes, and ends there.
void CourierShard::forget(std::string_view sender_rows) {
  std::vector<std::uint64_t> numbers;
  for (const auto& [prefix, number] : by_row_) {
    if (prefix.starts_with(sender_rows)) numbers.push_back(number);
  }
  for (const auto number : numbers) {
    Channel& channel = *channels_.at(number);
    std::int64_t held = 0;
    for (auto& message : channel.messages) {
      if (message.done) continue;
      ++held;
      message.fresh = nullptr;
    }
    context_.outbox_messages.fetch_sub(static_cast<std::uint64_t>(std::max<std::int64_t>(channel.waiting - held, 0)),
                                       std::memory_order_relaxed);
    channel.waiting = std::min(channel.waiting, held);
    channel.behind = false;
    if (running_) advance(channel);
  }
}

// A dead letter and the row of its message go in one commit, so its room is looked at for both.
void CourierShard::erase(PartitionId partition, store::Write write) {
  auto& commit = erasures_[partition];
  const std::size_t bytes = write.key.size() + (write.value ? write.value->size() : 0);
  if (commit && write.value && commit->bytes + bytes + store::kMaxKeyBytes > limits::kMaxTurnBytes)
    context_.store->commits().submit(std::exchange(commit, nullptr));
  if (!commit) {
    commit = new RowCommit;
    commit->partition = partition;
    commit->epoch = open_.at(partition).epoch;
  }
  commit->bytes += bytes;
  commit->writes.push_back(std::move(write));
  ++erasing_;
}

void CourierShard::flush() {
  for (auto& [partition, commit] : erasures_) context_.store->commits().submit(commit);
  erasures_.clear();
  erasing_ = 0;
}

std::vector<ChannelView> CourierShard::views(std::size_t limit) const {
  std::vector<ChannelView> out;
  const std::uint64_t now = context_.clock.wall_ms();
  for (const auto& [number, channel] : channels_) {
    if (out.size() >= limit) break;
    ChannelView view{.from = channel->sender->text(),
                     .to = channel->to,
                     .waiting = static_cast<std::uint64_t>(std::max<std::int64_t>(channel->waiting, 0))};
    std::uint64_t oldest = channel->oldest_ms;
    for (const auto& message : channel->messages) {
      if (message.done) continue;
      if (message.under_way) ++view.under_way;
      if (oldest == 0 || message.sent_ms < oldest) oldest = message.sent_ms;
    }
    if (const auto* first = channel->find(channel->first_open())) {
      view.tries = first->tries;
      oldest = first->sent_ms;
    }
    view.oldest_ms = oldest != 0 && now > oldest ? now - oldest : 0;
    view.last_error = channel->last_error;
    out.push_back(std::move(view));
  }
  return out;
}

}  // namespace troupe::actor

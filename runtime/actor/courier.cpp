#include "actor/courier.h"

#include <algorithm>
#include <functional>
#include <future>
#include <map>

#include "actor/courier_shard.h"
#include "actor/outbox.h"
#include "actor/registry.h"
#include "engine/function_mail.h"

namespace troupe::actor {
namespace {

constexpr std::size_t kShards = 4;

}  // namespace

Courier::Courier(Context& context) : context_(context) {
  for (std::size_t i = 0; i < kShards; ++i) shards_.push_back(make_counted<CourierShard>(context));
}

Courier::~Courier() = default;

// All that a partition sends is in one shard, which lets go of it in one piece.
CourierShard& Courier::shard_of(PartitionId partition) const { return *shards_[partition % kShards]; }

// Which channels have messages waiting; the messages themselves are read when their time comes.
void Courier::open(PartitionId partition, Epoch epoch) {
  std::map<std::string, WaitingChannel, std::less<>> channels;
  const auto looked =
      context_.store->for_each(store::kind_range(partition, store::KeyKind::outbox), [&](const store::Record& record) {
        const auto parsed = store::parse_row_key(record.key).value();
        if (parsed.rest.size() != kHashBytes + kSequenceBytes)
          throw Error(ErrorKind::corrupt, "a message of the actor with key \"" + parsed.key + "\" has no number");
        auto row = RowReader::open(std::make_shared<const std::vector<std::byte>>(record.value), record.key).value();
        auto& channel = channels[std::string(channel_of(record.key))];
        if (channel.messages++ == 0) channel.oldest_ms = row.get<rows::Message>().getSentMs();
        return true;
      });
  looked.value();
  auto& shard = shard_of(partition);
  (void)engine::FunctionMail::post(shard, [&shard, partition, epoch, channels = std::move(channels)] {
    shard.open_partition(partition, epoch);
    for (const auto& [prefix, channel] : channels) shard.found(prefix, channel);
  });
}

void Courier::close(PartitionId partition) {
  auto& shard = shard_of(partition);
  engine::FunctionMail::done_by(shard, [&shard, partition] { shard.close_partition(partition); });
}

void Courier::start() {
  for (auto& shard : shards_) {
    (void)engine::FunctionMail::post(*shard, [shard = shard.get()] { shard->start(); });
  }
}

void Courier::take(std::vector<Sent> messages) {
  CourierShard& shard = shard_of(messages.front().sender->partition);
  auto* mail = new TakeMail(std::move(messages));
  if (!shard.post(mail)) mail->discard();
}

void Courier::forget(wire::Address& sender) {
  CourierShard& shard = shard_of(sender.partition);
  std::string rows = store::row_key(store::KeyKind::outbox, {sender.partition, sender.service_id, sender.key});
  (void)engine::FunctionMail::post(shard, [&shard, rows = std::move(rows)] { shard.forget(rows); });
}

void Courier::stop() {
  for (auto& shard : shards_) engine::FunctionMail::done_by(*shard, [shard = shard.get()] { shard->stop(); });
}

std::vector<ChannelView> Courier::channels(std::size_t limit) const {
  std::vector<ChannelView> all;
  for (const auto& shard : shards_) {
    auto views = std::make_shared<std::promise<std::vector<ChannelView>>>();
    auto answer = views->get_future();
    const bool asked = engine::FunctionMail::post(
        *shard, [views, limit, shard = shard.get()] { views->set_value(shard->views(limit)); });
    if (!asked || answer.wait_for(std::chrono::seconds(2)) != std::future_status::ready) continue;
    for (auto& view : answer.get()) all.push_back(std::move(view));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.oldest_ms > b.oldest_ms; });
  if (all.size() > limit) all.resize(limit);
  return all;
}

OutboxView Courier::totals() const {
  const auto waiting = static_cast<std::int64_t>(context_.outbox_messages.load(std::memory_order_relaxed));
  OutboxView view{.waiting = static_cast<std::uint64_t>(std::max<std::int64_t>(waiting, 0))};
  for (const auto& shard : shards_) {
    view.delivered += shard->delivered.load(std::memory_order_relaxed);
    view.repeated += shard->repeated.load(std::memory_order_relaxed);
    view.given_up += shard->given_up.load(std::memory_order_relaxed);
  }
  view.delivered -= std::min(view.delivered, view.given_up);
  return view;
}

}  // namespace troupe::actor

#include "actor/courier.h"

#include <algorithm>
#include <future>

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
  load();
}

Courier::~Courier() = default;

CourierShard& Courier::shard_of(const wire::Address& sender) const {
  return *shards_[hash_of(sender.service_id, sender.key).lo % kShards];
}

// Which channels have messages waiting; the messages themselves are read when their time comes.
void Courier::load() {
  for (PartitionId partition = 0; partition < kPartitions; ++partition) {
    auto looked = context_.store->for_each(
        store::kind_range(partition, store::KeyKind::outbox), [&](const store::Record& record) {
          const auto parsed = store::parse_row_key(record.key).value();
          if (parsed.rest.size() != kHashBytes + kSequenceBytes)
            throw Error(ErrorKind::corrupt, "a message of the actor with key \"" + parsed.key + "\" has no number");
          auto row = RowReader::open(std::make_shared<const std::vector<std::byte>>(record.value), record.key).value();
          auto& shard = shards_[hash_of(parsed.service, parsed.key).lo % kShards];
          shard->found(record.key, row.get<rows::Message>().getSentMs());
          context_.outbox_messages.fetch_add(1, std::memory_order_relaxed);
          return true;
        });
    looked.value();
  }
}

void Courier::start() {
  for (auto& shard : shards_) {
    (void)engine::FunctionMail::post(*shard, [shard = shard.get()] { shard->start(); });
  }
}

void Courier::take(std::vector<Sent> messages) {
  CourierShard& shard = shard_of(*messages.front().sender);
  auto* mail = new TakeMail(std::move(messages));
  if (!shard.post(mail)) mail->discard();
}

void Courier::forget(wire::Address& sender) {
  CourierShard& shard = shard_of(sender);
  std::string rows = store::row_key(store::KeyKind::outbox, {sender.partition, sender.service_id, sender.key});
  (void)engine::FunctionMail::post(shard, [&shard, rows = std::move(rows)] { shard.forget(rows); });
}

void Courier::stop() {
  for (auto& shard : shards_) {
    auto done = std::make_shared<std::promise<void>>();
    auto stopped = done->get_future();
    const bool asked = engine::FunctionMail::post(*shard, [done, shard = shard.get()] {
      shard->stop();
      done->set_value();
    });
    if (asked) wait_until_ready(stopped, shard->engine().steps());
  }
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
  OutboxView view{.waiting = context_.outbox_messages.load(std::memory_order_relaxed)};
  for (const auto& shard : shards_) {
    view.delivered += shard->delivered.load(std::memory_order_relaxed);
    view.repeated += shard->repeated.load(std::memory_order_relaxed);
    view.given_up += shard->given_up.load(std::memory_order_relaxed);
  }
  view.delivered -= std::min(view.delivered, view.given_up);
  return view;
}

}  // namespace troupe::actor

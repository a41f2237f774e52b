#include "transfer/transfers.h"

#include <utility>
#include <variant>
#include <vector>

namespace troupe::transfer {
namespace {

bool of_giver(const Word& word) { return word.index() < Word(Ready{}).index(); }

}  // namespace

Transfers::Transfers(store::Store& store, NodeTime& time, TakingRules& rules, TransferOptions options, LogSink log)
    : store_(store),
      schemas_(options.schemas),
      pace_(options.bytes_a_second),
      rules_(rules),
      messages_(*this),
      last_move_(mix(options.run)),
      taking_(
          store, time, rules, [this](net::PeerId to, const TransferMessage& message) { (void)say(to, message); },
          std::move(log), options.schemas) {}

Transfers::~Transfers() { stop(); }

Result<void> Transfers::say(net::PeerId to, const TransferMessage& message) noexcept try {
  return messages_.send(to, encode(message));
} catch (const std::exception&) {
  return Error(ErrorKind::overloaded, "there is no memory for a message about a partition");
}

std::shared_ptr<Giving> Transfers::give(PartitionId partition, Epoch epoch, net::PeerId to) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t move = ++last_move_;
  auto giving = std::make_shared<Giving>(
      store_, partition, epoch, move, pace_, [this, to](const TransferMessage& message) { return say(to, message); },
      schemas_);
  std::erase_if(gives_, [](const auto& give) { return give.second.giving.expired(); });
  gives_[move] = {to, giving};
  if (stopped_) giving->lose("this node stops");
  return giving;
}

void Transfers::stop() {
  std::vector<std::shared_ptr<Giving>> all;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& [move, give] : gives_)
      if (auto giving = give.giving.lock()) all.push_back(std::move(giving));
  }
  for (const auto& giving : all) giving->lose("this node stops");
}

Result<void> Transfers::on_message(net::PeerId from, wire::Bytes bytes) noexcept try {
  auto message = decode(bytes);
  if (!message.ok()) return net::broke_protocol("a message about a partition: " + message.error().message());
  if (of_giver(message->word)) return taking_.hear(from, std::move(*message), bytes.size());
  std::shared_ptr<Giving> giving;
  {
    const std::lock_guard lock(mutex_);
    const auto give = gives_.find(message->move);
    if (give != gives_.end() && give->second.to == from) giving = give->second.giving.lock();
  }
  if (giving && giving->partition() == message->partition) giving->hear(message->word);
  return {};
} catch (const std::bad_alloc&) {
  return Error(ErrorKind::overloaded, "there is no memory for a message about a partition");
}

void Transfers::on_messages_closed(net::PeerId peer) noexcept try {
  taking_.lose(peer);
  std::vector<std::shared_ptr<Giving>> lost;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [move, give] : gives_)
      if (auto giving = give.to == peer ? give.giving.lock() : nullptr) lost.push_back(std::move(giving));
  }
  for (const auto& giving : lost) giving->lose("the link to the taker was lost");
} catch (const std::bad_alloc&) {
  // Who waits for an answer gives up after kSilence, and a new try forgets the old one.
}

}  // namespace troupe::transfer

// The partitions that go from this node to others and come from them: who hears which message.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "base/node_time.h"
#include "net/message_channel.h"
#include "store/store.h"
#include "transfer/giving.h"
#include "transfer/taking.h"
#include "troupe/log.h"

namespace troupe::transfer {

struct TransferOptions {
  Incarnation run = 0;  // which run of the node this is, so that a late word of an earlier one is known as such
  std::uint64_t bytes_a_second = 0;     // that copies send, all together; 0: without bound
  PartitionSchemas* schemas = nullptr;  // outlives the transfers; null: nobody is asked about them
};

// Outlives the links, which tell it.
class Transfers final : public net::NodeMessageEvents {
 public:
  // All outlive it.
  Transfers(store::Store& store, NodeTime& time, TakingRules& rules, TransferOptions options, LogSink log);
  ~Transfers();

  // For LinkOptions::channels.
  [[nodiscard]] net::ChannelOffer offer() { return messages_.offer(); }

  // Whether there is a link to it that partitions travel on. Any thread.
  [[nodiscard]] bool reaches(net::PeerId to) const { return messages_.open(to); }
  // One try, which the caller goes through with (giving.h). Any thread.
  [[nodiscard]] std::shared_ptr<Giving> give(PartitionId partition, Epoch epoch, net::PeerId to);
  // The records changed, so that what was taken for nothing may be erased. Any thread.
  void look_again() { taking_.look_again(); }
  // Tries end with an error, and no more begin. Any thread.
  void stop();

  Result<void> on_message(net::PeerId from, wire::Bytes bytes) noexcept override;
  void on_messages_open(net::PeerId peer) noexcept override { rules_.reached(peer); }
  void on_messages_closed(net::PeerId peer) noexcept override;

 private:
  struct Given {
    net::PeerId to;
    std::weak_ptr<Giving> giving;
  };
  // Also where nothing may be thrown.
  [[nodiscard]] Result<void> say(net::PeerId to, const TransferMessage& message) noexcept;

  store::Store& store_;
  PartitionSchemas* const schemas_;
  Pace pace_;
  TakingRules& rules_;
  net::NodeMessages messages_;
  std::mutex mutex_;
  std::map<std::uint64_t, Given> gives_;  // by move
  std::uint64_t last_move_;
  bool stopped_ = false;
  Taking taking_;  // last: its thread uses what stands above
};

}  // namespace troupe::transfer

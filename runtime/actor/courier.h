// The courier: takes durable messages from the outbox to their receivers.
//
// A message is handed over when the turn that sent it is on disk, or found in the store when its partition opens. The
// courier calls the receiver again and again, in order per (sender, receiver), until the message is acknowledged; then
// its row is erased. Messages of one such channel are under way together, each saying which one it follows, so the
// receiver takes none out of order. What the receiver keeps failing at becomes a dead letter.
//
// Decides nothing about the receiver's side: that is actor/messages.cpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/epoch.h"
#include "troupe/error.h"
#include "troupe/inspection.h"
#include "wire/envelope.h"

namespace troupe::actor {

struct Context;
class CourierShard;

// A durable message on its way, as the commit that made it durable knows it.
struct Sent {
  wire::AddressPtr sender;
  std::string row;  // its durable key
  std::uint64_t sequence = 0;
  std::string answer;         // the tag; empty: none is wanted
  std::uint64_t sent_ms = 0;  // wall clock
  wire::EnvelopePtr call;     // never sent so far
};

class Courier {
 public:
  // `context` outlives it.
  explicit Courier(Context& context);
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  // Begins to deliver. Before that nothing is under way.
  void start();
  // A partition opens: looks through the store for messages of its actors that wait, and delivers them in this epoch.
  // Throws `corrupt` for rows it cannot read. Nothing of the partition is taken at that moment. Any thread.
  void open(PartitionId partition, Epoch epoch);
  // A partition closes, and none of its actors sends any more: lets go of its messages, and has submitted what it
  // erases when this returns. Any thread but an actor's.
  void close(PartitionId partition);
  // Messages of one sender whose commit is durable. Any thread.
  void take(std::vector<Sent> messages);
  // The sender's messages were erased: what is not under way is not sent any more. Any thread, after the commit.
  void forget(wire::Address& sender);
  // Sends nothing more, and lets go of everything; what was not acknowledged stays in the store. Blocks until done.
  void stop();

  // What waits and why, the longest-waiting channels first. Any thread but an actor's; may block for moments.
  [[nodiscard]] std::vector<ChannelView> channels(std::size_t limit) const;
  [[nodiscard]] OutboxView totals() const;

 private:
  [[nodiscard]] CourierShard& shard_of(PartitionId partition) const;

  Context& context_;
  std::vector<Ptr<CourierShard>> shards_;
};

}  // namespace troupe::actor

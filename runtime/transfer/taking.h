// Taking partitions from other nodes: what they say is stored in the order in which it comes, by one thread of its own.
//
// A partition that is being taken is nobody's business here: it is not led, and its mark says that it is not whole
// until everything is on disk. Whether the node may take it at all is decided above (TakingRules). What came of a try
// that its giver gave up is erased: at once while it is not whole, else when the records say that somebody leads the
// partition since; what the node's end leaves behind goes at its next start.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/node_time.h"
#include "net/links.h"
#include "store/store.h"
#include "transfer/partition_schemas.h"
#include "transfer/transfer_message.h"
#include "troupe/log.h"

namespace troupe::transfer {

// What has come and is not submitted to the store yet; a giver that keeps to its window is far below.
inline constexpr std::size_t kMostUnstoredBytes = std::size_t{256} << 20;

class TakingRules {
 public:
  // Null: this node is to take the partition from that peer, which leads it in that epoch. Else why not. On the taker's
  // thread; may wait for what is on its way.
  [[nodiscard]] virtual std::optional<std::string> why_not(net::PeerId from, PartitionId partition, Epoch epoch) = 0;
  // The giver says that this node owns it now. On the taker's thread.
  virtual void leads(net::PeerId from, PartitionId partition, Epoch epoch) = 0;
  // Whether another node leads the partition in a later epoch, with all that was committed until then, so that what
  // this one took in that epoch is nobody's. On the taker's thread.
  [[nodiscard]] virtual bool is_over(PartitionId partition, Epoch epoch) = 0;
  // Partitions may be given to that peer from now on. On the links' thread.
  virtual void reached(net::PeerId peer) noexcept = 0;

 protected:
  ~TakingRules() = default;
};

class Taking {
 public:
  using Say = std::function<void(net::PeerId, TransferMessage)>;
  // All outlive it, but for `say`. `schemas`: null asks nobody.
  Taking(store::Store& store, NodeTime& time, TakingRules& rules, Say say, LogSink log,
         PartitionSchemas* schemas = nullptr);
  // Ends the thread; what is under way is left as it is.
  ~Taking();
  Taking(const Taking&) = delete;
  Taking& operator=(const Taking&) = delete;

  // Any thread, never blocks. An error: more than a giver may send.
  [[nodiscard]] Result<void> hear(net::PeerId from, TransferMessage message, std::size_t bytes);
  void lose(net::PeerId from);
  // The records changed: what was taken and never led may be over now (TakingRules::is_over()). Any thread.
  void look_again();

 private:
  struct Heard {
    enum class What : std::uint8_t { message, lost, records };
    What what = What::message;
    net::PeerId from = 0;
    TransferMessage message{};
    std::size_t bytes = 0;
  };
  // A partition that is being taken.
  struct Take {
    net::PeerId from = 0;
    std::uint64_t move = 0;
    Epoch epoch = 0;
    std::uint64_t last_set = 0;  // 0: none came
  };
  class Stores;

  void run();
  void act(Heard& heard);
  [[nodiscard]] Result<void> begin(const Heard& heard);
  [[nodiscard]] Result<void> put(const Heard& heard, std::vector<store::Write> writes);
  [[nodiscard]] Result<std::vector<store::Write>> writes_of(Take& take, PartitionId partition, const Sets& sets) const;
  [[nodiscard]] Result<std::vector<store::Write>> writes_of(PartitionId partition, Records& records) const;
  [[nodiscard]] Result<void> end(const Heard& heard, const End& end);
  [[nodiscard]] Take* take_of(const Heard& heard);
  // Ends a try, or all that `from` made.
  void give_up(PartitionId partition);
  void give_up_all(net::PeerId from);
  void erase_what_is_over();
  void erase(PartitionId partition, Epoch epoch);
  void answer(const Heard& heard, Word word) {
    say_(heard.from, {heard.message.partition, heard.message.epoch, heard.message.move, std::move(word)});
  }

  store::Store& store_;
  NodeTime& time_;
  TakingRules& rules_;
  const Say say_;
  const LogSink log_;
  PartitionSchemas* const schemas_;

  std::map<PartitionId, Take> takes_;   // the thread's own, like what follows
  std::map<PartitionId, Epoch> whole_;  // taken from who led it in that epoch, and not led here yet

  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Heard> heard_;
  std::size_t bytes_ = 0;
  bool looks_ = false;  // at the records, some time
  bool stops_ = false;
  std::thread thread_;
};

}  // namespace troupe::transfer

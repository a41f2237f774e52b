// JetStreamLog: a partition's events in a stream of NATS JetStream. Its owner is the only one who appends, and says
// with each append which message must be the last: whoever knows less than the stream appends nothing before it has
// looked. An append that nobody knows the end of is looked for in the stream before it is made again.
//
// The extent that is committed with the turns (LogHome::stored()) says up to where appends are known to have been
// answered: those behind it are `unconfirmed`, and their publishers may come again. Where the log begins is committed
// too, for a stream loses whole messages only, and never its last.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "topic/jetstream/connection.h"
#include "topic/jetstream/stored_append.h"

namespace troupe::topic::jetstream {

class JetStreamLog final : public EventLog {
 public:
  JetStreamLog(LogHome& home, std::shared_ptr<Connection> connection);

  Task<Extent> extent() override;
  Task<Appended> append(const Appending& events) override;
  Task<LogPage> read(Offset from, PageLimit limit) override;
  Task<std::optional<EventMark>> mark(Offset offset) override;
  Task<Extent> trim(Offset first) override;

  // What is in the stream; built on a thread that may block.
  struct Found {
    Extent extent;
    Sequences sequences;
    std::vector<std::pair<RequestId, Offset>> unconfirmed;  // appends that no commit knows
  };
  // Sequences of messages by the offsets of their first events: some of them, so that the others are found faster.
  using Anchors = std::map<Offset, std::uint64_t>;

 private:
  [[nodiscard]] Task<> know_stream();
  void forget_stream() noexcept;
  void went_on(Offset first, const Extent& extent, std::uint64_t sequence);
  void drop_confirmed();
  [[nodiscard]] std::optional<Offset> find_unconfirmed(const RequestId& id) const;
  void confirm(const Extent& extent);
  [[nodiscard]] Task<AppendPtr> find(Offset offset);
  void remember(Offset first, std::uint64_t sequence);

  LogHome& home_;
  std::shared_ptr<Connection> connection_;
  StreamName name_;
  std::uint64_t changes_ = 0;  // of what follows
  bool known_ = false;         // whether that is so
  Extent extent_;
  Sequences sequences_;
  std::unordered_map<RequestId, Offset> unconfirmed_;  // and some that are confirmed
  Offset confirmed_ = ~Offset{0};                      // when the last turn that appends began
  Anchors anchors_;
};

}  // namespace troupe::topic::jetstream

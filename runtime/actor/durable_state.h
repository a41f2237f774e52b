// What one actor keeps, as its memory has it: the state, the replies it remembers, the numbers of the messages it sent
// and took, and the rows of commits that are under way. A turn's commit changes it as a whole, before the disk has it;
// nothing that rests on it leaves before that (output_gate.h).
//
// The actor's own thread. What an actor without a durable service has of it stays empty; what only some have, rows
// and messages, is allocated when it is first used.
#pragma once

#include <capnp/any.h>
#include <capnp/common.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "actor/effects.h"
#include "actor/reply_pages.h"
#include "actor/row_view.h"
#include "base/hash_seed.h"
#include "store/format/actor_record.h"

namespace troupe::actor {

class DurableState {
 public:
  // --- the record: the state, the newest replies, what is counted ---
  // What an activation goes on with. `corrupt` if the record's replies are. `joined_ms`: before that nothing is
  // remembered.
  [[nodiscard]] Result<void> load(const store::ActorRecordView& record, std::uint64_t joined_ms, std::uint64_t now_ms);
  [[nodiscard]] std::vector<std::byte> record(std::uint64_t state_type) const;
  [[nodiscard]] const store::RecordMeta& meta() const noexcept { return meta_; }

  // --- the state: flat, one segment without a table ---
  [[nodiscard]] const std::vector<capnp::word>& words() const noexcept { return words_; }
  // Null: there is none yet.
  [[nodiscard]] capnp::AnyPointer::Reader root() const;
  // A turn edited it. Gives the old one.
  [[nodiscard]] std::vector<capnp::word> replace(std::vector<capnp::word> words, std::uint32_t version) noexcept;
  // The same state in the form of another version; none: there was none.
  void migrate(std::optional<std::vector<capnp::word>> words, std::uint32_t version) noexcept;

  // --- replies ---
  // Those of the record; older ones are in pages.
  [[nodiscard]] const store::RememberedReplies& replies() const noexcept { return replies_; }
  void forget_replies(std::uint64_t now_ms) noexcept { replies_.forget_all(now_ms); }
  struct Remembering {
    const RequestId& call;
    std::span<const std::byte> reply;
    std::uint64_t now_ms;
    store::ReplyRetention retention;
    bool pages;  // more are remembered than the record holds
  };
  // Before a turn is committed whose reply is to be remembered: looks for the pages that there are, so that remember()
  // cannot fail. Throws what the store says.
  void expect_reply(const store::RowOwner& owner, const RowView& view) {
    if (meta_.reply_pages > 0) (void)pages(owner, &view);
  }
  void remember(const Remembering& what, const store::RowOwner& owner, RowMap& rows);
  // Throws what the store says.
  [[nodiscard]] bool find_older_reply(const RequestId& call, const store::RowOwner& owner, const RowView& view,
                                      wire::Payload& results);
  // Everything was erased, the pages too.
  void forget_pages() noexcept {
    if (optional_) optional_->pages.reset();
  }

  // --- messages ---
  void sent(std::size_t messages) noexcept { meta_.last_sent += messages; }
  // The last one taken from that sender; nothing: its row has not been looked at.
  [[nodiscard]] std::optional<std::uint64_t> last_taken(const RequestId& sender) const;
  void took(const RequestId& sender, std::uint64_t number) { optional_parts().taken.insert_or_assign(sender, number); }

  // --- rows of commits that are under way; all up to `durable` are on disk ---
  void add_unsettled(std::uint64_t commit, RowMap&& rows, std::uint64_t durable);
  // Null: there are none.
  [[nodiscard]] const UnsettledRows* unsettled(std::uint64_t durable);

 private:
  struct OptionalParts {
    UnsettledRows unsettled;
    std::unordered_map<RequestId, std::uint64_t, SeededHash> taken;  // as far as it has been asked for
    std::optional<ReplyPages> pages;                                 // not known until it was looked for them
  };
  OptionalParts& optional_parts() {
    if (!optional_) optional_ = std::make_unique<OptionalParts>();
    return *optional_;
  }
  // `view`: null where there are none, or they are known by now.
  ReplyPages& pages(const store::RowOwner& owner, const RowView* view);

  std::vector<capnp::word> words_;
  store::RememberedReplies replies_;
  store::RecordMeta meta_;
  std::unique_ptr<OptionalParts> optional_;
};

}  // namespace troupe::actor

// The older replies that an actor remembers, in pages: a row each. The newest are in its record
// (store/format/remembered_replies.h).
//
// A page is written once for many replies and read only when a call comes again, so remembering a thousand replies
// costs a commit little more than remembering sixteen. Kept in memory is what the pages hold together: a turn that
// edits reads none. The actor's own thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "actor/effects.h"
#include "actor/row_view.h"
#include "store/format/keys.h"
#include "store/format/remembered_replies.h"
#include "wire/message.h"

namespace troupe::actor {

class ReplyPages {
 public:
  // Of an actor that has none.
  explicit ReplyPages(const store::RowOwner& owner);
  // Looks for those that there are. Throws what the store says, and `corrupt`.
  [[nodiscard]] static ReplyPages look(const store::RowOwner& owner, const RowView& view);

  // `block`, which left the record, becomes the page of that number, newer than all others.
  void add(std::uint32_t number, const store::ReplyBlock& block, RowMap& rows);
  // Erases the oldest ones, as far as `newest` and the others hold what `retention` says; `newest` is told what is
  // forgotten by that. Whole pages: a few replies more than the count are remembered, never fewer.
  void drop(const store::ReplyRetention& retention, std::uint64_t now_ms, store::RememberedReplies& newest,
            RowMap& rows);
  // For a call that comes again: fills in the reply it got then. False: none of them is of it.
  [[nodiscard]] bool find(const RequestId& call, const RowView& view, wire::Payload& results) const;

  [[nodiscard]] std::size_t pages() const noexcept { return pages_.size(); }
  [[nodiscard]] std::size_t replies() const noexcept { return count_; }

 private:
  struct Page {
    std::uint32_t number;
    std::uint64_t newest_ms;
    std::size_t count;
    std::size_t bytes;
  };
  [[nodiscard]] std::string key(std::uint32_t number) const;
  void append(const Page& page);

  std::string prefix_;      // of their keys
  std::deque<Page> pages_;  // the oldest first
  std::size_t count_ = 0;   // of replies in them
  std::size_t bytes_ = 0;
};

}  // namespace troupe::actor

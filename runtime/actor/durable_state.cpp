#include "actor/durable_state.h"

#include <capnp/serialize.h>

#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace troupe::actor {

Result<void> DurableState::load(const store::ActorRecordView& record, std::uint64_t joined_ms, std::uint64_t now_ms) {
  auto replies = record.remembered();
  if (!replies.ok()) return replies.error();
  replies_ = std::move(*replies);
  replies_.forgot(joined_ms);
  replies_.forgotten_by(now_ms);
  meta_ = record.meta();
  words_ = std::vector<capnp::word>(record.state().size() / sizeof(capnp::word));
  if (!words_.empty()) std::memcpy(words_.data(), record.state().data(), record.state().size());
  return {};
}

std::vector<std::byte> DurableState::record(std::uint64_t state_type) const {
  return store::encode(std::as_bytes(std::span(words_)), state_type, replies_, meta_);
}

capnp::AnyPointer::Reader DurableState::root() const {
  if (words_.empty()) return {};
  return capnp::readMessageUnchecked<capnp::AnyPointer>(words_.data());
}

std::vector<capnp::word> DurableState::replace(std::vector<capnp::word> words, std::uint32_t version) noexcept {
  meta_.state_version = version;
  ++meta_.edits;
  return std::exchange(words_, std::move(words));
}

void DurableState::migrate(std::optional<std::vector<capnp::word>> words, std::uint32_t version) noexcept {
  if (words) words_ = std::move(*words);
  meta_.state_version = version;
}

ReplyPages& DurableState::pages(const store::RowOwner& owner, const RowView* view) {
  auto& known = optional_parts().pages;
  if (known) return *known;
  if (meta_.reply_pages == 0) return known.emplace(owner);
  TROUPE_CHECK(view);  // expect_reply() has looked for them
  return known.emplace(ReplyPages::look(owner, *view));
}

void DurableState::remember(const Remembering& what, const store::RowOwner& owner, RowMap& rows) {
  const bool full = replies_.count() >= limits::kRepliesInRecord ||
                    replies_.bytes() + what.reply.size() > limits::kReplyBytesInRecord;
  if (what.pages) {
    if (full && replies_.count() > 0) {
      ReplyPages& older = pages(owner, nullptr);
      older.add(meta_.reply_pages++, replies_.take_older_half(), rows);
    }
    if (meta_.reply_pages > 0) pages(owner, nullptr).drop(what.retention, what.now_ms, replies_, rows);
  }
  replies_.remember(what.call, store::ReplyOutcome::results, what.reply, what.now_ms, what.retention);
}

bool DurableState::find_older_reply(const RequestId& call, const store::RowOwner& owner, const RowView& view,
                                    wire::Payload& results) {
  return meta_.reply_pages > 0 && pages(owner, &view).find(call, view, results);
}

std::optional<std::uint64_t> DurableState::last_taken(const RequestId& sender) const {
  if (!optional_) return std::nullopt;
  const auto at = optional_->taken.find(sender);
  return at == optional_->taken.end() ? std::nullopt : std::optional(at->second);
}

void DurableState::add_unsettled(std::uint64_t commit, RowMap&& rows, std::uint64_t durable) {
  auto& unsettled = optional_parts().unsettled;
  unsettled.drop_durable(durable);
  unsettled.add(commit, std::move(rows));
}

const UnsettledRows* DurableState::unsettled(std::uint64_t durable) {
  if (!optional_) return nullptr;
  optional_->unsettled.drop_durable(durable);
  return &optional_->unsettled;
}

}  // namespace troupe::actor

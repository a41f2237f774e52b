#include "actor/reply_pages.h"

#include <capnp/serialize.h>
#include <troupe/store.capnp.h>

#include <algorithm>
#include <span>
#include <utility>

#include "actor/outbox.h"

namespace troupe::actor {
namespace {

constexpr std::size_t kPagesAtOnce = 64;

}  // namespace

ReplyPages::ReplyPages(const store::RowOwner& owner) : prefix_(store::row_key(store::KeyKind::replies, owner)) {}

ReplyPages ReplyPages::look(const store::RowOwner& owner, const RowView& view) {
  ReplyPages pages(owner);
  auto range = store::prefix_range(pages.prefix_);
  for (;;) {
    const RowPage found = view.page(range, kPagesAtOnce);
    for (const FoundRow& row : found.rows) {
      const auto opened = RowReader::open(row.value, row.key).value();
      const auto page = opened.get<rows::ReplyPage>();
      const auto number = store::read_u64(std::string_view(row.key).substr(row.key.size() - sizeof(std::uint64_t)));
      pages.append({static_cast<std::uint32_t>(number), page.getNewestMs(), page.getCount(), row.value->size()});
    }
    if (!found.more) return pages;
    range.first = store::key_after(found.rows.back().key);
  }
}

std::string ReplyPages::key(std::uint32_t number) const {
  std::string key = prefix_;
  store::append_u64(key, number);
  return key;
}

void ReplyPages::append(const Page& page) {
  pages_.push_back(page);
  count_ += page.count;
  bytes_ += page.bytes;
}

void ReplyPages::add(std::uint32_t number, const store::ReplyBlock& block, RowMap& rows) {
  wire::Message message;
  auto page = message.initRoot<rows::ReplyPage>();
  page.setNewestMs(block.newest_ms);
  page.setCount(static_cast<std::uint32_t>(block.count));
  page.setReplies({reinterpret_cast<const capnp::byte*>(block.replies.data()), block.replies.size()});
  auto value = row_of(message.getRoot<capnp::AnyPointer>().asReader()).value();
  append({number, block.newest_ms, block.count, value->size()});
  rows.insert_or_assign(key(number), std::move(value));
}

void ReplyPages::drop(const store::ReplyRetention& retention, std::uint64_t now_ms, store::RememberedReplies& newest,
                      RowMap& rows) {
  const std::size_t count = newest.count() + 1, bytes = newest.bytes();  // with the one that is remembered next
  const auto age = static_cast<std::uint64_t>(retention.age.count());
  while (!pages_.empty()) {
    const Page& oldest = pages_.front();
    const bool keep = count + count_ - oldest.count < retention.count && bytes + bytes_ <= retention.bytes &&
                      oldest.newest_ms + age >= now_ms;
    if (keep) return;
    newest.forgot(std::min(oldest.newest_ms, now_ms));
    rows.insert_or_assign(key(oldest.number), nullptr);
    count_ -= oldest.count;
    bytes_ -= oldest.bytes;
    pages_.pop_front();
  }
}

bool ReplyPages::find(const RequestId& call, const RowView& view, wire::Payload& results) const {
  for (auto page = pages_.rbegin(); page != pages_.rend(); ++page) {
    const std::string row_key = key(page->number);
    const RowValue row = view.read(row_key);
    if (!row) continue;
    const auto opened = RowReader::open(row, row_key).value();
    const auto data = opened.get<rows::ReplyPage>().getReplies();
    store::ReplyCursor cursor(std::as_bytes(std::span(data.begin(), data.size())));
    while (auto reply = cursor.next()) {
      if (reply->id != call) continue;
      if (!reply->payload.empty())
        results.copy(capnp::readMessageUnchecked<capnp::AnyPointer>(
            reinterpret_cast<const capnp::word*>(reply->payload.data())));
      return true;
    }
  }
  return false;
}

}  // namespace troupe::actor

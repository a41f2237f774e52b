// The replies an actor remembers: the newest in its record, older ones in pages, a row each.
//
// A page is written once for many replies and read only when a call comes again, so remembering a thousand replies
// costs a commit little more than remembering sixteen.
#include <capnp/serialize.h>
#include <troupe/store.capnp.h>

#include <algorithm>

#include "actor/activation.h"
#include "actor/life.h"
#include "actor/outbox.h"

namespace troupe::actor {
namespace {

constexpr std::size_t kPagesAtOnce = 64;

store::ReplyRetention retention_of(const ServiceInfo& service) {
  store::ReplyRetention retention{.count = limits::kRememberedReplies, .bytes = limits::kRememberedReplyBytes};
  if (service.remember) retention.count = service.remember;
  if (service.remember_seconds) retention.age = std::chrono::seconds(service.remember_seconds);
  return retention;
}

std::string page_key(const store::RowOwner& owner, std::uint32_t number) {
  std::string key = store::row_key(store::KeyKind::replies, owner);
  store::append_u64(key, number);
  return key;
}

}  // namespace

bool Activation::keeps_pages() const noexcept {
  return hosted_->service.remember == 0 || hosted_->service.remember > limits::kRepliesInRecord;
}

// Which pages there are. Most actors have none, and need not look. What cannot be read is thrown, and looked for again.
Activation::ReplyPages& Activation::known_pages() {
  DurableParts& b = beside();
  if (b.pages) return *b.pages;
  ReplyPages pages;
  if (life_->meta.reply_pages == 0) return b.pages.emplace();
  auto range = store::prefix_range(store::row_key(store::KeyKind::replies, owner()));
  for (;;) {
    const auto found = read_rows(range, kPagesAtOnce, false);
    for (const FoundRow& row : found.rows) {
      const auto opened = RowReader::open(row.value, row.key).value();
      const auto page = opened.get<rows::ReplyPage>();
      const auto number = store::read_u64(std::string_view(row.key).substr(row.key.size() - sizeof(std::uint64_t)));
      pages.add({static_cast<std::uint32_t>(number), page.getNewestMs(), page.getCount(), row.value->size()});
    }
    if (!found.more) return b.pages.emplace(std::move(pages));
    range.first = store::key_after(found.rows.back().key);
  }
}

// Pages that there are have been looked for by now, so this cannot fail.
void Activation::remember(const wire::Envelope& call, const std::vector<capnp::word>& reply, RowMap& rows) {
  const auto retention = retention_of(hosted_->service);
  const std::uint64_t now = context_.origin.time.now();
  auto& replies = life_->replies;
  const auto payload = std::as_bytes(std::span(reply));
  const bool full =
      replies.count() >= limits::kRepliesInRecord || replies.bytes() + payload.size() > limits::kReplyBytesInRecord;
  if (keeps_pages()) {
    if (full && replies.count() > 0) turn_page(rows);
    if (life_->meta.reply_pages > 0) drop_pages(retention, now, rows);
  }
  replies.remember(call.id, store::ReplyOutcome::results, payload, now, retention);
}

// The older half of the record's replies becomes a page.
void Activation::turn_page(RowMap& rows) {
  ReplyPages& pages = known_pages();
  const store::ReplyBlock block = life_->replies.take_older_half();
  wire::Message message;
  auto page = message.initRoot<rows::ReplyPage>();
  page.setNewestMs(block.newest_ms);
  page.setCount(static_cast<std::uint32_t>(block.count));
  page.setReplies({reinterpret_cast<const capnp::byte*>(block.replies.data()), block.replies.size()});
  const std::uint32_t number = life_->meta.reply_pages++;
  auto value = row_of(message.getRoot<capnp::AnyPointer>().asReader()).value();
  pages.add({number, block.newest_ms, block.count, value->size()});
  rows.insert_or_assign(page_key(owner(), number), std::move(value));
}

void Activation::drop_pages(const store::ReplyRetention& retention, std::uint64_t now, RowMap& rows) {
  ReplyPages& pages = known_pages();
  const std::size_t count = life_->replies.count() + 1, bytes = life_->replies.bytes();
  const auto age = static_cast<std::uint64_t>(retention.age.count());
  while (!pages.all().empty()) {
    const auto& oldest = pages.all().front();
    // Whole pages: a few replies more than the count are remembered, never fewer.
    const bool keep = count + pages.count() - oldest.count < retention.count &&
                      bytes + pages.bytes() <= retention.bytes && oldest.newest_ms + age >= now;
    if (keep) return;
    life_->replies.forgot(std::min(oldest.newest_ms, now));
    rows.insert_or_assign(page_key(owner(), oldest.number), nullptr);
    pages.drop_oldest();
  }
}

// For a call that comes again: fills in the reply it got then.
bool Activation::find_older_reply(wire::Envelope& call) {
  if (life_->meta.reply_pages == 0) return false;
  const auto& pages = known_pages().all();
  for (auto page = pages.rbegin(); page != pages.rend(); ++page) {
    const std::string key = page_key(owner(), page->number);
    const RowValue row = read_row(key);
    if (!row) continue;
    const auto opened = RowReader::open(row, key).value();
    const auto data = opened.get<rows::ReplyPage>().getReplies();
    store::ReplyCursor cursor(std::as_bytes(std::span(data.begin(), data.size())));
    while (auto reply = cursor.next()) {
      if (reply->id != call.id) continue;
      if (!reply->payload.empty())
        call.results.copy(capnp::readMessageUnchecked<capnp::AnyPointer>(
            reinterpret_cast<const capnp::word*>(reply->payload.data())));
      return true;
    }
  }
  return false;
}

}  // namespace troupe::actor

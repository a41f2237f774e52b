// Messages that wait, and dead letters.
#include <troupe/store.capnp.h>

#include <map>

#include "inspect/stored_pages.h"
#include "inspect/stored_rows.h"
#include "store/partition_marks.h"

namespace troupe::inspect {

using observe::ActorName;
using store::KeyKind;
using Names = StoredNames;

namespace {

Result<observe::MessageLine> message_line(const Names& names, const store::RowKey& key, rows::Message::Reader row) {
  observe::MessageLine line;
  line.from = names.actor_text(key.service, key.key);
  line.to = names.actor_text(row.getService(), text(row.getKey()));
  line.method = names.method(row.getService(), row.getMethod());
  if (key.rest.size() == kChannelBytes + kNumberBytes)
    line.number = store::read_u64(std::string_view(key.rest).substr(kChannelBytes));
  line.id = RequestId{row.getIdHi(), row.getIdLo()}.text();
  line.sent_ms = row.getSentMs();
  line.answer = text(row.getAnswer());
  auto params = names.params(row.getService(), row.getMethod(), row.getParams());
  if (!params.ok()) return params.error();
  line.params = std::move(*params);
  return line;
}

Result<observe::MessageLine> message_line(const Names& names, const store::Record& record) {
  auto key = store::parse_row_key(record.key);
  if (!key.ok()) return key.error();
  observe::MessageLine line;
  auto read = read_row(record, [&](capnp::AnyPointer::Reader root) -> Result<void> {
    auto made = message_line(names, *key, root.getAs<rows::Message>());
    if (!made.ok()) return made.error();
    line = std::move(*made);
    return {};
  });
  if (!read.ok()) return read.error();
  return line;
}

Result<observe::DeadLetterLine> dead_letter_line(const Names& names, const store::Record& record) {
  auto key = store::parse_row_key(record.key);
  if (!key.ok()) return key.error();
  observe::DeadLetterLine line;
  auto read = read_row(record, [&](capnp::AnyPointer::Reader root) -> Result<void> {
    const auto row = root.getAs<rows::DeadLetter>();
    auto message = message_line(names, *key, row.getMessage());
    if (!message.ok()) return message.error();
    line = {std::move(*message), row.getTries(), text(row.getErrorKind()), text(row.getError()), row.getGivenUpMs()};
    return {};
  });
  if (!read.ok()) return read.error();
  return line;
}

}  // namespace

Result<observe::PageOf<observe::MessageLine>> StoredRows::messages(const ActorName& sender,
                                                                   const observe::PageRequest& request) {
  Names names;
  if (auto loaded = names.load(store_); !loaded.ok()) return loaded.error();
  auto actor = names.actor(sender);
  if (!actor.ok()) return actor.error();
  auto range = go_on(store::prefix_range(store::row_key(KeyKind::outbox, actor->owner())), request.after);
  if (!range.ok()) return range.error();
  observe::PageOf<observe::MessageLine> page;
  auto more = fill(store_, *range, request.limit, false, page,
                   [&](const store::Record& record) { return message_line(names, record); });
  if (!more.ok()) return more.error();
  return ended(std::move(page), *more);
}

Result<observe::PageOf<observe::DeadLetterLine>> StoredRows::dead_letters(const std::optional<ActorName>& sender,
                                                                          const observe::PageRequest& request) {
  Names names;
  if (auto loaded = names.load(store_); !loaded.ok()) return loaded.error();
  std::vector<store::KeyRange> ranges;
  if (sender) {
    auto actor = names.actor(*sender);
    if (!actor.ok()) return actor.error();
    ranges.push_back(store::prefix_range(store::row_key(KeyKind::dead_letter, actor->owner())));
  } else {
    auto partial = store::partial_partitions(store_);
    if (!partial.ok()) return partial.error();
    for (PartitionId partition = 0; partition < kPartitions; ++partition)
      if (!(*partial)[partition]) ranges.push_back(store::kind_range(partition, KeyKind::dead_letter));
  }
  const auto after = from_hex(request.after);
  if (!after) return no_cursor();
  observe::PageOf<observe::DeadLetterLine> page;
  bool more = false;
  for (auto range : ranges) {
    if (range.past <= *after) continue;
    if (range.first <= *after) range.first = store::key_after(*after);
    auto filled = fill(store_, range, request.limit, false, page,
                       [&](const store::Record& record) { return dead_letter_line(names, record); });
    if (!filled.ok()) return filled.error();
    more = *filled;
    if (more) break;
  }
  return ended(std::move(page), more);
}

Result<std::string> StoredRows::dead_letter_key(const ActorName& name, std::uint64_t number) const {
  Names names;
  if (auto loaded = names.load(store_); !loaded.ok()) return loaded.error();
  auto actor = names.actor(name);
  if (!actor.ok()) return actor.error();
  std::string found;
  auto walked = store_.for_each(store::prefix_range(store::row_key(KeyKind::dead_letter, actor->owner())),
                                [&](const store::Record& record) {
                                  const auto at = record.key.size() - kNumberBytes;
                                  if (store::read_u64(std::string_view(record.key).substr(at)) == number)
                                    found = record.key;
                                  return found.empty();
                                });
  if (!walked.ok()) return walked.error();
  if (!found.empty()) return found;
  return Error(ErrorKind::not_found, names.actor_text(actor->service, actor->key) + " has no dead letter of number " +
                                         std::to_string(number));
}

Result<observe::OutboxReport> StoredRows::outbox(std::size_t most_channels, std::uint64_t now_ms) const {
  Names names;
  if (auto loaded = names.load(store_); !loaded.ok()) return loaded.error();
  std::map<std::string, ChannelView> channels;
  observe::OutboxReport report;
  auto partial = store::partial_partitions(store_);
  if (!partial.ok()) return partial.error();
  for (PartitionId partition = 0; partition < kPartitions; ++partition) {
    if ((*partial)[partition]) continue;
    std::optional<Error> problem;
    auto walked = store_.for_each(store::kind_range(partition, KeyKind::outbox), [&](const store::Record& record) {
      ChannelView& channel = channels[record.key.substr(0, record.key.size() - kNumberBytes)];
      ++report.totals.waiting;
      if (channel.waiting++ > 0) return true;
      auto line = message_line(names, record);
      if (!line.ok()) {
        problem = line.error();
        return false;
      }
      channel.from = line->from;
      channel.to = line->to;
      channel.oldest_ms = now_ms > line->sent_ms ? now_ms - line->sent_ms : 0;
      return true;
    });
    if (!walked.ok()) return walked.error();
    if (problem) return *problem;
  }
  for (auto& [key, channel] : channels) report.channels.push_back(std::move(channel));
  std::sort(report.channels.begin(), report.channels.end(),
            [](const auto& a, const auto& b) { return a.oldest_ms > b.oldest_ms; });
  if (report.channels.size() > most_channels) report.channels.resize(most_channels);
  return report;
}

}  // namespace troupe::inspect

#include "store/services_in.h"

#include <limits>

#include "store/format/keys.h"
#include "store/partition_marks.h"

namespace troupe::store {
namespace {

// Those whose keys have the service behind the kind. Times of reminders have names too.
constexpr KeyKind kKindsByService[] = {KeyKind::actor,       KeyKind::table,         KeyKind::outbox,  KeyKind::channel,
                                       KeyKind::dead_letter, KeyKind::reminder_name, KeyKind::replies, KeyKind::history,
                                       KeyKind::erasure,     KeyKind::subscription};
constexpr std::size_t kBeforeService = 3;

}  // namespace

Result<ServicesIn> services_in(const Store& store, PartitionId partition) {
  ServicesIn out;
  for (const KeyKind kind : kKindsByService) {
    KeyRange rest = kind_range(partition, kind);
    for (;;) {
      auto page = store.read_page(rest, 1);
      if (!page.ok()) return page.error();
      if (page->records.empty()) break;
      const std::string& key = page->records.front().key;
      if (key.size() < kActorKeyPrefixBytes) return Error(ErrorKind::corrupt, "a key is too short to name its service");
      const std::uint64_t service = read_u64(std::string_view(key).substr(kBeforeService));
      out.services.insert(service);
      out.messages = out.messages || kind == KeyKind::outbox || kind == KeyKind::dead_letter;
      if (service == std::numeric_limits<std::uint64_t>::max()) break;
      rest.first = key.substr(0, kBeforeService);
      append_u64(rest.first, service + 1);
    }
  }
  return out;
}

Result<ServicesIn> services_in(const Store& store) {
  ServicesIn out;
  for (PartitionId partition = 0; partition < kPartitions; ++partition) {
    auto mark = mark_of(store, partition);
    if (!mark.ok()) return mark.error();
    if (mark->has_value() && (*mark)->state != PartitionMark::State::whole) continue;
    auto found = services_in(store, partition);
    if (!found.ok()) return found.error();
    out.services.merge(found->services);
    out.messages = out.messages || found->messages;
  }
  return out;
}

}  // namespace troupe::store

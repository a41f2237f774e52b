// One row of a table, of every actor that has it. Actors without tables cost nothing; of the others each is found by
// one step through the keys, from the first row of one to the first of the next.
#include <algorithm>

#include "inspect/stored_pages.h"
#include "inspect/stored_rows.h"
#include "inspect/stored_tables.h"
#include "observe/answering.h"

namespace troupe::inspect {
namespace {

// Past it a page ends, whatever was found: a listing must not hold up what it looks at.
constexpr std::size_t kMostLooked = 20'000;

bool fits(const std::string& row, const observe::ActorRowsRequest& request) {
  if (request.values.empty()) return true;
  const observe::Json json = observe::parsed(row);
  if (!json.is_object() || !json.contains(request.field)) return false;
  const observe::Json& value = json[request.field];
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return std::find(request.values.begin(), request.values.end(), text) != request.values.end();
}

// The tables of one partition, or of one service there.
store::KeyRange tables_in(PartitionId partition, const std::optional<std::uint64_t>& service) {
  if (!service) return store::kind_range(partition, store::KeyKind::table);
  return store::prefix_range(
      store::row_key(store::KeyKind::table, {partition, *service, {}}).substr(0, store::kActorKeyPrefixBytes));
}

PartitionId partition_in(std::string_view key) {
  return static_cast<PartitionId>(static_cast<unsigned char>(key[0]) * 256u + static_cast<unsigned char>(key[1]));
}

class Search {
 public:
  Search(store::Store& store, const observe::ActorRowsRequest& request) : store_(store), request_(request) {}

  Result<observe::PageOf<observe::ActorRowLine>> run() {
    if (auto loaded = names_.load(store_); !loaded.ok()) return loaded.error();
    std::optional<std::uint64_t> service;
    if (!request_.service.empty()) {
      auto known = names_.actor({request_.service, "any"});
      if (!known.ok()) return known.error();
      service = known->service;
    }
    const auto after = from_hex(request_.after);
    if (!after || after->size() == 1) return no_cursor();
    auto partial = store::partial_partitions(store_);
    if (!partial.ok()) return partial.error();
    for (unsigned partition = after->empty() ? 0 : partition_in(*after); partition < kPartitions; ++partition) {
      if ((*partial)[partition]) continue;
      auto range = tables_in(static_cast<PartitionId>(partition), service);
      range.first = std::max(range.first, *after);
      auto whole = look_through(range);
      if (!whole.ok()) return whole.error();
      if (!*whole) break;
    }
    return std::move(page_);
  }

 private:
  // False: the page ends within the range.
  Result<bool> look_through(store::KeyRange range) {
    while (range.first < range.past) {
      auto first = store_.read_range(range, 1);
      if (!first.ok()) return first.error();
      if (first->empty()) return true;
      if (page_.lines.size() == request_.limit || looked_ == kMostLooked) {
        page_.next = to_hex(range.first);
        return false;
      }
      auto key = store::parse_row_key(first->front().key);
      if (!key.ok()) return key.error();
      const store::RowOwner owner{key->partition, key->service, key->key};
      if (auto done = look_at(owner); !done.ok()) return done.error();
      range.first = store::prefix_range(store::row_key(store::KeyKind::table, owner)).past;
    }
    return true;
  }

  Result<void> look_at(const store::RowOwner& owner) {
    ++looked_;
    const std::string table = table_prefix(owner, request_.table);
    auto bytes = store_.read(table + request_.key);
    if (!bytes.ok()) return bytes.error();
    if (!*bytes) return {};
    auto count = table_count(store_, table);
    if (!count.ok()) return count.error();
    auto row = row_json(names_, count->row_type, {table + request_.key, std::move(**bytes)});
    if (!row.ok()) return row.error();
    if (fits(*row, request_)) page_.lines.push_back({names_.actor_text(owner.service, owner.key), std::move(*row)});
    return {};
  }

  store::Store& store_;
  const observe::ActorRowsRequest& request_;
  StoredNames names_;
  observe::PageOf<observe::ActorRowLine> page_;
  std::size_t looked_ = 0;
};

}  // namespace

Result<observe::PageOf<observe::ActorRowLine>> StoredRows::actor_rows(const observe::ActorRowsRequest& request) {
  if (request.table.empty() || request.table.size() > 255 || request.key.empty())
    return Error(ErrorKind::invalid, "which row? The name of a table has 1 to 255 bytes, and a row's key at least one");
  return Search(store_, request).run();
}

}  // namespace troupe::inspect

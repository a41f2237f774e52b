// Tables, reminders, earlier states.
#include "inspect/stored_rows.h"

#include <troupe/store.capnp.h>

#include "actor/reminder_listing.h"
#include "inspect/stored_pages.h"
#include "inspect/stored_tables.h"
#include "store/format/key_kinds.h"

namespace troupe::inspect {

using observe::ActorName;
using store::KeyKind;
using Names = StoredNames;

namespace {

// [u8 length of the name][name]; what a table's rows begin with, behind the actor's prefix.
struct TableStart {
  std::string prefix;  // whole
  std::string name;
};

Result<TableStart> table_of(const std::string& of_actor, const std::string& key) {
  const std::string_view rest = std::string_view(key).substr(of_actor.size());
  const std::size_t length = rest.empty() ? 0 : static_cast<unsigned char>(rest[0]);
  if (rest.empty() || rest.size() < 1 + length)
    return Error(ErrorKind::corrupt, "a row of a table has no table's name");
  return TableStart{of_actor + std::string(rest.substr(0, 1 + length)), std::string(rest.substr(1, length))};
}

}  // namespace

Result<std::vector<observe::TableLine>> StoredRows::tables(const ActorName& name) {
  Names names;
  if (auto loaded = names.load(store_); !loaded.ok()) return loaded.error();
  auto actor = names.actor(name);
  if (!actor.ok()) return actor.error();
  const std::string of_actor = store::row_key(KeyKind::table, actor->owner());
  auto range = store::prefix_range(of_actor);
  std::vector<observe::TableLine> out;
  for (;;) {  // from the first row of one table to the first of the next
    auto first = store_.read_range(range, 1);
    if (!first.ok()) return first.error();
    if (first->empty()) return out;
    auto table = table_of(of_actor, first->front().key);
    if (!table.ok()) return table.error();
    auto count = table_count(store_, table->prefix);
    if (!count.ok()) return count.error();
    out.push_back({escaped(table->name), count->rows, names.type(count->row_type)});
    range.first = store::prefix_range(table->prefix).past;
  }
}

Result<observe::PageOf<observe::RowLine>> StoredRows::rows(const ActorName& name, const observe::RowsRequest& request) {
  Names names;
  if (auto loaded = names.load(store_); !loaded.ok()) return loaded.error();
  auto actor = names.actor(name);
  if (!actor.ok()) return actor.error();
  const std::string table = table_prefix(actor->owner(), request.table);
  auto count = table_count(store_, table);
  if (!count.ok()) return count.error();
  if (request.table.size() > 255 || count->rows == 0)
    return Error(ErrorKind::not_found, names.actor_text(actor->service, actor->key) + " has no rows in a table '" +
                                           escaped(request.table.substr(0, 100)) + "'");
  auto wanted = store::prefix_range(table + request.prefix);
  wanted.first = std::max(wanted.first, table + (request.from.empty() ? std::string(1, '\0') : request.from));
  if (wanted.past <= wanted.first) return observe::PageOf<observe::RowLine>{};
  auto range = go_on(wanted, request.after, request.backward);
  if (!range.ok()) return range.error();
  observe::PageOf<observe::RowLine> page;
  auto more = fill(store_, *range, request.limit, request.backward, page,
                   [&](const store::Record& record) -> Result<observe::RowLine> {
                     auto row = row_json(names, count->row_type, record);
                     if (!row.ok()) return row.error();
                     observe::RowLine line{.key = escaped(std::string_view(record.key).substr(table.size())),
                                           .row = std::move(*row)};
                     return line;
                   });
  if (!more.ok()) return more.error();
  return ended(std::move(page), *more);
}

// --- reminders ---

Result<std::vector<observe::ReminderLine>> StoredRows::reminders(const std::optional<ActorName>& name,
                                                                 std::size_t limit) {
  Names names;
  if (auto loaded = names.load(store_); !loaded.ok()) return loaded.error();
  std::optional<StoredActor> actor;
  if (name) {
    auto known = names.actor(*name);
    if (!known.ok()) return known.error();
    actor = std::move(*known);
  }
  auto found = actor ? actor::reminders_of(store_, actor->owner(), limit) : actor::reminders_by_time(store_, limit);
  if (!found.ok()) return found.error();
  std::vector<observe::ReminderLine> out;
  for (const auto& reminder : *found) {
    out.push_back({names.actor_text(reminder.service, reminder.key), escaped(reminder.name), reminder.due_ms,
                   reminder.period_ms});
  }
  return out;
}

// --- earlier states, and everything ---

Result<observe::PageOf<observe::PastLine>> StoredRows::history(const ActorName& name,
                                                               const observe::PageRequest& request) {
  Names names;
  if (auto loaded = names.load(store_); !loaded.ok()) return loaded.error();
  auto actor = names.actor(name);
  if (!actor.ok()) return actor.error();
  auto range = go_on(store::prefix_range(store::row_key(KeyKind::history, actor->owner())), request.after, true);
  if (!range.ok()) return range.error();
  observe::PageOf<observe::PastLine> page;
  auto more =
      fill(store_, *range, request.limit, true, page, [&](const store::Record& record) -> Result<observe::PastLine> {
        observe::PastLine line;
        line.edit = store::read_u64(std::string_view(record.key).substr(record.key.size() - kNumberBytes));
        auto read = read_row(record, [&](capnp::AnyPointer::Reader root) -> Result<void> {
          const auto row = root.getAs<rows::Past>();
          line.at_ms = row.getAtMs();
          line.method = text(row.getMethod());
          line.id = RequestId{row.getIdHi(), row.getIdLo()}.text();
          line.state_version = row.getStateVersion();
          const auto type = row.getStateType() != 0 ? row.getStateType() : names.state_type(actor->service);
          auto json = names.json(type, row.getState());
          if (!json.ok()) return json.error();
          line.state = json->value_or("null");
          return {};
        });
        if (!read.ok()) return read.error();
        return line;
      });
  if (!more.ok()) return more.error();
  return ended(std::move(page), *more);
}

Result<std::vector<observe::KindLine>> StoredRows::kinds(const ActorName& name) {
  Names names;
  if (auto loaded = names.load(store_); !loaded.ok()) return loaded.error();
  auto actor = names.actor(name);
  if (!actor.ok()) return actor.error();
  std::vector<observe::KindLine> out;
  for (int number = 1; number <= 0xff; ++number) {
    const auto kind = static_cast<KeyKind>(number);
    if (!store::begins_with_owner(kind)) continue;
    observe::KindLine line{std::string(store::name_of(kind)), 0, 0};
    auto walked =
        store_.for_each(store::prefix_range(store::row_key(kind, actor->owner())), [&](const store::Record& record) {
          ++line.rows;
          line.bytes += record.key.size() + record.value.size();
          return true;
        });
    if (!walked.ok()) return walked.error();
    if (line.rows > 0) out.push_back(std::move(line));
  }
  return out;
}

Result<std::uint64_t> StoredRows::replies_in_pages(const ActorName& name) const {
  Names names;
  if (auto loaded = names.load(store_); !loaded.ok()) return loaded.error();
  auto actor = names.actor(name);
  if (!actor.ok()) return actor.error();
  std::uint64_t count = 0;
  auto walked = store_.for_each(store::prefix_range(store::row_key(KeyKind::replies, actor->owner())),
                                [&](const store::Record& record) {
                                  return read_row(record,
                                                  [&](capnp::AnyPointer::Reader root) -> Result<void> {
                                                    count += root.getAs<rows::ReplyPage>().getCount();
                                                    return {};
                                                  })
                                      .ok();
                                });
  if (!walked.ok()) return walked.error();
  return count;
}

}  // namespace troupe::inspect

// Tables over an activation's rows: what their keys are, and how many there are.
//
// Durable key: the owner's prefix of KeyKind::table, then [u8 length of the table's name][name][row key]. The row with
// no row key is the table's count (rows::Count), and is there while the count is not 0.
#include "troupe/table.h"

#include <troupe/store.capnp.h>

#include <algorithm>

#include "actor/activation.h"
#include "actor/flat_state.h"
#include "actor/outbox.h"
#include "base/limits.h"
#include "reflect/later_fields.h"
#include "store/format/row.h"

namespace troupe {
namespace {

// Keys are bytes; in messages those that are no plain characters are \xNN.
std::string quoted(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte < 0x7f) {
      out += c;
    } else {
      out.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
  return out += '"';
}

// The row's struct, checked; keeps the bytes. `name` is for an error.
template <class Name>
std::shared_ptr<const capnp::word> open_row(const actor::RowValue& bytes, Name&& name) {
  const auto corrupt = [&](const std::string& why) {
    return Error(ErrorKind::corrupt, name() + " cannot be used: " + why + "; restore it from a backup");
  };
  auto words = store::parse_row(*bytes);
  if (!words.ok()) {
    if (words.error().kind() == ErrorKind::corrupt) throw corrupt(words.error().message());
    throw Error(words.error().kind(), name() + " cannot be used: " + words.error().message());
  }
  if (words->empty() || !actor::readable(*words, actor::kMaxRowDepth)) throw corrupt("it is no Cap'n Proto message");
  return {bytes, reinterpret_cast<const capnp::word*>(words->data())};
}

}  // namespace

TableBase::TableBase(Actor& actor, std::string_view name, RowType row_type)
    : actor_(&actor), name_bytes_(name.size()), row_type_(row_type) {
  if (name.empty() || name.size() > limits::kMaxTableNameBytes) {
    throw Error(ErrorKind::invalid, "the name of a table of " + actor.activation_.address().text() + " has " +
                                        std::to_string(name.size()) + " bytes; 1 to " +
                                        std::to_string(limits::kMaxTableNameBytes) + " are allowed");
  }
  prefix_ = store::row_key(store::KeyKind::table, actor.activation_.owner());
  prefix_.push_back(static_cast<char>(name.size()));
  prefix_.append(name);
  auto& context = actor.activation_.context();
  const ServiceInfo& service = actor.activation_.hosted().service;
  if (context.store && service.durable() &&
      context.row_types.check(*context.store, context.log, {service, name, row_type.id, row_type.schema}))
    context.keeps_later_fields = true;
}

std::string_view TableBase::name() const noexcept {
  return std::string_view(prefix_).substr(prefix_.size() - name_bytes_);
}

std::string TableBase::text() const {
  return "table " + quoted(name()) + " of " + actor_->activation_.address().text();
}

std::string TableBase::text(std::string_view key) const { return "row " + quoted(key) + " of " + text(); }

std::string TableBase::row_key(std::string_view key) const {
  if (key.empty() || key.size() > limits::kMaxRowKeyBytes) {
    throw Error(ErrorKind::invalid, "a row key of " + text() + " has " + std::to_string(key.size()) + " bytes; 1 to " +
                                        std::to_string(limits::kMaxRowKeyBytes) + " are allowed");
  }
  std::string durable;
  durable.reserve(prefix_.size() + key.size());
  return durable.append(prefix_).append(key);
}

actor::Activation& TableBase::readable() const {
  auto& activation = actor_->activation_;
  if (actor::current().activation != &activation)
    throw Error(ErrorKind::invalid, text() + " is used outside its actor's turns");
  if (!activation.hosted().service.durable())
    throw Error(ErrorKind::invalid, text() + ", whose service declares no state");
  return activation;
}

// --- rows ---

bool TableBase::contains(std::string_view key) const { return readable().rows().has(row_key(key)); }

TableBase::Words TableBase::read(std::string_view key) const {
  const auto bytes = readable().rows().read(row_key(key));
  return bytes ? open_row(bytes, [&] { return text(key); }) : nullptr;
}

void TableBase::write(std::string_view key, capnp::AnyPointer::Reader row) {
  auto& activation = actor_->activation_;
  auto& turn = activation.claim_edit("put()", name());
  std::string durable = row_key(key);
  const auto unfit = [&](const std::string& why, ErrorKind kind = ErrorKind::invalid) {
    return Error(kind, text(key) + " cannot be kept: " + why);
  };
  capnp::MallocMessageBuilder completed;
  if (activation.context().keeps_later_fields) {
    if (const auto old = read(key)) {
      auto kept = reflect::keep_later_fields(capnp::readMessageUnchecked<capnp::AnyPointer>(old.get()), row,
                                             row_type_.schema(), completed.getRoot<capnp::AnyPointer>());
      if (!kept.ok()) throw unfit(kept.error().message(), kept.error().kind());
      if (*kept) row = completed.getRoot<capnp::AnyPointer>().asReader();
    }
  }
  auto value = actor::row_of(row);
  if (!value.ok()) throw unfit(value.error().message());
  if ((*value)->size() > limits::kMaxRowBytes) {
    throw unfit("it has " + std::to_string((*value)->size()) + " bytes; at most " +
                std::to_string(limits::kMaxRowBytes) + " fit, make it several rows");
  }
  const bool is_new = !activation.rows().has(durable);
  activation.write_row(turn, std::move(durable), std::move(*value));
  if (is_new) add_to_count(turn, 1);
}

bool TableBase::erase(std::string_view key) {
  auto& activation = actor_->activation_;
  auto& turn = activation.claim_edit("erase()", name());
  std::string durable = row_key(key);
  if (!activation.rows().has(durable)) return false;
  activation.write_row(turn, std::move(durable), nullptr);
  add_to_count(turn, -1);
  return true;
}

// --- ranges ---

namespace {

void check_bound(std::string_view what, std::string_view key) {
  if (key.size() <= limits::kMaxRowKeyBytes) return;
  throw Error(ErrorKind::invalid, "`" + std::string(what) + "` of a range of rows has " + std::to_string(key.size()) +
                                      " bytes; row keys have at most " + std::to_string(limits::kMaxRowKeyBytes));
}

// The durable keys of the rows of a table that begin with `table`.
store::KeyRange range_of(const std::string& table, const Rows& rows) {
  check_bound("from", rows.from), check_bound("to", rows.to);
  check_bound("prefix", rows.prefix), check_bound("after", rows.after);
  if (rows.limit == 0 || rows.limit > TableBase::kMaxPageRows) {
    throw Error(ErrorKind::invalid, "a page of " + std::to_string(rows.limit) + " rows; 1 to " +
                                        std::to_string(TableBase::kMaxPageRows) + " are allowed");
  }
  const auto key = [&](std::string_view row) { return table + std::string(row); };
  const std::string least(1, '\0');  // the count, which has no row key, lies before it
  auto range = store::prefix_range(key(rows.prefix));
  range.first = std::max(range.first, key(rows.from.empty() ? least : rows.from));
  if (!rows.to.empty()) range.past = std::min(range.past, key(rows.to));
  if (rows.after.empty()) return range;
  if (rows.backward) {
    range.past = std::min(range.past, key(rows.after));
  } else {
    range.first = std::max(range.first, key(rows.after) + least);
  }
  return range;
}

}  // namespace

std::vector<TableBase::Found> TableBase::read_page(const Rows& rows, bool& more) const {
  auto page = readable().rows().page(range_of(prefix_, rows), rows.limit, rows.backward);
  std::vector<Found> found;
  found.reserve(page.rows.size());
  for (auto& row : page.rows) {
    std::string key = row.key.substr(prefix_.size());
    auto words = open_row(row.value, [&] { return text(key); });
    found.push_back({std::move(key), std::move(words)});
  }
  more = page.more;
  return found;
}

std::size_t TableBase::erase_page(const Rows& rows) {
  auto& activation = actor_->activation_;
  auto& turn = activation.claim_edit("erase_page()", name());
  auto page = activation.rows().page(range_of(prefix_, rows), rows.limit, rows.backward);
  if (page.rows.empty()) return 0;
  for (auto& row : page.rows) activation.write_row(turn, std::move(row.key), nullptr);
  add_to_count(turn, -static_cast<std::int64_t>(page.rows.size()));
  return page.rows.size();
}

// --- the count ---

std::uint64_t TableBase::count() const {
  auto& activation = readable();
  if (const actor::Turn* turn = actor::current().turn; turn && turn->effects()) {
    for (const auto& count : turn->effects()->counts) {
      if (count.key == prefix_) return count.rows;
    }
  }
  const auto bytes = activation.rows().read(prefix_);
  if (!bytes) return 0;
  const auto words = open_row(bytes, [&] { return "the count of " + text(); });
  return capnp::readMessageUnchecked<rows::Count>(words.get()).getRows();
}

void TableBase::add_to_count(actor::Turn& turn, std::int64_t rows) {
  auto& counts = turn.add_effects().counts;
  auto count = std::find_if(counts.begin(), counts.end(), [&](const auto& one) { return one.key == prefix_; });
  if (count == counts.end()) count = counts.insert(counts.end(), {prefix_, this->count(), row_type_.id});
  count->rows += static_cast<std::uint64_t>(rows);
}

}  // namespace troupe

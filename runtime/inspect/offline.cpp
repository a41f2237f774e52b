#include "troupe/offline.h"

#include <capnp/message.h>
#include <kj/exception.h>

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <map>

#include "base/limits.h"
#include "inspect/service_lines.h"
#include "inspect/stored_rows.h"
#include "observe/answering.h"
#include "observe/rows_api.h"
#include "reflect/json.h"
#include "reflect/schema_book.h"
#include "store/format/actor_record.h"
#include "store/format/key_kinds.h"
#include "store/format/partition_mark.h"
#include "store/format/row.h"
#include "store/partition_marks.h"
#include "store/store.h"

namespace troupe {
namespace {

std::string id_text(std::uint64_t type_id) {
  char text[24];
  std::snprintf(text, sizeof text, "@0x%016" PRIx64, type_id);
  return text;
}

// Of a durable key; empty for a kind that no version up to this one writes.
std::string_view kind_name(std::string_view key) {
  const auto kind = store::key_kind(key);
  return kind ? store::name_of(*kind) : std::string_view();
}

OfflineReply reply_of(const store::RememberedReply& reply) {
  return {reply.id.text(), reply.committed_at_ms, reply.outcome == store::ReplyOutcome::results ? "results" : "refusal",
          reply.payload.size()};
}

// A state as it lies in a record: one segment, or nothing for one as it begins. Damaged bytes give `corrupt`.
Result<std::string> state_json(capnp::StructSchema type, std::span<const std::byte> bytes) {
  try {
    auto words = kj::heapArray<capnp::word>(std::max<std::size_t>(1, bytes.size() / sizeof(capnp::word)));
    std::memset(words.begin(), 0, words.asBytes().size());
    if (!bytes.empty())
      std::memcpy(words.begin(), bytes.data(), bytes.size() / sizeof(capnp::word) * sizeof(capnp::word));
    const kj::ArrayPtr<const capnp::word> segments[] = {words};
    capnp::ReaderOptions strict;
    strict.traversalLimitInWords = 8 * words.size() + 1024;
    capnp::SegmentArrayMessageReader message(segments, strict);
    return reflect::to_json(type, message.getRoot<capnp::AnyPointer>());
  } catch (const kj::Exception& e) {
    return Error(ErrorKind::corrupt, std::string("the state cannot be read: ") + e.getDescription().cStr());
  }
}

}  // namespace

struct OfflineStore::Parts {
  std::unique_ptr<store::Store> store;
  reflect::SchemaBook book;
  std::vector<store::ServiceEntry> services;
  std::vector<std::string> schema_problems;
  std::uint32_t schemas = 0;

  std::string name_of(std::uint64_t service) const {
    for (const auto& entry : services)
      if (entry.type_id == service) return entry.name;
    return id_text(service);
  }

  Result<std::uint64_t> id_of(std::string_view name) const {
    std::string names;
    for (const auto& entry : services) {
      if (entry.name == name || id_text(entry.type_id) == name) return entry.type_id;
      names += (names.empty() ? "" : ", ") + entry.name;
    }
    return Error(ErrorKind::not_found, "this store knows no service '" + std::string(name.substr(0, 100)) +
                                           "'; it knows: " + (names.empty() ? "none" : names));
  }

  OfflineActor line_of(const store::ActorKey& key, const store::ActorRecordView& record) const {
    return {name_of(key.service), key.key, key.partition, record.state().size(),
            static_cast<std::uint32_t>(record.reply_count())};
  }

  Result<OfflineRecord> decode(const store::ActorKey& key, std::span<const std::byte> bytes) const {
    auto record = store::ActorRecordView::parse(bytes);
    if (!record.ok()) return record.error();
    OfflineRecord out;
    out.actor = line_of(key, *record);
    out.state_version = record->meta().state_version;
    out.edits = record->meta().edits;
    out.last_sent = record->meta().last_sent;
    out.forgotten_until_ms = record->forgotten_until_ms();
    auto replies = record->replies();
    while (const auto reply = replies.next()) out.replies.push_back(reply_of(*reply));
    if (!replies.at_end() || out.replies.size() != record->reply_count())
      return Error(ErrorKind::corrupt, "its remembered replies cannot be read");
    if (record->state().empty()) return out;
    auto type = book.struct_type(record->state_type());
    if (!type.ok()) return type.error();
    out.state_type = reflect::short_name(*type);
    auto json = state_json(*type, record->state());
    if (!json.ok()) return json.error();
    out.state = *json;
    return out;
  }

  // A record's name for people, as far as its key tells.
  std::string place_of(std::string_view key) const {
    const auto actor = store::parse_actor_key(key);
    if (actor.ok()) return name_of(actor.value().service) + "/" + actor.value().key;
    return "a record of kind '" + std::string(kind_name(key)) + "', key of " + std::to_string(key.size()) + " bytes";
  }

  std::string wrong_partition(const std::string& name, const store::RowOwner& owner) const {
    const PartitionId right = partition_of(owner.service, owner.key);
    if (right == owner.partition) return {};
    return name + ": lies in partition " + std::to_string(owner.partition) + ", belongs in " + std::to_string(right);
  }

  // Of what an actor keeps beside its record.
  std::string problem_of_row(const store::Record& record) const {
    const std::string kind(kind_name(record.key));
    if (record.key[2] == static_cast<char>(store::KeyKind::reminder))
      return {};  // a key alone; its row by name has it all
    if (record.key[2] == static_cast<char>(store::KeyKind::partition)) {
      const auto mark = store::parse_partition_mark(record.value);
      return mark.ok() ? std::string() : "the mark of a partition: " + mark.error().message();
    }
    const auto key = store::parse_row_key(record.key);
    if (!key.ok()) return "a record of kind '" + kind + "': " + key.error().message();
    const store::RowKey& row = key.value();
    const std::string name = name_of(row.service) + "/" + row.key + ", " + kind;
    if (auto wrong = wrong_partition(name, {row.partition, row.service, row.key}); !wrong.empty()) return wrong;
    const auto value = store::parse_row(record.value);
    return value.ok() ? std::string() : name + ": " + value.error().message();
  }

  // What is wrong with one record; empty: nothing.
  std::string problem_of(const store::Record& record) const {
    const std::string_view kind = kind_name(record.key);
    if (kind.empty())
      return "a key of " + std::to_string(record.key.size()) + " bytes is of no kind that is known here";
    if (kind != "actor") return problem_of_row(record);
    const auto key = store::parse_actor_key(record.key);
    if (!key.ok()) return "a key of " + std::to_string(record.key.size()) + " bytes: " + key.error().message();
    const store::ActorKey& actor = std::as_const(key).value();
    const std::string name = name_of(actor.service) + "/" + actor.key;
    if (auto wrong = wrong_partition(name, {actor.partition, actor.service, actor.key}); !wrong.empty()) return wrong;
    const auto decoded = decode(actor, record.value);
    return decoded.ok() ? std::string() : name + ": " + decoded.error().message();
  }
};

Result<OfflineStore> OfflineStore::open(const std::filesystem::path& data_dir, const EncryptionKeys& keys) {
  auto ring = store::KeyRing::load(keys);
  if (!ring.ok()) return ring.error();
  auto store = store::Store::open_read_only({.directory = data_dir, .keys = std::move(ring).value()});
  if (!store.ok()) return store.error();
  auto parts = std::make_unique<Parts>();
  parts->store = std::move(store).value();
  auto nodes = parts->store->schemas().nodes();
  if (!nodes.ok()) return nodes.error();
  for (const auto& node : *nodes) {
    auto added = parts->book.add(node.type_id, node.node);
    if (!added.ok()) parts->schema_problems.push_back(added.error().message());
    parts->schemas += added.ok();
  }
  auto services = parts->store->schemas().services();
  if (!services.ok()) return services.error();
  parts->services = std::move(services).value();
  return OfflineStore(std::move(parts));
}

OfflineStore::OfflineStore(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
OfflineStore::~OfflineStore() = default;
OfflineStore::OfflineStore(OfflineStore&&) noexcept = default;
OfflineStore& OfflineStore::operator=(OfflineStore&&) noexcept = default;

Result<OfflineStats> OfflineStore::stats() const {
  auto stats = parts_->store->stats();
  if (!stats.ok()) return stats.error();
  auto sequences = parts_->store->sequences();
  if (!sequences.ok()) return sequences.error();
  const auto& identity = parts_->store->identity();
  OfflineStats out;
  out.cluster = identity.cluster;
  out.node = identity.node;
  out.format = identity.format;
  out.encrypted = identity.encrypted;
  out.records = stats->records;
  out.used_bytes = stats->used_bytes;
  out.map_bytes = stats->map_bytes;
  for (const auto sequence : *sequences) {
    out.commits += sequence;
    out.partitions += sequence > 0;
  }
  auto partial = store::partial_partitions(*parts_->store);
  if (!partial.ok()) return partial.error();
  out.partial_partitions = static_cast<std::uint32_t>(partial->count());
  out.services = static_cast<std::uint32_t>(parts_->services.size());
  out.schemas = parts_->schemas;
  return out;
}

Result<std::vector<OfflineService>> OfflineStore::services() const {
  std::vector<reflect::ServiceSchema> services;
  for (const auto& entry : parts_->services)
    services.push_back({entry.type_id, entry.state_type_id, entry.state_version, entry.name});
  return inspect::service_lines(parts_->book, services);
}

Result<void> OfflineStore::list(std::string_view service, std::string_view prefix,
                                const std::function<bool(const OfflineActor&)>& visit) const {
  if (!visit) return Error(ErrorKind::invalid, "OfflineStore::list() was given an empty function");
  std::uint64_t wanted = 0;
  if (!service.empty()) {
    auto id = parts_->id_of(service);
    if (!id.ok()) return id.error();
    wanted = *id;
  }
  auto partial = store::partial_partitions(*parts_->store);
  if (!partial.ok()) return partial.error();
  return parts_->store->for_each({}, [&](const store::Record& record) {
    const auto key = store::parse_actor_key(record.key);
    if (!key.ok()) return true;
    const store::ActorKey& actor = std::as_const(key).value();
    if ((*partial)[actor.partition]) return true;
    if ((wanted != 0 && actor.service != wanted) || !actor.key.starts_with(prefix)) return true;
    auto view = store::ActorRecordView::parse(record.value);
    return !view.ok() || visit(parts_->line_of(actor, *view));
  });
}

Result<OfflineRecord> OfflineStore::get(std::string_view service, std::string_view key) const {
  auto id = parts_->id_of(service);
  if (!id.ok()) return id.error();
  const std::string name = std::string(service) + "/" + std::string(key.substr(0, limits::kMaxActorKeyBytes));
  if (key.empty() || key.size() > limits::kMaxActorKeyBytes)
    return Error(ErrorKind::invalid, "a key has 1 to " + std::to_string(limits::kMaxActorKeyBytes) +
                                         " bytes; this one has " + std::to_string(key.size()));
  auto mark = store::mark_of(*parts_->store, partition_of(*id, key));
  if (!mark.ok()) return mark.error();
  if (mark->has_value() && (*mark)->state == store::PartitionMark::State::taking)
    return Error(ErrorKind::not_found, name + " is in partition " + std::to_string(partition_of(*id, key)) +
                                           ", which was being taken from another node and is not whole here; that "
                                           "node has it");
  auto value = parts_->store->read(store::actor_key(*id, key));
  if (!value.ok()) return value.error();
  if (!value->has_value()) return Error(ErrorKind::not_found, name + " has no record in this store");
  auto record = parts_->decode({partition_of(*id, key), *id, std::string(key)}, **value);
  if (!record.ok()) return Error(record.error().kind(), name + ": " + record.error().message());
  return record;
}

Result<std::string> OfflineStore::look(std::string_view path) const {
  auto target = observe::parse_target(path);
  if (!target.ok()) return target.error();
  inspect::StoredRows rows(*parts_->store);
  if (target->path.size() == 1 && target->path[0] == "outbox") {
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    auto report = rows.outbox(1000, static_cast<std::uint64_t>(now.count()));
    if (!report.ok()) return report.error();
    return observe::ok(observe::to_json(*report)).json;
  }
  if (!observe::asks_for_rows(*target))
    return Error(ErrorKind::not_found, "files have no " + std::string(path.substr(0, 200)));
  return observe::outcome_of(observe::answer_rows(rows, *target));
}

Result<OfflineCheck> OfflineStore::verify(
    const std::function<void(std::uint64_t done, std::uint64_t of)>& progress) const {
  OfflineCheck check;
  const auto report = [&](std::string problem) {
    if (check.problems.size() < kMaxProblems) {
      check.problems.push_back(std::move(problem));
    } else {
      ++check.more_problems;
    }
  };
  for (const auto& problem : parts_->schema_problems) report(problem);
  for (const auto& service : parts_->services) {
    if (auto type = parts_->book.interface_type(service.type_id); !type.ok())
      report("service " + service.name + ": " + type.error().message());
  }
  auto stats = parts_->store->stats();
  if (!stats.ok()) return stats.error();
  std::map<std::string_view, OfflineKind> kinds;
  auto walked = parts_->store->walk({}, [&](const store::Record& record, const Error* damage) {
    const std::uint64_t bytes = record.key.size() + record.value.size();
    ++check.records;
    check.bytes += bytes;
    OfflineKind& kind = kinds[kind_name(record.key)];
    ++kind.records;
    kind.bytes += bytes;
    auto problem =
        damage == nullptr ? parts_->problem_of(record) : parts_->place_of(record.key) + ": " + damage->message();
    if (!problem.empty()) report(std::move(problem));
    if (progress && check.records % 1024 == 0) progress(check.records, stats->records);
    return true;
  });
  if (!walked.ok()) return walked.error();
  for (auto& [name, kind] : kinds) {
    kind.name = name.empty() ? "unknown" : std::string(name);
    check.kinds.push_back(std::move(kind));
  }
  return check;
}

}  // namespace troupe

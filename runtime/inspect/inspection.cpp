#include "inspect/inspection.h"

#include <capnp/schema.h>
#include <capnp/serialize.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <future>

#include "actor/activation.h"
#include "call/json_call.h"
#include "host/deliver.h"
#include "host/faults.h"
#include "host/hosted_schemas.h"
#include "inspect/actor_listing.h"
#include "inspect/overload_report.h"
#include "reflect/json.h"
#include "reflect/schema_book.h"
#include "store/backup/backup.h"
#include "store/format/actor_record.h"
#include "store/format/keys.h"
#include "troupe/ref.h"

namespace troupe::inspect {
namespace {

// An activation that does not answer within this time is in a turn that holds its thread.
constexpr std::chrono::seconds kAnswerWithin{1};

// Asks an activation for its view, between two of its turns.
class AskForView final : public actor::Control {
 public:
  std::future<ActorView> answer() { return promise_.get_future(); }
  void act(actor::Activation& activation) noexcept override {
    promise_.set_value(activation.view());
    delete this;
  }
  void discard() noexcept override { delete this; }

 private:
  std::promise<ActorView> promise_;
};

}  // namespace

Inspection::Inspection(const NodeConfig& config, host::NodeRouting& routing, host::NodeParts& running,
                       host::DirectoryBook& directory, const telemetry::MetricBook& book)
    : config_(config),
      routing_(routing),
      running_(running),
      book_(book),
      started_ms_(routing.origin.clock.wall_ms()),
      crashes_(running.context()),
      events_(running),
      members_(config, running, directory),
      pools_(routing),
      limits_(config, running),
      traces_(routing.origin.tracer, running.exporter()) {
  if (running.store()) rows_.emplace(*running.store());
}

observe::NodeView Inspection::node() {
  observe::NodeView view;
  view.name = config_.name;
  view.cluster = config_.cluster;
  view.incarnation = running_.incarnation();
  view.started_ms = started_ms_;
  view.uptime_ms = routing_.origin.clock.wall_ms() - started_ms_;
  view.pid = getpid();
  view.port = running_.port();
  view.data_dir = config_.data_dir.string();
  view.activations = routing_.registry.live();
  view.pending_calls = routing_.watch.size() + routing_.router.parked();
  view.dead_letters = running_.context().dead_letters.load(std::memory_order_relaxed);
  if (running_.links())
    for (const auto& link : running_.links()->status())
      view.dead_letters += link.unmatched_replies + link.dropped_answers;
  const auto up = links();
  const auto known = routing_.router.view().get();
  for (const cluster::KnownMember& one : known->members()) {
    const Member& member = one.member;
    observe::MemberView out{member.name, member.host + ":" + std::to_string(member.port), member.client,
                            member.name == config_.name, member.name == config_.name};
    for (const auto& link : up) {
      if (link.peer == member.name) out.up = link.up;
    }
    if (one.present) view.members.push_back(std::move(out));
  }
  view.overload = overload_view(config_, routing_, running_);
  view.store = store_view();
  return view;
}

std::optional<observe::StoreView> Inspection::store_view() const {
  store::Store* store = running_.store();
  if (!store) return std::nullopt;
  observe::StoreView view;
  if (auto stats = store->stats(); stats.ok()) {
    view.records = stats->records;
    view.used_bytes = stats->used_bytes;
    view.map_bytes = stats->map_bytes;
    view.transactions = stats->commits.transactions;
    view.write_sets = stats->commits.write_sets;
    view.mean_batch = stats->commits.mean_batch;
    view.mean_commit_us = stats->commits.mean_commit_us;
  }
  view.copy_done = store->copy_done();
  view.copy_of = store->copy_total();
  view.pending_commits = store->commits().pending();
  if (auto failure = store->commits().failure()) view.failure = failure->what();
  return view;
}

std::vector<LinkView> Inspection::links() {
  std::vector<LinkView> out;
  if (!running_.links()) return out;
  for (const auto& link : running_.links()->status()) {
    LinkView view;
    view.peer = link.peer;
    view.up = link.up;
    view.address = link.address;
    view.incarnation = link.incarnation;
    view.pending_calls = link.pending_calls;
    view.backlog_bytes = link.backlog_bytes;
    view.unanswered_calls = link.unanswered_calls;
    view.refused_out = link.refused_out;
    view.refused_in = link.refused_in;
    view.frames_in = link.frames_in;
    view.frames_out = link.frames_out;
    view.bytes_in = link.bytes_in;
    view.bytes_out = link.bytes_out;
    view.rtt_us = static_cast<double>(link.rtt.count());
    view.last_error = link.last_error;
    out.push_back(std::move(view));
  }
  return out;
}

std::string Inspection::schemas() { return reflect::to_text(host::hosted_schemas(routing_.registry, nullptr)); }

SupervisorView Inspection::tree() { return supervise::Supervisor::tree(config_.name, routing_.registry); }

std::optional<ChildView> Inspection::supervision() {
  auto* tree = running_.tree();
  return tree ? std::optional(tree->view()) : std::nullopt;
}

Result<void> Inspection::restart_supervised(const std::string& path) {
  auto* tree = running_.tree();
  if (!tree) return Error(ErrorKind::not_found, "node " + config_.name + " was given no supervision tree");
  try {
    tree->restart(path);
    return {};
  } catch (const Error& error) {
    return error;
  }
}

SlowTurnsView Inspection::slow_turns() {
  const auto& slow = running_.slow_turns();
  SlowTurnsView view{static_cast<std::uint64_t>(slow.limit().count()), slow.total(), {}};
  const TimePoint now = routing_.origin.clock.now();
  for (auto& turn : slow.list()) {
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - turn.since).count();
    view.turns.push_back({std::move(turn.actor), std::move(turn.method), std::move(turn.id),
                          static_cast<std::uint64_t>(std::max<std::int64_t>(age, 0)), std::move(turn.at)});
  }
  return view;
}

Result<observe::ActorList> Inspection::list(const observe::ListRequest& request) {
  return list_actors(routing_.registry, running_.store(), request);
}

Result<std::string> Inspection::owner(std::string_view service, std::string_view key) {
  auto address = routing_.registry.intern_by_name(service, key);
  if (!address.ok()) return address.error();
  std::string node = routing_.router.node_of(**address);
  if (node.empty())
    return Error(ErrorKind::invalid, (*address)->text() +
                                         " is a pool, whose actors are on every node that hosts it; "
                                         "`troupe pools` says how they fare");
  return node;
}

Result<ActorView> Inspection::inspect(std::string_view service, std::string_view key) {
  auto address = routing_.registry.intern_by_name(service, key);
  if (!address.ok()) return address.error();
  ActorView view;
  view.status = "dormant";
  if (auto activation = actor::Registry::activation_of(**address)) {
    view = activation->outside_view();
    auto* ask = new AskForView;
    auto answer = ask->answer();
    if (!activation->post(ask)) {
      ask->discard();
    } else if (answer.wait_for(kAnswerWithin) == std::future_status::ready) {
      try {
        view = answer.get();
      } catch (const std::future_error&) {
        // it stopped before it could answer
      }
    }
  } else if (auto described = describe_kept(**address, view); !described.ok()) {
    return described.error();
  }
  if (rows_ && (*address)->service.durable()) {
    if (auto count = rows_->replies_in_pages({service, key}); count.ok()) view.replies_in_pages = *count;
  }
  view.actor = (*address)->text();
  view.partition = (*address)->partition;
  return view;
}

// Of an actor that is not active, from what it keeps.
Result<void> Inspection::describe_kept(const wire::Address& address, ActorView& view) {
  auto bytes = record_of(address);
  if (!bytes.ok()) return bytes.error();
  if (bytes->has_value()) {
    auto record = store::ActorRecordView::parse(**bytes);
    if (!record.ok()) return record.error();
    view.state_bytes = record->state().size();
    view.state_version = record->meta().state_version;
    view.edits = record->meta().edits;
    view.last_sent = record->meta().last_sent;
    view.remembered_replies = static_cast<std::uint32_t>(record->reply_count());
    return {};
  }
  if (!rows_ || !address.service.durable()) return {};
  auto kinds = rows_->kinds({address.service.name, address.key});
  if (!kinds.ok()) return kinds.error();
  if (kinds->empty()) view.status = "absent";
  return {};
}

Result<std::optional<std::vector<std::byte>>> Inspection::record_of(const wire::Address& address) const {
  if (!running_.store()) return std::optional<std::vector<std::byte>>{};
  return running_.store()->read(store::actor_key(address.partition, address.service_id, address.key));
}

Result<std::optional<std::string>> Inspection::state(std::string_view service, std::string_view key) {
  auto address = routing_.registry.intern_by_name(service, key);
  if (!address.ok()) return address.error();
  const ServiceInfo& type = (*address)->service;
  if (!type.durable()) return Error(ErrorKind::invalid, std::string(type.name) + " keeps no durable state");
  auto bytes = record_of(**address);
  if (!bytes.ok()) return bytes.error();
  if (!bytes->has_value()) return std::optional<std::string>{};
  auto record = store::ActorRecordView::parse(**bytes);
  if (!record.ok()) return record.error();
  // A state that is not migrated yet is of a type that the store alone knows.
  reflect::SchemaBook book;
  capnp::StructSchema state_type = type.state_schema();
  if (record->state_type() != type.state_type) {
    auto remembered = running_.store()->schemas().nodes();
    if (!remembered.ok()) return remembered.error();
    for (const auto& node : *remembered) {
      if (auto added = book.add(node.type_id, node.node); !added.ok()) return added.error();
    }
    auto known = book.struct_type(record->state_type());
    if (!known.ok()) return known.error();
    state_type = *known;
  }
  // An actor that has only rows has no words here: one of zeros is a state as it begins.
  std::vector<capnp::word> words(std::max<std::size_t>(1, record->state().size() / sizeof(capnp::word)));
  if (!record->state().empty()) std::memcpy(words.data(), record->state().data(), record->state().size());
  const kj::ArrayPtr<const capnp::word> segments[] = {kj::arrayPtr(words.data(), words.size())};
  capnp::SegmentArrayMessageReader reader(kj::arrayPtr(segments, 1), {words.size() * 8 + 1024, 64});
  auto json = reflect::to_json(state_type, reader.getRoot<capnp::AnyPointer>());
  if (!json.ok()) return json.error();
  return std::optional<std::string>(std::move(*json));
}

observe::RowSource* Inspection::rows() { return rows_ ? &*rows_ : nullptr; }

observe::OutboxReport Inspection::outbox(std::size_t most_channels) {
  if (!running_.courier()) return {};
  return {running_.courier()->totals(), running_.courier()->channels(most_channels)};
}

RemindersView Inspection::reminders(std::size_t most_failing) {
  return running_.reminders() ? running_.reminders()->view(most_failing) : RemindersView{};
}

Result<void> Inspection::end_dead_letter(const observe::ActorName& actor, std::uint64_t number, bool send_again) {
  auto address = routing_.registry.intern_by_name(actor.service, actor.key);
  if (!address.ok()) return address.error();
  if (!rows_) return Error(ErrorKind::invalid, "this node has no data directory: it keeps no dead letters");
  auto row = rows_->dead_letter_key(actor, number);
  if (!row.ok()) return row.error();
  return deliver(routing_, std::move(*address), wire::EndOfDeadLetter{std::move(*row), send_again},
                 config_.default_timeout);
}

Result<void> Inspection::erase(const observe::ActorName& actor) {
  constexpr std::chrono::minutes kLongErase{5};  // of millions of rows
  auto address = routing_.registry.intern_by_name(actor.service, actor.key);
  if (!address.ok()) return address.error();
  if (!(*address)->service.durable())
    return Error(ErrorKind::invalid, std::string((*address)->service.name) + " keeps no durable state");
  return deliver(routing_, std::move(*address), wire::EraseAll{}, kLongErase);
}

Result<observe::BackupView> Inspection::backup(const std::string& directory) {
  if (!running_.store())
    return Error(ErrorKind::invalid, "node " + config_.name + " keeps no store: it has no data directory");
  auto page = store::back_up(*running_.store(), directory, routing_.origin.clock.wall_ms());
  if (!page.ok()) return page.error();
  return observe::BackupView{page->cluster, page->node, page->taken_ms, page->records, page->bytes, page->encrypted};
}

Result<std::string> Inspection::call(const observe::CallRequest& request) {
  auto address = routing_.registry.intern_by_name(request.service, request.key);
  if (!address.ok()) return address.error();
  return call::json_call(RefBase(address->detach()), request.method, request.json,
                         request.timeout.value_or(std::chrono::milliseconds(0)), config_.default_timeout);
}

}  // namespace troupe::inspect

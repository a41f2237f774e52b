// InspectionSource: what a running node can tell about itself, and what the admin API asks for. Plain values; the
// node implements it, observe/admin_api.h turns it into JSON.
//
// Any thread, several at a time. A function may block, but ends within a few seconds: what does not answer by
// then is reported as such (ActorView::answered), never waited for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "observe/crash_source.h"
#include "observe/event_source.h"
#include "observe/graph_view.h"
#include "observe/limits_source.h"
#include "observe/log_source.h"
#include "observe/member_source.h"
#include "observe/pool_source.h"
#include "observe/row_source.h"
#include "observe/trace_source.h"
#include "troupe/error.h"
#include "troupe/inspection.h"
#include "troupe/metrics.h"
#include "troupe/supervision.h"

namespace troupe::observe {

struct MethodView {
  std::string name;
  std::string params;   // "(order :Text, quantity :UInt32)"; reflect::describe() writes it
  std::string results;  // the same
  bool read_only = false;
  bool reentrant = false;
  bool retry = false;
  std::uint32_t timeout_ms = 0;  // 0: the node's default
};

struct ServiceView {
  std::string name;  // "Stock"
  bool durable = false;
  std::string placement;          // keyed | pool | pinned | singleton
  std::string state_type;         // "shop.capnp:StockState"; empty when not durable
  std::uint64_t activations = 0;  // live on this node
  std::vector<MethodView> methods;
  std::uint64_t schema_hash = 0;    // of its interface and state
  std::uint32_t state_version = 0;  // of what its state means
  bool healthy = true;              // by its own check
  std::string trouble{};            // what that finds wrong
};

struct MemberView {
  std::string name;
  std::string address;  // "127.0.0.1:7101"
  bool client = false;
  bool self = false;
  bool up = false;  // self, or the link to it is up
};

struct StoreView {
  std::uint64_t records = 0;
  std::uint64_t used_bytes = 0;
  std::uint64_t map_bytes = 0;
  std::uint64_t transactions = 0;
  std::uint64_t write_sets = 0;
  std::uint64_t pending_commits = 0;
  double mean_batch = 0;
  std::uint64_t mean_commit_us = 0;
  std::uint64_t copy_done = 0;  // records of the copy that is being made, and about how many there are; 0: none is
  std::uint64_t copy_of = 0;
  std::string failure;  // why it stopped committing; empty while all is well
};

// A finished backup.
struct BackupView {
  std::string cluster;
  std::string node;
  std::uint64_t taken_ms = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  bool encrypted = false;
};

// How much waits, how much may, and what was turned away since the node started. `overloaded` calls of other nodes
// count where they were refused.
struct OverloadView {
  std::uint64_t queued_calls = 0;  // in mailboxes, not started
  std::uint64_t queued_bytes = 0;
  std::uint64_t held_calls = 0;  // of them, those that wait behind a turn of their actor's and not for a worker
  std::uint64_t max_queued_calls = 0;
  std::uint64_t max_queued_bytes = 0;
  std::uint64_t max_mailbox = 0;
  std::uint64_t wait_ms = 0;  // for a worker, about
  bool shedding = false;      // the node as a whole
  std::uint64_t target_ms = 0;
  struct Refused {
    std::uint64_t mailbox = 0;      // an actor's mailbox was full
    std::uint64_t actor_delay = 0;  // shed: calls waited too long for their actor
    std::uint64_t node_calls = 0;
    std::uint64_t node_bytes = 0;
    std::uint64_t node_delay = 0;  // shed: calls waited too long for a worker
    std::uint64_t host_calls = 0;  // too many calls of host threads pending
    std::uint64_t commits = 0;     // too many commits pending
    std::uint64_t links_out = 0;   // too much under way to a peer
    std::uint64_t links_in = 0;    // too much of a peer's unanswered
  };
  Refused refused;
};

struct NodeView {
  std::string name;
  std::string cluster;
  std::uint64_t incarnation = 0;
  std::uint64_t started_ms = 0;  // wall clock, since the Unix epoch
  std::uint64_t uptime_ms = 0;
  std::int64_t pid = 0;
  std::uint16_t port = 0;  // 0: none
  std::string data_dir;    // empty: none
  std::uint64_t activations = 0;
  std::uint64_t pending_calls = 0;
  std::uint64_t dead_letters = 0;
  OverloadView overload;
  std::vector<MemberView> members;
  std::optional<StoreView> store;  // nothing without a data directory
};

struct ListRequest {
  std::string service;  // empty: every service
  std::string prefix;   // of the key; empty: every key
  std::string after;    // `next` of the page before; empty: from the start
  std::size_t limit = 100;
};

// One line of a listing: an actor of this node that is live or has state on disk.
struct ActorLine {
  std::string service;
  std::string key;
  std::string status;  // as in ActorView
  std::uint32_t mailbox = 0;
  std::uint32_t restarts = 0;
  std::uint64_t state_bytes = 0;
};

struct ActorList {
  std::vector<ActorLine> actors;  // in an order of the source's own, the same from page to page
  std::string next;               // opaque; empty: that was all
};

struct CallRequest {
  std::string service;
  std::string key;
  std::string method;
  std::string json;  // the parameters; an empty text stands for {}
  std::optional<std::chrono::milliseconds> timeout;
};

// Durable messages that wait, and what became of others.
struct OutboxReport {
  OutboxView totals;
  std::vector<ChannelView> channels;  // with messages that wait, the longest-waiting first
};

class InspectionSource {
 public:
  virtual ~InspectionSource() = default;

  [[nodiscard]] virtual NodeView node() = 0;
  [[nodiscard]] virtual std::vector<LinkView> links() = 0;
  [[nodiscard]] virtual std::vector<ServiceView> services() = 0;
  // The schemas of what it hosts, as text (reflect/schema_set.h).
  [[nodiscard]] virtual std::string schemas() = 0;
  [[nodiscard]] virtual SupervisorView tree() = 0;
  // The tree that the node was given; nothing without one.
  [[nodiscard]] virtual std::optional<ChildView> supervision() = 0;
  // Starts a part of it that does not run: "workers/w1", or "/", the tree itself. `not_found`: there is none.
  [[nodiscard]] virtual Result<void> restart_supervised(const std::string& path) = 0;
  // The node's own, and what a program added to them.
  [[nodiscard]] virtual std::vector<MetricFamily> metrics() = 0;
  [[nodiscard]] virtual GraphView graph() = 0;
  // How the node is by its own account, and which worker threads are held.
  [[nodiscard]] virtual HealthView health() = 0;
  // Turns that take long.
  [[nodiscard]] virtual SlowTurnsView slow_turns() = 0;

  // Actors of this node. `not_found` for a service that it does not host, `invalid` for a cursor not its own.
  [[nodiscard]] virtual Result<ActorList> list(const ListRequest& request) = 0;

  // The name of the node on which the actor lives, this one's own for its own. `not_found` for an unknown service,
  // `invalid` for a key that is empty or too long, `unavailable` when nobody owns it.
  [[nodiscard]] virtual Result<std::string> owner(std::string_view service, std::string_view key) = 0;

  // The next two are only asked for actors of this node. inspect(): a durable actor that never ran is `absent`.
  [[nodiscard]] virtual Result<ActorView> inspect(std::string_view service, std::string_view key) = 0;
  // The last committed state as JSON text (reflect::to_json). Nothing: the actor has none on disk. `invalid` for a
  // service without durable state.
  [[nodiscard]] virtual Result<std::optional<std::string>> state(std::string_view service, std::string_view key) = 0;

  // Who crashed on this node, and who is quarantined.
  [[nodiscard]] virtual CrashSource& crashes() = 0;

  // The turns that its flight recorder holds.
  [[nodiscard]] virtual EventSource& events() = 0;

  // Who is in the cluster, and who owns what.
  [[nodiscard]] virtual MemberSource& members() = 0;

  // The pools that this node calls.
  [[nodiscard]] virtual PoolSource& pools() = 0;
  // How its calls fare: breakers, bulkheads, budgets; and its own limits.
  [[nodiscard]] virtual LimitsSource& limits() = 0;

  // The spans that it remembers.
  [[nodiscard]] virtual TraceSource& traces() = 0;
  // The lines that it keeps in memory; null: it keeps none.
  [[nodiscard]] virtual LogSource* logs() { return nullptr; }

  // What actors of this node keep beside their states; null without a data directory.
  [[nodiscard]] virtual RowSource* rows() = 0;
  [[nodiscard]] virtual OutboxReport outbox(std::size_t most_channels) = 0;

  // How the reminders that are due fare; up to `most_failing` of those that fail.
  [[nodiscard]] virtual RemindersView reminders(std::size_t most_failing) = 0;

  // Of an actor of this node, in a turn of its own; done when that is committed. The first sends the dead letter once
  // more, or drops it: `not_found` when there is none of that number. The second takes away all that the actor keeps,
  // as Actor::erase_everything() does.
  [[nodiscard]] virtual Result<void> end_dead_letter(const ActorName& actor, std::uint64_t number, bool send_again) = 0;
  [[nodiscard]] virtual Result<void> erase(const ActorName& actor) = 0;

  // Copies the store into a new directory of this machine; ends early when the node stops. `invalid`: the path is not
  // absolute, something is there, or the node keeps no store.
  [[nodiscard]] virtual Result<BackupView> backup(const std::string& directory) = 0;

  // Calls an actor of the cluster and waits (call/json_call.h does it, given a Ref). Results as JSON text.
  [[nodiscard]] virtual Result<std::string> call(const CallRequest& request) = 0;
};

}  // namespace troupe::observe

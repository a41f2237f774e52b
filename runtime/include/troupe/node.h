// Node: one member of a cluster, inside any program. No globals, no signal handlers, no threads before
// start(), nothing printed. Several may live in one process.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/call_policy.h"
#include "troupe/cluster.h"
#include "troupe/directory.h"
#include "troupe/duration.h"
#include "troupe/encryption.h"
#include "troupe/error.h"
#include "troupe/limits.h"
#include "troupe/log.h"
#include "troupe/metrics.h"
#include "troupe/overload.h"
#include "troupe/placement.h"
#include "troupe/recording.h"
#include "troupe/service.h"
#include "troupe/supervision.h"
#include "troupe/tls.h"
#include "troupe/tracing.h"

namespace caf {
class actor_system;
}

namespace troupe {

class Actor;
template <class Interface>
class Ref;
class RefBase;
namespace wire {
class Address;
}
namespace host {
struct NodeRouting;
struct TestHooks;
}  // namespace host

// One member of a static cluster.
struct Member {
  std::string name;
  std::string host = "127.0.0.1";  // without NodeConfig::tls: loopback
  std::uint16_t port = 0;
  bool client = false;  // calls, but owns no partitions: a front end, a script, a test
  friend bool operator==(const Member&, const Member&) = default;
};

// When a crashed activation is started again. More than `restarts` within `window`, the burst, or more than `sustained`
// within `sustained_window`, which an actor that crashes slowly for ever exceeds, and it is quarantined for `cooldown`:
// calls fail at once with `unavailable`, then it may try again. Crashes that are still within a window count on: one
// more may quarantine it anew, unless somebody cleared it (`troupe quarantine clear`).
struct RestartPolicy {
  std::uint32_t restarts = 10;
  std::chrono::milliseconds window{10'000};  // 0: no limit on bursts, and every restart is immediate
  std::uint32_t sustained = 60;              // 0: no limit on the sustained rate
  std::chrono::milliseconds sustained_window{3'600'000};
  // The first restart is immediate; each further one within the window waits, doubling from `backoff` up.
  std::chrono::milliseconds backoff{10};
  std::chrono::milliseconds max_backoff{2'000};
  // The share of a wait that chance may take off it, from 0 to 1: actors that crashed together come back apart.
  double jitter = 0.2;
  std::chrono::milliseconds cooldown{30'000};
};

// How durable messages are tried again. A receiver that is not there, or too busy, is waited for without end; `tries`
// errors of its own make a message a dead letter.
struct DeliveryPolicy {
  std::uint32_t tries = 10;
  // Between tries; doubles up to `max_backoff`.
  std::chrono::milliseconds backoff{50};
  std::chrono::milliseconds max_backoff{30'000};
};

// What a node looks for in itself, with a thread of its own. Zero turns a look off. What is found late is found within
// half of the smallest of them.
struct WatchLimits {
  // A turn that has taken this long is logged once and listed (`troupe turns`), with what it waits for.
  std::chrono::milliseconds slow_turn{1'000};
  // A worker thread that one handler holds for this long is logged, with the handler.
  std::chrono::milliseconds blocked_thread{5'000};
  // Every worker thread held for this long: the node is unhealthy.
  std::chrono::milliseconds stalled_workers{30'000};
  // Commits wait and none has ended for this long: the node is unhealthy.
  std::chrono::milliseconds stuck_commits{30'000};
  // Between two runs of a service's own check (HostOptions::health); 0: none is run.
  std::chrono::milliseconds check_every{2'000};
  // A check that has not returned for this long: its service is unhealthy until it does.
  std::chrono::milliseconds slow_check{10'000};
};

// How a node is, by its own account.
struct Health {
  struct Fault {
    std::string name;     // not_running | workers_stalled | commits_stuck | store_stopped | supervision_given_up
    std::string message;  // what was seen, and what to do
  };
  // A service whose own check (HostOptions::health) says that it cannot do its work here.
  struct SickService {
    std::string service;
    std::string why;
  };
  std::vector<Fault> faults;
  std::vector<SickService> services{};
  // Of the node itself: what a service lacks may come back, and is no reason to end the process.
  [[nodiscard]] bool good() const noexcept { return faults.empty(); }
};

// How a node's stop() went.
struct StopReport {
  // False: what `stuck` names did not end. A thread cannot be taken away: what it may touch is kept until it returns,
  // and the data directory stays held until then, or until the process ends.
  bool complete = true;
  std::uint64_t turns_ended = 0;  // that had not come to an end by the deadline
  std::vector<std::string> stuck{};
};

struct NodeConfig {
  std::string name = "node";         // unique in the cluster; owns its data directory
  std::string cluster = "troupe";    // nodes of another cluster are refused
  std::filesystem::path data_dir{};  // empty: no durable actors, no admin socket
  std::vector<Member> members{};     // every node of the cluster, this one too; empty: a cluster of one
  // Instead of that list: the cluster's members find each other by a coordinator, and come and go.
  JoinConfig join{};
  // A file with the cluster's secret, the same for all its nodes and closed to everybody else (troupe/link_secret.h),
  // which they prove to each other when they link. Empty: the file that the variable TROUPE_LINK_SECRET names; without
  // it links prove nothing.
  std::filesystem::path link_secret{};
  // Links with TLS, which may leave this machine; the same kind on all nodes. Nothing named: the directory that the
  // variable TROUPE_TLS_DIR names; without it links are plain.
  TlsConfig tls{};
  unsigned threads = 0;                 // worker threads, at most limits::kMaxThreads; 0: one per core, at least two
  caf::actor_system* system = nullptr;  // run on the host's, which outlives the node
  std::chrono::milliseconds default_timeout{10'000};   // of calls whose method names none
  std::chrono::milliseconds idle_after{60'000};        // then an activation is passivated; 0: never
  std::uint32_t max_mailbox = 10'000;                  // calls that may wait for one actor
  OverloadPolicy overload{};                           // what the node takes on before it says `overloaded`
  std::size_t max_store_bytes = std::size_t{1} << 40;  // the most the store may grow to
  EncryptionKeys encryption_keys{};                    // what the store is encrypted with; none: it is not
  RestartPolicy restart{};                             // for services that name none of their own
  DeliveryPolicy delivery{};                           // of durable messages
  // Of services with Placement::pool, by their names, at most limits::kMaxPools; a name that no hosted service has is
  // of one that is only called. When no member has such a service either, a warning says so half a minute after the
  // start.
  std::map<std::string, PoolOptions> pools{};
  std::vector<CoveredCalls> calls{};  // retries, breakers, hedges, bulkheads of calls made here
  WatchLimits watch{};
  TracingConfig tracing{};                  // which traces are recorded here, and where their spans go
  FlightRecorderOptions flight_recorder{};  // the last turns, in memory
  CrashFileOptions crash_files{};           // and those that crashed, in files
  // Called once, the first time the node finds itself unhealthy, on the node's watching thread. It must not stop() the
  // node: it wakes whoever does, or ends the process.
  std::function<void(const Health&)> on_unhealthy{};
  MetricsConfig metrics{};                              // what it counts, and who may read it
  bool admin = true;                                    // serve the debug tool on data_dir/admin.sock
  LogSink log{};                                        // where log lines go; empty: nowhere
  LogOptions logging{};                                 // which of them do, and how many are kept
  std::shared_ptr<const host::TestHooks> test_hooks{};  // for the test kit alone, which sets it (troupe/testing.h)
};

struct HostOptions {
  RestartPolicy restart{};
  bool own_restart = false;  // `restart` stands instead of the node's
  // The service's own check: whether it can do its work here, whatever that needs. Gives nothing when it can, else why
  // not, of which limits::kMaxHealthTextBytes are kept; what it throws says why not, too. Called every
  // WatchLimits::check_every on a thread for it alone, so it may block, and never twice at once; stop() waits for one
  // that runs, as for a handler. Empty: the service is as well as its node. Not called in a simulation.
  std::function<std::string()> health{};
};

class Node {
 public:
  // Checks the configuration; throws `invalid` naming the field that is wrong.
  explicit Node(NodeConfig config);
  // stop()s.
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Lets `T`, an actor class, run here. Before start(), the same on every node of a cluster. Throws
  // `invalid` for a durable service on a node without a data directory (a client needs none: no actor lives
  // there), and for a service hosted twice.
  template <class T>
  Node& host(HostOptions options = {}) {
    return host(detail::Implementation<T>::service(), detail::Implementation<T>::make, std::move(options));
  }
  // The same for actors that need something of the host: `make` runs once per activation, on any thread. That it
  // throws, or gives null, is a crash of the actor. Throws `invalid` for an empty one.
  template <class T>
  Node& host(std::function<std::unique_ptr<T>()> make, HostOptions options = {}) {
    std::function<std::unique_ptr<Actor>()> any;
    if (make) any = [make = std::move(make)]() -> std::unique_ptr<Actor> { return make(); };
    return host(detail::Implementation<T>::service(), std::move(any), std::move(options));
  }

  // What this node keeps alive (troupe/supervision.h). Before start(), at most once. Throws `invalid`, naming the child
  // and its supervisor; a service that is not hosted is found out by start().
  Node& supervise(Supervision tree, SupervisionEvents events = {});

  // Opens the store, starts the threads, listens, dials the other members, and starts what it supervises, in order.
  // Throws: `invalid`, `unavailable` (port in use, directory held by another process), `corrupt`; `failed` when a child
  // did not start, after those that had are stopped.
  void start();

  // Refuses new calls, lets running turns end until `deadline`, then ends them where they wait; commits; closes. Every
  // call that waits is ended, once. Each stage gets limits::kStopGrace past `deadline`, the store limits::kCloseGrace;
  // then it returns, whatever handlers, blocking() work and the disk do. Idempotent: a second one waits for the first,
  // by the earlier deadline of the two. Throws `invalid` inside a handler, a then() callback or on_unhealthy: it would
  // wait for itself.
  StopReport stop(Milliseconds deadline = std::chrono::seconds(5));

  // A reference to an actor of the cluster. Any thread. Throws `invalid` for a key that is empty or longer
  // than limits::kMaxActorKeyBytes. A service that its owner does not host is found out by the call: `not_found`.
  template <class Interface>
  [[nodiscard]] Ref<Interface> ref(std::string_view key) {
    return Ref<Interface>(intern(ServiceOf<Interface>::info(), key));
  }

  // The same without a key: of a singleton, of any actor of a pool, or of this node's own actor of a pinned service.
  // Throws `invalid` for a keyed service.
  template <class Interface>
  [[nodiscard]] Ref<Interface> ref() {
    return Ref<Interface>(intern(ServiceOf<Interface>::info()));
  }

  // The same for those who hold what the generator says of a service instead of its type: a gateway, say. It makes
  // calls by RefBase::begin_call(). `service` outlives the node.
  [[nodiscard]] RefBase ref(const ServiceInfo& service, std::string_view key);
  [[nodiscard]] RefBase ref(const ServiceInfo& service);

  [[nodiscard]] const std::string& name() const noexcept;
  // The port it listens on (known after start(), also when the configured one was 0); 0: none.
  [[nodiscard]] std::uint16_t port() const noexcept;
  // Whether links to all other members are up; with a coordinator, to those that live, of which one at least owns
  // partitions or may.
  [[nodiscard]] bool connected() const;
  // Waits until connected(); false: not within `timeout`.
  [[nodiscard]] bool wait_connected(Milliseconds timeout) const;

  // How the node is, as of its last look at itself. Any thread.
  [[nodiscard]] Health health() const;
  // Whether this node takes part: with `false` it is `joining` to the others, and gets no partitions that it has not;
  // with `true`, as after start() unless JoinConfig::held_back, it is ready as soon as its services' own checks have
  // each passed once. Any thread, also before start(). Of a member of a fixed list only Node::directory() tells.
  void ready(bool ready);
  // Who is in the cluster and which services there are, as this node knows it; it lasts as long as somebody holds it.
  // Costs a lock and a comparison where nothing has changed. Any thread, a handler too. Throws `invalid` before
  // start(), `unavailable` after stop().
  [[nodiscard]] std::shared_ptr<const ClusterDirectory> directory() const;
  // Calls `changed` with each directory that differs from the one before, the present one first, on a thread for these
  // callbacks alone, one at a time; changes that come quickly may come as one. What it throws is logged. Until the
  // subscription or the node ends; at most limits::kMaxDirectorySubscriptions at a time, then `overloaded`. Throws
  // `invalid` for an empty one and before start(), `unavailable` after stop(). Not called in a simulation.
  [[nodiscard]] DirectorySubscription on_directory_change(
      std::function<void(const std::shared_ptr<const ClusterDirectory>&)> changed);
  // The tree that supervise() gave it. Throws `invalid` before start() and without a tree, `unavailable` after stop(),
  // from whose begin on the reference must not be used.
  [[nodiscard]] SupervisionTree& supervision();

  // Writes lines of the program as the node's own: its level, its limit on repeats and its memory are theirs too, and
  // secrets are masked. For a gateway beside it, say. Any thread; it may be kept longer than the node and does nothing
  // then.
  [[nodiscard]] LogSink log() const;
  // What it shows of itself in numbers; a program may add to it. Any thread, before start() and after stop() too.
  [[nodiscard]] Metrics& metrics() noexcept;

  // What the debug tool sees and does, as JSON. `path` as on the admin socket ("/actors?service=Stock");
  // see runtime/doc/admin.md. Any thread but an actor's. The int is an HTTP status.
  [[nodiscard]] std::pair<int, std::string> admin(std::string_view method, std::string_view path,
                                                  std::string_view body);

  // CAF is one step away; see troupe/caf.hpp. Only after start().
  [[nodiscard]] caf::actor_system& system();

 private:
  Node& host(const ServiceInfo& service, std::function<std::unique_ptr<Actor>()> make, HostOptions options);
  [[nodiscard]] wire::Address* intern(const ServiceInfo& service, std::string_view key);
  [[nodiscard]] wire::Address* intern(const ServiceInfo& service);

  friend class Span;
  [[nodiscard]] host::NodeRouting& routing() const noexcept;

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace troupe

// What the nodes of a cluster agree on when something joins, leaves, breaks or moves: small records, replaced together
// or not at all, whose changes are watched. It is never on a call's way, and no promise rests on its clocks.
//
//   record    a key, a value, and the version that wrote it last
//   version   of the coordinator as a whole: grows with every transaction that changes something
//   session   says that a process lives; records may belong to one, and go when it ends
//
// It is linearizable: a transaction that was answered is seen by all that begins afterwards, wherever. The records and
// their names are the business of runtime/cluster; a coordinator knows none of them.
//
// Back ends: `file` (an LMDB environment shared by the processes of one machine) and `etcd` (v3, several machines);
// open.h opens them. Both pass the tests in tests/contract/coordinator.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/duration.h"
#include "troupe/error.h"

namespace troupe::coordinator {

using Version = std::uint64_t;

// Keys are printable ASCII without spaces, at least one and at most kMaxKeyBytes; values are any bytes, at most
// kMaxValueBytes. What is longer is `invalid`.
inline constexpr std::size_t kMaxKeyBytes = 256;
inline constexpr std::size_t kMaxValueBytes = std::size_t{64} << 10;
// Conditions and writes of one transaction together: what etcd takes by default. Keys and values of one, in bytes: of
// what etcd takes, as much as is left for what is written around them.
inline constexpr std::size_t kMaxOperations = 128;
inline constexpr std::size_t kMaxTransactionBytes = std::size_t{1} << 20;

struct Record {
  std::string key;
  std::string value;
  Version version = 0;  // of its last write
};

// All records of a prefix, in key order, as they were at one version.
struct Range {
  std::vector<Record> records;
  Version version = 0;
};

// Holds while the record is as it was at its last write; 0: while there is none.
struct Condition {
  std::string key;
  Version version = 0;
};

// Grows with each session, never given twice; 0: none.
using SessionId = std::uint64_t;

struct Write {
  std::string key;
  std::optional<std::string> value{};  // nothing: the record goes
  SessionId session = 0;               // the record goes when that session ends; 0: it stays
};

struct Transaction {
  std::vector<Condition> conditions{};
  std::vector<Write> writes{};  // each key once
};

struct Outcome {
  bool applied = false;  // false: a condition did not hold, and nothing was changed
  Version version = 0;   // applied: of all that it wrote; else of the coordinator
};

struct Change {
  std::string key;
  std::optional<std::string> value;  // nothing: the record went
  Version version = 0;
};

// Told of changes, on a thread of the coordinator's, one call at a time: it must return soon, may call nothing that
// waits for the coordinator, and must not let go of its Watch.
class Watcher {
 public:
  // In their order, each once, none left out; those of one transaction in one call.
  virtual void on_changes(std::span<const Change> changes) noexcept = 0;
  // Some may have been missed (the coordinator keeps no history that is as old, it was restored, it is full): read the
  // range anew and watch from there. The last call. A coordinator that is away for a while is no such reason; the watch
  // goes on when it is back.
  virtual void on_lost(const Error& why) noexcept = 0;

 protected:
  ~Watcher() = default;
};

// As long as it is, its watcher is told. Its destructor waits for a call that is under way. Goes before the
// coordinator.
class Watch {
 public:
  virtual ~Watch() = default;
};

// Told once, on a thread of the coordinator's, that a session has ended without close(): it was not renewed in time, or
// somebody ended it. What it held may be gone, and others may have acted on that.
class SessionEvents {
 public:
  virtual void on_session_lost(SessionId session, const Error& why) noexcept = 0;

 protected:
  ~SessionEvents() = default;
};

// Kept alive for as long as it is, by the coordinator's own means. The kernel ends a file's session with the process.
// Goes before the coordinator.
class Session {
 public:
  // Ends it, and with it its records; as far as the coordinator can be reached.
  virtual ~Session() = default;
  [[nodiscard]] virtual SessionId id() const noexcept = 0;
  // False: it is known to have ended, or could not be renewed for so long that it may have.
  [[nodiscard]] virtual bool alive() const noexcept = 0;
};

// Any thread but those of its own. Calls block until they are answered or `timeout` has passed: `unavailable` then, and
// when it cannot be reached, saying which endpoint and what to do; no time, zero or less, is `unavailable` at once.
// `overloaded`: it is full (etcd's quota).
class Coordinator {
 public:
  virtual ~Coordinator() = default;

  // What it is and where, for messages: "etcd at 10.0.0.1:2379, 10.0.0.2:2379".
  [[nodiscard]] virtual const std::string& describe() const noexcept = 0;

  [[nodiscard]] virtual Result<std::optional<Record>> get(std::string_view key, Milliseconds timeout) = 0;
  // All whose keys begin with it; an empty one: all.
  [[nodiscard]] virtual Result<Range> range(std::string_view prefix, Milliseconds timeout) = 0;
  // Applies all writes if all conditions hold. `unknown_outcome`: it was sent and not answered, so it may have been
  // applied or may still be; read before doing it again. `invalid`: more than kMaxOperations or kMaxTransactionBytes, a
  // key or value that cannot be, a key that is written twice, or, if the conditions hold, a session that has ended.
  [[nodiscard]] virtual Result<Outcome> commit(const Transaction& transaction, Milliseconds timeout) = 0;
  // Tells `watcher`, which outlives it, of every change of the prefix after that version. Returns at once; the watcher
  // may be told before it does.
  [[nodiscard]] virtual std::unique_ptr<Watch> watch(std::string_view prefix, Version after, Watcher& watcher) = 0;
  // `ttl`: so long after the process has died without the coordinator noticing otherwise, its records go; at least one
  // second. `name` is for people. `events` outlives it.
  [[nodiscard]] virtual Result<std::unique_ptr<Session>> open_session(std::string_view name, Milliseconds ttl,
                                                                      SessionEvents& events, Milliseconds timeout) = 0;
};

}  // namespace troupe::coordinator

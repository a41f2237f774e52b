// The files of a stopped node, read without its code: the store carries its own schemas. Plain values and JSON text;
// writes nothing. A node cannot start while its files are open here, and what a running node holds is refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/encryption.h"
#include "troupe/error.h"

namespace troupe {

struct OfflineActor {
  std::string service;  // "Stock"; its type id where the store does not name it
  std::string key;
  std::uint16_t partition = 0;
  std::uint64_t state_bytes = 0;
  std::uint32_t remembered_replies = 0;
};

struct OfflineReply {
  std::string id;  // of the request, 32 hexadecimal digits
  std::uint64_t committed_at_ms = 0;
  std::string outcome;  // "results", "refusal"
  std::uint64_t bytes = 0;
};

struct OfflineRecord {
  OfflineActor actor;
  std::string state_type;                // "StockState"
  std::optional<std::string> state;      // JSON; nothing: the actor has none
  std::uint32_t state_version = 0;       // of what the state means
  std::uint64_t edits = 0;               // committed turns that edited the state
  std::uint64_t last_sent = 0;           // number of the last durable message it sent; 0: none
  std::uint64_t forgotten_until_ms = 0;  // calls first sent before may have run although no reply is remembered
  std::vector<OfflineReply> replies;     // oldest first
};

struct OfflineService {
  std::string name;
  std::string id;                    // "@0x9d2f..."
  std::string state_type;            // empty: no durable state
  std::string state;                 // "(onHand :UInt32, reserved :UInt32)"
  std::uint32_t state_version = 0;   // $Troupe.actor(version = ...)
  std::vector<std::string> methods;  // "reserve (order :Text) -> ()"
};

struct OfflineStats {
  std::string cluster;
  std::string node;
  std::uint32_t format = 0;
  bool encrypted = false;
  std::uint64_t records = 0;
  std::uint64_t used_bytes = 0;
  std::uint64_t map_bytes = 0;
  std::uint64_t commits = 0;     // write sets that were ever committed
  std::uint32_t partitions = 0;  // that hold anything
  // Being taken from another node when this one ended: not whole, so what is here of them is not shown, and is erased
  // when the node starts.
  std::uint32_t partial_partitions = 0;
  std::uint32_t services = 0;
  std::uint32_t schemas = 0;
};

// What a store keeps of one kind: "actor", "table", "outbox"...
struct OfflineKind {
  std::string name;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

struct OfflineCheck {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::vector<OfflineKind> kinds;     // those that are there
  std::vector<std::string> problems;  // a sentence each, with the actor or the key; at most kMaxProblems
  std::uint64_t more_problems = 0;    // beyond those
};

// One thread at a time.
class OfflineStore {
 public:
  static constexpr std::size_t kMaxProblems = 1000;

  // `invalid`: there is no store in `data_dir`. `unavailable`: a running node holds it. `corrupt`: foreign or damaged
  // files. `unimplemented`: a later version wrote it. An encrypted store is opened with its keys: `invalid` without
  // any, `denied` with the wrong ones.
  [[nodiscard]] static Result<OfflineStore> open(const std::filesystem::path& data_dir,
                                                 const EncryptionKeys& keys = {});
  ~OfflineStore();
  OfflineStore(OfflineStore&&) noexcept;
  OfflineStore& operator=(OfflineStore&&) noexcept;

  [[nodiscard]] Result<OfflineStats> stats() const;
  [[nodiscard]] Result<std::vector<OfflineService>> services() const;
  // Every actor of `service` (empty: of all) whose key begins with `prefix`; `visit` returns false to stop. `not_found`
  // for a service the store does not know. Partitions that are not whole (OfflineStats) are left out. Records that
  // cannot be read are left out: verify() finds them.
  [[nodiscard]] Result<void> list(std::string_view service, std::string_view prefix,
                                  const std::function<bool(const OfflineActor&)>& visit) const;
  // `not_found`: unknown service, or the actor has no record. `corrupt`: it cannot be read.
  [[nodiscard]] Result<OfflineRecord> get(std::string_view service, std::string_view key) const;
  // What a running node answers to a GET of `path` (runtime/doc/admin.md), as JSON, for the paths that show what actors
  // keep beside their states: "/actors/Order/o-1/tables/lines?limit=5", "/outbox", "/dead-letters", "/reminders".
  [[nodiscard]] Result<std::string> look(std::string_view path) const;
  // Reads everything: the pages of the file, keys, records, seals, checksums, replies, and every state by its schema.
  // `progress` hears of records done, and about how many there are.
  [[nodiscard]] Result<OfflineCheck> verify(
      const std::function<void(std::uint64_t done, std::uint64_t of)>& progress = {}) const;

 private:
  struct Parts;
  explicit OfflineStore(std::unique_ptr<Parts> parts) noexcept;
  std::unique_ptr<Parts> parts_;
};

}  // namespace troupe

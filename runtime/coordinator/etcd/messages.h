// What is asked of etcd and what it answers, as its JSON gateway writes both: 64-bit integers are strings, bytes are
// base64, false and 0 are left out. Pure; answers may be any bytes, and what is none is an Error of kind corrupt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/coordinator.h"

namespace troupe::coordinator::etcd {

// One answer, or one line of a stream; etcd's own requests end at 1.5 MiB, and pages are asked for such that they fit.
inline constexpr std::size_t kMaxAnswerBytes = std::size_t{8} << 20;
// What answers nest is less than ten deep.
inline constexpr std::size_t kMaxDepth = 32;

// The keys of one cluster in an etcd: PREFIX/r/KEY records, PREFIX/s/ID sessions, PREFIX/session what numbers them.
class KeySpace {
 public:
  explicit KeySpace(std::string prefix) : prefix_(std::move(prefix)) {}
  [[nodiscard]] std::string record(std::string_view key) const { return records() + std::string(key); }
  [[nodiscard]] std::string records() const { return prefix_ + "/r/"; }
  [[nodiscard]] std::string session(SessionId session) const { return prefix_ + "/s/" + std::to_string(session); }
  [[nodiscard]] std::string session_counter() const { return prefix_ + "/session"; }

 private:
  std::string prefix_;
};
// The first key behind all that begin so.
[[nodiscard]] std::string behind(std::string prefix);

struct RangeQuestion {
  std::string first;
  std::string past{};  // empty: the key `first` alone
  std::size_t limit = 0;
  Version at = 0;  // 0: the latest
};
[[nodiscard]] std::string ask_range(const RangeQuestion& question);
[[nodiscard]] std::string ask_transaction(const KeySpace& keys, const Transaction& transaction);
[[nodiscard]] std::string ask_put(std::string_view key, std::string_view value, SessionId session);
[[nodiscard]] std::string ask_lease(SessionId session, std::int64_t ttl_seconds);
[[nodiscard]] std::string ask_of_lease(SessionId session);
[[nodiscard]] std::string ask_token(std::string_view user, std::string_view password);
[[nodiscard]] std::string ask_watch(std::string_view first, std::string_view past, Version from);

struct RangeAnswer {
  std::vector<Record> records;
  Version version = 0;
  bool more = false;
};
// Keys have to begin with `records`, which is taken off.
[[nodiscard]] Result<RangeAnswer> read_range(std::string_view body, std::string_view records);
[[nodiscard]] Result<Outcome> read_transaction(std::string_view body);
// The revision of any answer.
[[nodiscard]] Result<Version> read_revision(std::string_view body);
// Seconds; 0: the lease is gone. Of a grant or of a renewal, which is a stream of one.
[[nodiscard]] Result<std::int64_t> read_ttl(std::string_view body);
[[nodiscard]] Result<std::string> read_token(std::string_view body);

struct WatchAnswer {
  bool created = false;
  bool canceled = false;
  bool fragment = false;         // the changes of its last revision go on in the next answer
  Version compact_revision = 0;  // canceled: what lies before is gone
  std::string reason;
  Version version = 0;
  std::uint64_t cluster = 0;
  std::vector<Change> changes;
};
// One line of a watch; an error in it is given as it stands.
struct Refusal {
  int code = 0;  // gRPC's
  std::string message;
};
struct WatchLine {
  WatchAnswer answer;
  std::optional<Refusal> refusal;
};
[[nodiscard]] Result<WatchLine> read_watch(std::string_view line, std::string_view records);
// What an answer other than 200 says, or the error of a stream; nothing: it is none of etcd's.
[[nodiscard]] std::optional<Refusal> read_refusal(std::string_view body);

}  // namespace troupe::coordinator::etcd

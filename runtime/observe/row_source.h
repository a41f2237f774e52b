// RowSource: what actors keep in a store beside their records, for looking at: messages, dead letters, tables,
// reminders, earlier states. Of a running node or of a stopped one's files; plain values and JSON text.
//
// Any thread. `not_found` for a service that the store does not know, `invalid` for a key that is empty or too long and
// for a cursor that is not the source's own, `corrupt` for a row that cannot be read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/error.h"
#include "troupe/inspection.h"

namespace troupe::observe {

struct ActorName {
  std::string_view service;
  std::string_view key;
};

struct PageRequest {
  std::string after;  // `next` of the page before; empty: from the start
  std::size_t limit = 100;
};

template <class Line>
struct PageOf {
  std::vector<Line> lines;
  std::string next;  // opaque; empty: that was all
};

// A durable message that waits in its sender's outbox.
struct MessageLine {
  std::string from;  // "Order/o-1"
  std::string to;
  std::string method;
  std::uint64_t number = 0;  // grows with every message of the sender
  std::string id;            // the request id it is called under
  std::uint64_t sent_ms = 0;
  std::string answer;  // the tag of the answer that its sender wants; empty: none
  std::string params;  // JSON; null where its schema is not known
};

struct DeadLetterLine {
  MessageLine message;
  std::uint32_t tries = 0;
  std::string error_kind;
  std::string error;
  std::uint64_t given_up_ms = 0;
};

struct TableLine {
  std::string name;
  std::uint64_t rows = 0;
  std::string row_type;  // "OrderLine"; empty: not known
};

struct RowsRequest {
  std::string table;
  std::string from;    // the first key of the range
  std::string prefix;  // only keys that begin like this
  std::string after;   // `next` of the page before
  std::size_t limit = 100;
  bool backward = false;
};

struct RowLine {
  std::string key;  // bytes that are no plain characters as \xNN
  std::string row;  // JSON; a string of hexadecimal digits where the type is not known
};

// One row of a table that many actors have, of each of them: what actors of a kind keep about themselves.
struct ActorRowsRequest {
  std::string table;
  std::string key;
  std::string service;              // empty: of any
  std::string field;                // with `values`: only rows whose field is one of them, as JSON has it
  std::vector<std::string> values;  // empty: every row
  std::string after;                // `next` of the page before
  std::size_t limit = 100;
};

struct ActorRowLine {
  std::string actor;
  std::string row;  // as in RowLine
};

struct ReminderLine {
  std::string actor;
  std::string name;
  std::uint64_t due_ms = 0;     // wall clock
  std::uint64_t period_ms = 0;  // 0: once
};

// A state as one turn left it.
struct PastLine {
  std::uint64_t edit = 0;  // how many turns had edited the state by then
  std::uint64_t at_ms = 0;
  std::string method;
  std::string id;  // of the request
  std::uint32_t state_version = 0;
  std::string state;  // JSON
};

// How much an actor keeps of one kind: "table", "outbox", "replies"...
struct KindLine {
  std::string kind;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

class RowSource {
 public:
  virtual ~RowSource() = default;

  // The oldest of each receiver first.
  [[nodiscard]] virtual Result<PageOf<MessageLine>> messages(const ActorName& sender, const PageRequest& page) = 0;
  // Of one sender, or of all.
  [[nodiscard]] virtual Result<PageOf<DeadLetterLine>> dead_letters(const std::optional<ActorName>& sender,
                                                                    const PageRequest& page) = 0;
  [[nodiscard]] virtual Result<std::vector<TableLine>> tables(const ActorName& actor) = 0;
  [[nodiscard]] virtual Result<PageOf<RowLine>> rows(const ActorName& actor, const RowsRequest& request) = 0;
  // Looks at a bounded number of actors, so a page may have fewer lines than there is room for, and a `next`.
  [[nodiscard]] virtual Result<PageOf<ActorRowLine>> actor_rows(const ActorRowsRequest& request) = 0;
  // Of one actor, by name; or of all, the earliest first.
  [[nodiscard]] virtual Result<std::vector<ReminderLine>> reminders(const std::optional<ActorName>& actor,
                                                                    std::size_t limit) = 0;
  // The newest first.
  [[nodiscard]] virtual Result<PageOf<PastLine>> history(const ActorName& actor, const PageRequest& page) = 0;
  // Kinds of which there is anything. Reads all of it.
  [[nodiscard]] virtual Result<std::vector<KindLine>> kinds(const ActorName& actor) = 0;
};

}  // namespace troupe::observe

// The rows that durable messages are, on both sides: the sender's outbox and dead letters, the receiver's channels.
// Layouts are in runtime/schema/troupe/store.capnp; keys here. Pure functions; any thread.
//
//   outbox, dead_letter   rest of the key: [16 bytes: the receiver, as a hash][u64 sequence]
//   channel               rest of the key: [16 bytes: the sender, as a hash]
#pragma once

#include <capnp/message.h>
#include <troupe/store.capnp.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "actor/effects.h"
#include "store/format/keys.h"
#include "troupe/error.h"
#include "troupe/ids.h"
#include "wire/envelope.h"

namespace troupe::actor {

inline constexpr std::size_t kHashBytes = 16;
inline constexpr std::size_t kSequenceBytes = 8;

// Who an actor is, in 16 bytes: the same on every node and for ever.
[[nodiscard]] RequestId hash_of(std::uint64_t service, std::string_view key) noexcept;
[[nodiscard]] std::string outbox_key(const store::RowOwner& sender, const wire::Address& receiver,
                                     std::uint64_t sequence);
[[nodiscard]] std::string dead_letter_key(std::string_view outbox_key);
[[nodiscard]] std::string channel_key(const store::RowOwner& receiver, const RequestId& sender);
[[nodiscard]] std::uint64_t sequence_of(std::string_view outbox_key) noexcept;
// The key without the sequence: what all messages of a channel begin with.
[[nodiscard]] std::string_view channel_of(std::string_view outbox_key) noexcept;

// Of a struct that was built; the row's value.
[[nodiscard]] Result<RowValue> row_of(capnp::AnyPointer::Reader root);
// Null for a table that is empty.
[[nodiscard]] RowValue count_row(const TableCount& count);
[[nodiscard]] Result<RowValue> message_row(wire::Envelope& call, std::string_view answer, std::uint64_t sent_ms);

class Registry;
// Who was asking, into a row and out of it.
void store_caller(rows::Caller::Builder into, const Caller& caller);
[[nodiscard]] CallerPtr stored_caller(rows::Caller::Reader row);
// Of a row; null: none.
[[nodiscard]] TracePtr stored_trace(capnp::Data::Reader bytes);
// The passengers of a turn, into the row of a message or a reminder, and out of it.
template <class Row>
void store_passengers(Row into, const wire::Passengers& passengers) {
  if (passengers.trace) {
    const auto trace = passengers.trace->context().bytes();
    into.setTrace({trace.data(), trace.size()});
  }
  if (passengers.caller) store_caller(into.initCaller(), passengers.caller->caller());
}
template <class Row>
[[nodiscard]] wire::Passengers stored_passengers(Row row) {
  return {stored_trace(row.getTrace()), row.hasCaller() ? stored_caller(row.getCaller()) : nullptr};
}
// The call that a message is, to be made once more. `not_found` when its service is not hosted here.
[[nodiscard]] Result<wire::EnvelopePtr> revive(Registry& registry, rows::Message::Reader message);

// A row's struct, read in place; keeps the bytes.
class RowReader {
 public:
  // `corrupt` names the key's row.
  [[nodiscard]] static Result<RowReader> open(RowValue bytes, std::string_view key);
  template <class T>
  [[nodiscard]] typename T::Reader get() const {
    return root().getAs<T>();
  }

 private:
  [[nodiscard]] capnp::AnyPointer::Reader root() const;
  RowValue bytes_;
};

}  // namespace troupe::actor

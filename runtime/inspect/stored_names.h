// The words for what lies in a store: services, methods and structs by their ids, from the schemas that the store
// remembers. A copy of them as they were when it was made; any thread.
#pragma once

#include <capnp/any.h>
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "observe/row_source.h"
#include "reflect/schema_book.h"
#include "store/format/keys.h"
#include "store/format/row.h"
#include "store/store.h"

namespace troupe::inspect {

// Who an actor is, by its keys.
struct StoredActor {
  std::uint64_t service = 0;
  std::string key;
  [[nodiscard]] store::RowOwner owner() const { return {partition_of(service, key), service, key}; }
};

class StoredNames {
 public:
  // Schemas that cannot be read are left out: what they describe is shown without them.
  [[nodiscard]] Result<void> load(store::Store& store);

  // `not_found` with the services there are; `invalid` for a key that is empty or too long.
  [[nodiscard]] Result<StoredActor> actor(const observe::ActorName& name) const;
  [[nodiscard]] std::string actor_text(std::uint64_t service, std::string_view key) const;
  [[nodiscard]] std::uint64_t state_type(std::uint64_t service) const;
  [[nodiscard]] std::string method(std::uint64_t service, std::uint16_t ordinal) const;
  // "OrderLine"; empty: not known.
  [[nodiscard]] std::string type(std::uint64_t type_id) const;
  // JSON; null where the schema is not known.
  [[nodiscard]] Result<std::string> params(std::uint64_t service, std::uint16_t ordinal,
                                           capnp::AnyPointer::Reader params) const;
  // JSON; nothing where the schema is not known.
  [[nodiscard]] Result<std::optional<std::string>> json(std::uint64_t type_id, capnp::AnyPointer::Reader value) const;

 private:
  [[nodiscard]] const store::ServiceEntry* find(std::uint64_t service) const;
  [[nodiscard]] std::optional<capnp::InterfaceSchema::Method> find(std::uint64_t service, std::uint16_t ordinal) const;

  reflect::SchemaBook book_;
  std::vector<store::ServiceEntry> services_;
};

// Reads a row that need not be sound: `read` gets its root, and returns a Result<void>.
template <class Read>
[[nodiscard]] Result<void> read_row(const store::Record& record, Read&& read) {
  const auto corrupt = [&](const std::string& why) {
    return Error(ErrorKind::corrupt, "a row under a key of " + std::to_string(record.key.size()) + " bytes" +
                                         " cannot be read: " + why + "; `troupe db verify` looks at all of them");
  };
  auto flat = store::parse_row(record.value);
  if (!flat.ok()) return corrupt(flat.error().message());
  try {
    auto words = kj::heapArray<capnp::word>(flat->size() / sizeof(capnp::word));
    std::memcpy(words.begin(), flat->data(), words.asBytes().size());
    const kj::ArrayPtr<const capnp::word> segments[] = {words};
    capnp::ReaderOptions strict;
    strict.traversalLimitInWords = 8 * words.size() + 1024;
    capnp::SegmentArrayMessageReader message(segments, strict);
    return read(message.getRoot<capnp::AnyPointer>());
  } catch (const kj::Exception& e) {
    return corrupt(e.getDescription().cStr());
  }
}

}  // namespace troupe::inspect

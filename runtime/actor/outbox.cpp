#include "actor/outbox.h"

#include <capnp/serialize.h>

#include <cstring>

#include "actor/flat_state.h"
#include "actor/registry.h"
#include "store/format/row.h"

namespace troupe::actor {
namespace {

constexpr std::uint64_t kHashSeeds[] = {0x5472'6f75'7065'2031ULL, 0x5472'6f75'7065'2032ULL};

}  // namespace

RequestId hash_of(std::uint64_t service, std::string_view key) noexcept {
  return {stable_hash(key, service ^ kHashSeeds[0]), stable_hash(key, mix(service ^ kHashSeeds[1]))};
}

std::string outbox_key(const store::RowOwner& sender, const wire::Address& receiver, std::uint64_t sequence) {
  std::string key = store::row_key(store::KeyKind::outbox, sender);
  const RequestId hash = hash_of(receiver.service_id, receiver.key);
  store::append_u64(key, hash.hi);
  store::append_u64(key, hash.lo);
  store::append_u64(key, sequence);
  return key;
}

std::string dead_letter_key(std::string_view outbox_key) {
  std::string key(outbox_key);
  key[2] = static_cast<char>(store::KeyKind::dead_letter);
  return key;
}

std::string channel_key(const store::RowOwner& receiver, const RequestId& sender) {
  std::string key = store::row_key(store::KeyKind::channel, receiver);
  store::append_u64(key, sender.hi);
  store::append_u64(key, sender.lo);
  return key;
}

std::uint64_t sequence_of(std::string_view outbox_key) noexcept {
  return store::read_u64(outbox_key.substr(outbox_key.size() - kSequenceBytes));
}

std::string_view channel_of(std::string_view outbox_key) noexcept {
  return outbox_key.substr(0, outbox_key.size() - kSequenceBytes);
}

Result<RowValue> row_of(capnp::AnyPointer::Reader root) {
  auto words = flat_words(root);
  if (!words.ok()) return words.error();
  auto row = std::make_shared<std::vector<std::byte>>(store::kRowHeaderBytes + *words * sizeof(capnp::word));
  const std::span<std::byte> content = std::span(*row).subspan(store::kRowHeaderBytes);
  if (auto flat = flatten_into(root, {reinterpret_cast<capnp::word*>(content.data()), *words}, kMaxRowDepth);
      !flat.ok())
    return flat.error();
  store::finish_row(*row);
  return RowValue(std::move(row));
}

RowValue count_row(const TableCount& count) {
  if (count.rows == 0) return nullptr;
  wire::Message message;
  auto row = message.initRoot<rows::Count>();
  row.setRows(count.rows);
  row.setRowType(count.row_type);
  return row_of(message.getRoot<capnp::AnyPointer>().asReader()).value();
}

Result<RowValue> message_row(wire::Envelope& call, std::string_view answer, std::uint64_t sent_ms) {
  wire::Message message;
  auto row = message.initRoot<rows::Message>();
  row.setService(call.target->service_id);
  row.setKey({call.target->key.data(), call.target->key.size()});
  row.setMethod(call.method);
  row.setIdHi(call.id.hi);
  row.setIdLo(call.id.lo);
  row.setSentMs(sent_ms);
  if (!answer.empty()) row.setAnswer({answer.data(), answer.size()});
  row.getParams().set(call.params.read());
  store_passengers(row, call);
  return row_of(message.getRoot<capnp::AnyPointer>().asReader());
}

TracePtr stored_trace(capnp::Data::Reader bytes) {
  return SharedTrace::of(TraceContext::of_bytes({bytes.begin(), bytes.size()}));
}

void store_caller(rows::Caller::Builder into, const Caller& caller) {
  into.setName({caller.name.c_str(), caller.name.size()});
  into.setRoles({caller.roles.c_str(), caller.roles.size()});
  into.setScopes({caller.scopes.c_str(), caller.scopes.size()});
}

CallerPtr stored_caller(rows::Caller::Reader row) {
  const auto text = [](capnp::Text::Reader from) { return std::string(from.begin(), from.end()); };
  return make_counted<SharedCaller>(Caller{text(row.getName()), text(row.getRoles()), text(row.getScopes())});
}

Result<wire::EnvelopePtr> revive(Registry& registry, rows::Message::Reader message) {
  const auto key = message.getKey();
  auto target = registry.intern(message.getService(), {key.begin(), key.size()});
  if (!target.ok()) return target.error();
  auto call = make_counted<wire::Envelope>();
  call->target = std::move(*target);
  call->method = message.getMethod();
  call->id = {message.getIdHi(), message.getIdLo()};
  if (message.hasParams()) call->params.copy(message.getParams());
  call->take_along(stored_passengers(message));
  return call;
}

Result<RowReader> RowReader::open(RowValue bytes, std::string_view key) {
  const auto corrupt = [&](const std::string& why) {
    std::string whose = "a row";
    if (auto parsed = store::parse_row_key(key); parsed.ok()) whose += " of the actor with key \"" + parsed->key + "\"";
    return Error(ErrorKind::corrupt, whose + " cannot be used: " + why + "; restore it from a backup");
  };
  auto words = store::parse_row(*bytes);
  if (!words.ok()) return corrupt(words.error().message());
  if (!readable(*words, kMaxRowDepth)) return corrupt("it is no Cap'n Proto message");
  RowReader reader;
  reader.bytes_ = std::move(bytes);
  return reader;
}

capnp::AnyPointer::Reader RowReader::root() const {
  if (bytes_->size() <= store::kRowHeaderBytes) return {};
  return capnp::readMessageUnchecked<capnp::AnyPointer>(
      reinterpret_cast<const capnp::word*>(bytes_->data() + store::kRowHeaderBytes));
}

}  // namespace troupe::actor

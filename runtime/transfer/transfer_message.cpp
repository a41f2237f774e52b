#include "transfer/transfer_message.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <troupe/transfer.capnp.h>

#include <algorithm>
#include <cstring>

#include "base/partition_kinds.h"
#include "store/format/keys.h"

namespace troupe::transfer {
namespace {

template <class... Each>
struct Overloaded : Each... {
  using Each::operator()...;
};

capnp::Data::Reader data_of(const void* bytes, std::size_t size) { return {static_cast<const kj::byte*>(bytes), size}; }

std::vector<std::byte> bytes_of(capnp::Data::Reader data) {
  const auto* first = reinterpret_cast<const std::byte*>(data.begin());
  return {first, first + data.size()};
}

std::string text_of(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

void fill(words::Message::Builder out, const Records& word) {
  auto list = out.initRecords(static_cast<capnp::uint>(word.records.size()));
  for (capnp::uint i = 0; i < list.size(); ++i) {
    const store::Record& record = word.records[i];
    list[i].setKey(data_of(record.key.data(), record.key.size()));
    list[i].setValue(data_of(record.value.data(), record.value.size()));
  }
}

void fill(words::Message::Builder out, const Word& word) {
  std::visit(Overloaded{
                 [&](const Begin& begin) {
                   out.setBegin();
                   if (!begin.schemas.empty()) out.setSchemas(begin.schemas);
                 },
                 [&](const Records& records) { fill(out, records); },
                 [&](const Sets& sets) { out.setSets(data_of(sets.frame.data(), sets.frame.size())); },
                 [&](const End& end) { out.setEnd(end.time_ms); },
                 [&](const Lead&) { out.setLead(); },
                 [&](const Give& give) { out.setGive(give.why); },
                 [&](const Ready&) { out.setReady(); },
                 [&](const Stored& stored) { out.setStored(stored.bytes); },
                 [&](const Whole&) { out.setWhole(); },
                 [&](const Refused& refused) {
                   out.setRefused(refused.why);
                   out.setBySchemas(refused.by_schemas);
                 },
             },
             word);
}

Result<Word> read_records(words::Message::Reader from) {
  Records out;
  for (const auto record : from.getRecords()) {
    const auto key = record.getKey();
    if (key.size() < 3 || key.size() > store::kMaxKeyBytes)
      return Error(ErrorKind::corrupt, "a record's key has " + std::to_string(key.size()) + " bytes");
    out.records.push_back(
        {std::string(reinterpret_cast<const char*>(key.begin()), key.size()), bytes_of(record.getValue())});
  }
  return Word(std::move(out));
}

Result<Word> read_word(words::Message::Reader from) {
  using Which = words::Message::Which;
  switch (from.which()) {
    case Which::BEGIN: return Word(Begin{text_of(from.getSchemas())});
    case Which::RECORDS: return read_records(from);
    case Which::SETS: return Word(Sets{bytes_of(from.getSets())});
    case Which::END: return Word(End{from.getEnd()});
    case Which::LEAD: return Word(Lead{});
    case Which::GIVE: return Word(Give{text_of(from.getGive())});
    case Which::READY: return Word(Ready{});
    case Which::STORED: return Word(Stored{from.getStored()});
    case Which::WHOLE: return Word(Whole{});
    case Which::REFUSED: return Word(Refused{text_of(from.getRefused()), from.getBySchemas()});
  }
  return Error(ErrorKind::corrupt, "it is none that this build knows");
}

}  // namespace

wire::Bytes encode(const TransferMessage& message) {
  capnp::MallocMessageBuilder builder;
  auto out = builder.initRoot<words::Message>();
  out.setPartition(message.partition);
  out.setEpoch(message.epoch);
  out.setMove(message.move);
  fill(out, message.word);
  const auto flat = capnp::messageToFlatArray(builder);
  const auto chars = flat.asChars();
  return {chars.begin(), chars.end()};
}

Result<TransferMessage> decode(std::span<const char> bytes) try {
  if (bytes.empty() || bytes.size() % sizeof(capnp::word) != 0)
    return Error(ErrorKind::corrupt, "it is not made of whole words");
  // What came in pieces is where it is by chance, and Cap'n Proto reads aligned words.
  std::vector<std::uint64_t> aligned(bytes.size() / sizeof(std::uint64_t));
  std::memcpy(aligned.data(), bytes.data(), bytes.size());
  const kj::ArrayPtr<const capnp::word> words(reinterpret_cast<const capnp::word*>(aligned.data()), aligned.size());
  capnp::FlatArrayMessageReader reader(words, {2 * aligned.size() + 64, 8});
  const auto from = reader.getRoot<words::Message>();
  auto word = read_word(from);
  if (!word.ok()) return word.error();
  TransferMessage out{from.getPartition(), from.getEpoch(), from.getMove(), std::move(*word)};
  if (out.partition >= kAllPartitions || out.epoch == 0 || out.epoch > kMaxEpoch)
    return Error(ErrorKind::corrupt,
                 "there is no partition " + std::to_string(out.partition) + " in epoch " + std::to_string(out.epoch));
  return out;
} catch (const kj::Exception& e) {
  return Error(ErrorKind::corrupt, std::string("it is malformed: ") + e.getDescription().cStr());
}

}  // namespace troupe::transfer

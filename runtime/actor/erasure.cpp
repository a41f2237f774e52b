#include "actor/erasure.h"

#include <troupe/store.capnp.h>

#include <iterator>

#include "actor/activation.h"
#include "actor/activation_parts.h"
#include "actor/courier.h"
#include "actor/outbox.h"
#include "actor/reminder_rows.h"
#include "base/limits.h"
#include "base/log_fields.h"
#include "store/awaited_commit.h"
#include "wire/message.h"

namespace troupe::actor {
namespace {

using store::KeyKind;

constexpr std::size_t kPage = 1'000;

// Messages first, that no more of them leave.
constexpr KeyKind kErased[] = {KeyKind::outbox,  KeyKind::dead_letter, KeyKind::reminder_name, KeyKind::table,
                               KeyKind::replies, KeyKind::history,     KeyKind::channel};

// A channel's row without whose it is and what was answered. What was received stays known, as a number: a message that
// comes again must not take effect on the actor's successor.
RowValue nameless(const RowValue& value, std::string_view key) {
  wire::Message message;
  auto row = message.initRoot<rows::Channel>();
  row.setSequence(RowReader::open(value, key).value().get<rows::Channel>().getSequence());
  return row_of(message.getRoot<capnp::AnyPointer>().asReader()).value();
}

std::vector<store::Write> writes_of(const RowMap& rows) {
  std::vector<store::Write> writes;
  writes.reserve(rows.size());
  for (const auto& [key, value] : rows) writes.push_back({key, value});
  return writes;
}

Error interrupted(const wire::Address& address) {
  return Error(ErrorKind::unavailable,
               "the node stopped while " + address.text() + " was being erased; what is left goes when it starts again")
      .may_have_run(true);
}

// One more piece of it is on disk, or will never be.
class EraseOn final : public Control {
 public:
  EraseOn(wire::EnvelopePtr call, bool failed) : call_(std::move(call)), failed_(failed) {}
  void act(Activation& activation) noexcept override {
    failed_ ? activation.cannot_erase() : activation.erase_rest(std::move(call_));
    delete this;
  }
  void discard() noexcept override {
    if (call_) {
      Error error = interrupted(*call_->target);
      wire::answer(std::move(call_), std::move(error));
    }
    delete this;
  }

 private:
  wire::EnvelopePtr call_;
  const bool failed_;
};

// A piece that is not the first.
class EraseCommit final : public store::Commit {
 public:
  EraseCommit(Activation& activation, wire::EnvelopePtr call, std::uint64_t number, bool last)
      : activation_(Ptr<Activation>::share(&activation)), call_(std::move(call)), number_(number), last_(last) {}
  void durable() noexcept override {
    activation_->gate().ended(number_);
    if (!last_) {
      activation_->part_erased(std::move(call_), false);
    } else {
      if (auto* courier = activation_->context().courier) courier->forget(activation_->address());
      wire::answer(std::move(call_));
    }
    delete this;
  }
  void failed(const Error& error) noexcept override {
    activation_->gate().fail();
    wire::answer(std::move(call_), Error(error).may_have_run(true));
    if (!last_) activation_->part_erased({}, true);
    delete this;
  }

 private:
  Ptr<Activation> activation_;
  wire::EnvelopePtr call_;
  const std::uint64_t number_;
  const bool last_;
};

}  // namespace

Erasure::Erasure(const store::RowOwner& owner, std::string spared)
    : partition_(owner.partition), service_(owner.service), key_(owner.key), spared_(std::move(spared)) {}

Erasure Erasure::of_mark(std::string_view key, RowValue value) {
  const auto row = RowReader::open(std::move(value), key).value();
  const auto mark = store::parse_row_key(key).value();
  const auto spared = row.get<rows::Erasure>().getSpared();
  Erasure erasure({mark.partition, mark.service, mark.key},
                  std::string(reinterpret_cast<const char*>(spared.begin()), spared.size()));
  erasure.marked_ = true;
  return erasure;
}

RowValue Erasure::mark() const {
  wire::Message message;
  message.initRoot<rows::Erasure>().setSpared({reinterpret_cast<const kj::byte*>(spared_.data()), spared_.size()});
  return row_of(message.getRoot<capnp::AnyPointer>().asReader()).value();
}

bool Erasure::collect(RowMap& rows, const Read& read) {
  const std::string mark_key = store::row_key(KeyKind::erasure, owner());
  for (; kind_ < std::size(kErased); ++kind_, from_.clear()) {
    const KeyKind kind = kErased[kind_];
    auto range = store::prefix_range(store::row_key(kind, owner()));
    if (!from_.empty()) range.first = from_;
    for (bool more = true; more;) {
      if (rows.size() >= limits::kErasedRowsPerCommit) {
        from_ = range.first;
        if (!std::exchange(marked_, true)) rows.insert_or_assign(mark_key, mark());
        return false;
      }
      const Page page = read(range, kPage);
      for (const auto& [key, value] : page.rows) {
        if (key == spared_) continue;
        rows.insert_or_assign(key, kind == KeyKind::channel ? nameless(value, key) : nullptr);
        if (kind == KeyKind::reminder_name) rows.insert_or_assign(due_key_of(value, key), nullptr);
      }
      more = page.more && !page.rows.empty();
      if (more) range.first = store::key_after(page.rows.back().first);
    }
  }
  if (marked_) rows.insert_or_assign(mark_key, nullptr);
  return true;
}

// --- of a running actor ---

Erasure::Read Activation::erasure_reader() const {
  return [this](const store::KeyRange& range, std::size_t limit) {
    auto found = rows().page(range, limit);
    Erasure::Page page{{}, found.more};
    for (auto& row : found.rows) page.rows.emplace_back(std::move(row.key), std::move(row.value));
    return page;
  };
}

// The part of it that is in the turn's own commit, in place of what else the turn wrote. Not null: there is more.
std::unique_ptr<Erasure> Activation::begin_erasure(const Turn& turn, RowMap& rows) const {
  rows.clear();
  const auto* message = taken_by(turn);
  auto erasure = std::make_unique<Erasure>(owner(), message ? channel_key(owner(), message->channel) : std::string());
  return erasure->collect(rows, erasure_reader()) ? nullptr : std::move(erasure);
}

void Activation::part_erased(wire::EnvelopePtr call, bool failed) noexcept {
  auto* mail = new EraseOn(std::move(call), failed);
  if (!post(mail)) mail->discard();
}

void Activation::erase_rest(wire::EnvelopePtr call) noexcept {
  if (phase_.stopped() || !phase_.is(Phase::erasing)) return wire::answer(std::move(call), interrupted(*address_));
  RowMap rows;
  bool last = false;
  try {
    last = optional_parts().erasure->collect(rows, erasure_reader());
  } catch (const Error& error) {
    wire::answer(std::move(call), Error(error).may_have_run(true));
    return cannot_erase();
  }
  const std::uint64_t number = gate_.next();
  auto* commit = new EraseCommit(*this, std::move(call), number, last);
  commit->partition = address_->partition;
  commit->epoch = gate_.epoch();
  commit->writes = writes_of(rows);
  active_->durable.add_unsettled(number, std::move(rows), gate_.last_ended());
  context_.store->commits().submit(commit);
  if (!last) return;
  optional_parts().erasure.reset();
  phase_.end_erasing();
  after_turn(0);
}

// Nobody may use what is left: it goes when the node starts again.
void Activation::cannot_erase() noexcept {
  gate_.fail();
  if (optional_) optional_->erasure.reset();
  phase_.end_erasing();
  after_turn(0);
}

// --- after a death ---

namespace {

void finish(store::Store& store, PartitionId partition, Epoch epoch, Erasure erasure) {
  const auto read = [&](const store::KeyRange& range, std::size_t limit) {
    auto found = store.read_page(range, limit).value();
    Erasure::Page page{{}, found.more};
    for (auto& record : found.records)
      page.rows.emplace_back(std::move(record.key), store::value_of(std::move(record.value)));
    return page;
  };
  for (bool last = false; !last;) {
    RowMap rows;
    last = erasure.collect(rows, read);
    store::AwaitedCommit commit;
    commit.partition = partition;
    commit.epoch = epoch;
    commit.writes = writes_of(rows);
    commit.through(store.commits()).value();
  }
}

}  // namespace

void finish_erasures(store::Store& store, PartitionId partition, Epoch epoch, const LogSink& log) {
  const auto marks = store::kind_range(partition, KeyKind::erasure);
  for (;;) {
    auto page = store.read_page(marks, 1).value();
    if (page.records.empty()) return;
    auto& mark = page.records.front();
    if (log) {
      const std::string key = store::parse_row_key(mark.key).value().key;
      const std::string part = std::to_string(partition);
      log({LogLevel::info, "actor",
           "going on with erasing actor " + key + " in partition " + part + ", which was closed in the middle of it",
           LogFields{{"key", key}, {"partition", part}}});
    }
    auto value = store::value_of(std::move(mark.value));
    finish(store, partition, epoch, Erasure::of_mark(mark.key, std::move(value)));
  }
}

}  // namespace troupe::actor

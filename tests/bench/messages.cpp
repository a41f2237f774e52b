#include "messages.h"

#include <troupe/node.h>

#include <string>

#include "baseline/baselines.h"
#include "bench.capnp.troupe.h"
#include "counting.h"
#include "pace.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint32_t kPairs = 16;
constexpr std::uint32_t kMessageBatch = 64;  // messages a turn
constexpr std::uint32_t kMessageNoteBytes = 80;

class Posting final : public PostOfficeActor {
  Task<> start(StartParams::Reader in, StartResults::Builder) override {
    batch_ = in.getBatch();
    note_bytes_ = in.getNoteBytes();
    send_batch();
    co_return;
  }
  Task<> stop(StopParams::Reader, StopResults::Builder) override {
    batch_ = 0;
    co_return;
  }
  Task<> sent(SentParams::Reader, SentResults::Builder out) override {
    out.setMessages(state().getTotal());
    co_return;
  }
  Task<> on_answer(const Answer& answer) override {
    if (answer.error) throw *answer.error;
    auto next = edit();
    next.setTotal(next.getTotal() + kMessageBatch);
    if (batch_ > 0) send_batch();
    co_return;
  }

  void send_batch() {
    const auto box = ref<LetterBox>(key());
    for (std::uint32_t i = 1; i <= batch_; ++i) {
      box.send_put([&](auto params) { params.initNote(note_bytes_); },
                   {.answer = i == batch_ ? std::string_view("next") : std::string_view()});
    }
  }

  std::uint32_t batch_ = 0;
  std::uint32_t note_bytes_ = 0;
};

class Receiving final : public LetterBoxActor {
  Task<> put(PutParams::Reader in, PutResults::Builder) override {
    auto next = edit();
    next.setTotal(next.getTotal() + 1);
    if (next.getNote().size() != in.getNote().size()) next.setNote(in.getNote());
    co_return;
  }
};

std::uint64_t sent(Node& node) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < kPairs; ++i) {
    sum += node.ref<PostOffice>("pair-" + std::to_string(i)).sent().get(std::chrono::minutes(1))->getMessages();
  }
  return sum;
}

}  // namespace

double durable_messages(const Effort& effort) {
  Node node(counting_node(effort.dir));
  node.host<Posting>().host<Receiving>();
  node.start();
  for (std::uint32_t i = 0; i < kPairs; ++i) {
    node.ref<PostOffice>("pair-" + std::to_string(i))
        .start([](auto params) {
          params.setBatch(kMessageBatch);
          params.setNoteBytes(kMessageNoteBytes);
        })
        .get();
  }
  let_run(effort.time / 10);
  const auto start = Clock::now();
  const std::uint64_t before = sent(node);
  const Batches batches(node);
  let_run(effort.time);
  const auto messages = static_cast<double>(sent(node) - before);
  const std::chrono::duration<double> took = Clock::now() - start;
  batches.tell(messages, effort);
  for (std::uint32_t i = 0; i < kPairs; ++i) node.ref<PostOffice>("pair-" + std::to_string(i)).stop().get();
  return messages / took.count();
}

// The same rows: a batch with its sender's state, each message's state and mark at its receiver, the batch's erasure.
double lmdb_messages(const Effort& effort) {
  constexpr std::size_t kRow = 240, kMark = 72;
  const std::size_t record = 56 + state_bytes(kMessageNoteBytes);
  const auto message = [](std::uint32_t pair, std::uint64_t number) {
    return "pair-" + std::to_string(pair) + "/message-" + std::to_string(number);
  };
  const auto each = [](const auto& visit) {
    for (std::uint32_t pair = 0; pair < kPairs; ++pair) {
      for (std::uint32_t i = 0; i < kMessageBatch; ++i) visit(pair, i);
    }
  };
  const auto send = [&](baseline::Writes& writes, std::uint64_t round) {
    each([&](std::uint32_t pair, std::uint32_t i) {
      writes.put(message(pair, round * kMessageBatch + i), kRow);
      if (i == 0) writes.put("pair-" + std::to_string(pair), record);
    });
  };
  const auto take = [&](baseline::Writes& writes, std::uint64_t) {
    each([&](std::uint32_t pair, std::uint32_t) {
      writes.put("box-" + std::to_string(pair), record);
      writes.put("mark-" + std::to_string(pair), kMark);
    });
  };
  const auto erase = [&](baseline::Writes& writes, std::uint64_t round) {
    each([&](std::uint32_t pair, std::uint32_t i) { writes.erase(message(pair, round * kMessageBatch + i)); });
  };
  return baseline::lmdb_rounds({send, take, erase}, kPairs * kMessageBatch, effort);
}

}  // namespace troupe::bench

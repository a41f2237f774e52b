#include "counting.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "bench.capnp.troupe.h"
#include "rounds.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint32_t kTouchesInFlight = 2048;

class Counting final : public CounterActor {
  Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    auto next = edit();
    next.setTotal(next.getTotal() + in.getAmount());
    if (next.getNote().size() != in.getNoteBytes()) next.initNote(in.getNoteBytes());
    out.setTotal(next.getTotal());
    co_return;
  }
};

class CountCalling final : public CountCallerActor {
  Task<> run(RunParams::Reader in, RunResults::Builder out) override {
    // Callers that share a seed would all call the same counter at the same time.
    std::mt19937_64 chance(std::hash<std::string_view>{}(key()));
    std::vector<double> took_ns;
    auto now = Clock::now();
    const auto end = now + std::chrono::nanoseconds(in.getNanoseconds());
    do {
      const auto start = now;
      auto call = add_to(in.getFirst() + static_cast<std::uint32_t>(chance() % in.getCount()), in.getNoteBytes());
      co_await std::move(call);
      now = Clock::now();
      took_ns.push_back(std::chrono::duration<double, std::nano>(now - start).count());
    } while (now < end);
    out.setCalls(took_ns.size());
    out.setMedianNanoseconds(static_cast<std::uint64_t>(median(std::move(took_ns))));
  }

  Task<> touch(TouchParams::Reader in, TouchResults::Builder) override {
    std::deque<Call<Counter::AddResults>> flying;
    for (std::uint32_t i = 0; i < in.getCount(); ++i) {
      if (flying.size() == in.getInFlight()) {
        auto oldest = std::move(flying.front());
        flying.pop_front();
        co_await std::move(oldest);
      }
      flying.push_back(add_to(in.getFirst() + i, in.getNoteBytes()));
    }
    for (auto& call : flying) co_await std::move(call);
  }

  Call<Counter::AddResults> add_to(std::uint32_t number, std::uint32_t note_bytes) {
    return ref<Counter>("counter-" + std::to_string(number)).add([&](auto params) {
      params.setAmount(1);
      params.setNoteBytes(note_bytes);
    });
  }
};

}  // namespace

NodeConfig counting_node(const std::filesystem::path& dir) {
  return {.name = "bench", .data_dir = dir, .threads = 2, .idle_after = std::chrono::milliseconds(0), .admin = false};
}

void host_counting(Node& node) { node.host<Counting>().host<CountCalling>(); }

void touch_all(Node& node, const Counters& counters) {
  node.ref<CountCaller>("toucher")
      .touch([&](auto params) {
        params.setFirst(counters.first);
        params.setCount(counters.count);
        params.setNoteBytes(counters.note_bytes);
        params.setInFlight(kTouchesInFlight);
      })
      .get(std::chrono::minutes(10));
}

namespace {

double transactions_of(Node& node) {
  const auto view = nlohmann::json::parse(node.admin("GET", "/node", "").second);
  return view.at("store").at("transactions").get<double>();
}

}  // namespace

Batches::Batches(Node& node) : node_(node), before_(transactions_of(node)) {}

void Batches::tell(double operations, const Effort& effort) const {
  const double transactions = transactions_of(node_) - before_;
  if (effort.batch && transactions > 0) *effort.batch = operations / transactions;
}

std::size_t state_bytes(std::uint32_t note_bytes) {
  capnp::MallocMessageBuilder message;
  message.initRoot<CounterState>().initNote(note_bytes);
  return capnp::computeSerializedSizeInWords(message) * sizeof(capnp::word);
}

}  // namespace troupe::bench

#include "telemetry/meters.h"

#include <algorithm>
#include <map>
#include <new>
#include <tuple>

#include "troupe/service.h"
#include "wire/frame.h"

namespace troupe::telemetry {
namespace {

// Addresses come again, and a thread's notes outlive the meters; numbers do not come again.
std::uint64_t next_id() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

// An edge, so that none is 0.
struct EdgeKey {
  Metered caller;
  Metered service;
  std::uint16_t method;
  Place place;

  [[nodiscard]] std::uint64_t packed() const noexcept {
    return std::uint64_t{1} << 63 | std::uint64_t{caller} << 48 | std::uint64_t{service} << 32 |
           std::uint64_t{method} << 8 | static_cast<std::uint64_t>(place);
  }
  static EdgeKey of(std::uint64_t key) noexcept {
    return {static_cast<Metered>(key >> 48 & 0x7fff), static_cast<Metered>(key >> 32),
            static_cast<std::uint16_t>(key >> 8), static_cast<Place>(key & 0xff)};
  }
};

Place place_of(const wire::Envelope& call, std::uint16_t here) noexcept {
  const std::uint16_t went_to = call.went_to.load(std::memory_order_relaxed);
  if (went_to == here) return Place::here;
  if (went_to == wire::kNowhere) return Place::nowhere;
  return went_to == wire::kAstray ? Place::several : Place::far;
}

std::uint64_t read(const Counter& counter) noexcept { return counter.load(std::memory_order_relaxed); }

}  // namespace

// The methods of a service, and behind them what its actors do without a call.
struct Meters::Methods {
  explicit Methods(std::size_t count) : all(count) {}
  std::vector<std::atomic<TurnCounts*>> all;

  ~Methods() {
    for (auto& one : all) delete one.load(std::memory_order_relaxed);
  }
  Methods(const Methods&) = delete;
  Methods& operator=(const Methods&) = delete;
};

Meters::Shard::~Shard() {
  for (auto& one : methods) delete one.load(std::memory_order_relaxed);
  for (auto& edge : edges) delete edge.counts;
  delete other.load(std::memory_order_relaxed);
}

Meters::Meters(const TickClock& ticks) : id_(next_id()), ticks_(ticks) { shared_.shared = true; }
Meters::~Meters() = default;

// --- who counts where ---

Meters::Shard& Meters::find_shard() noexcept {
  const auto me = std::this_thread::get_id();
  std::lock_guard lock(registering_);
  const std::size_t used = shards_used_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < used; ++i) {
    if (shards_[i]->owner == me) return *shards_[i];
  }
  if (used == shards_.size()) return shared_;
  shards_[used].reset(new (std::nothrow) Shard);
  if (!shards_[used]) return shared_;
  shards_[used]->owner = me;
  shards_used_.store(used + 1, std::memory_order_release);
  return *shards_[used];
}

Metered Meters::number_of(const ServiceInfo& service) noexcept {
  for (std::size_t at = mix(service.id) % kNumbers;; at = (at + 1) % kNumbers) {
    const std::uint64_t id = numbers_[at].id.load(std::memory_order_acquire);
    if (id == service.id) return numbers_[at].number;
    if (id == 0) return add_number(service);
  }
}

Metered Meters::add_number(const ServiceInfo& service) noexcept {
  std::lock_guard lock(registering_);
  std::size_t at = mix(service.id) % kNumbers;
  for (; numbers_[at].id.load(std::memory_order_relaxed) != 0; at = (at + 1) % kNumbers) {
    if (numbers_[at].id.load(std::memory_order_relaxed) == service.id) return numbers_[at].number;
  }
  const std::size_t number = services_used_.load(std::memory_order_relaxed);
  if (number == kServices || service.id == 0) return kOther;  // and half of the table stays empty
  services_[number].store(&service, std::memory_order_release);
  services_used_.store(number + 1, std::memory_order_release);
  numbers_[at].number = static_cast<Metered>(number);
  numbers_[at].id.store(service.id, std::memory_order_release);
  return numbers_[at].number;
}

std::uint16_t Meters::methods_in(Metered service) const noexcept {
  const ServiceInfo* info = services_[service].load(std::memory_order_acquire);
  return info ? info->method_count : std::uint16_t{0};
}

TurnCounts* Meters::turns_of(Shard& mine, Metered service, std::uint16_t method) noexcept {
  Methods* methods = mine.methods[service].load(std::memory_order_acquire);
  if (!methods) methods = add_methods(mine, service);
  if (!methods) return nullptr;
  auto& slot = methods->all[std::min<std::size_t>(method, methods->all.size() - 1)];
  TurnCounts* counts = slot.load(std::memory_order_acquire);
  if (counts) return counts;
  std::lock_guard lock(registering_);
  counts = slot.load(std::memory_order_relaxed);
  if (counts) return counts;
  counts = new (std::nothrow) TurnCounts;
  slot.store(counts, std::memory_order_release);
  return counts;
}

Meters::Methods* Meters::add_methods(Shard& mine, Metered service) noexcept {
  std::lock_guard lock(registering_);
  Methods* methods = mine.methods[service].load(std::memory_order_relaxed);
  if (methods) return methods;
  try {
    methods = new Methods(methods_in(service) + std::size_t{1});
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  mine.methods[service].store(methods, std::memory_order_release);
  return methods;
}

CallCounts* Meters::calls_of(Shard& mine, std::uint64_t key) noexcept {
  for (std::size_t at = mix(key) % kEdgeSlots;; at = (at + 1) % kEdgeSlots) {
    const std::uint64_t here = mine.edges[at].key.load(std::memory_order_acquire);
    if (here == key) return mine.edges[at].counts;
    if (here == 0) return add_edge(mine, key);
  }
}

CallCounts* Meters::add_edge(Shard& mine, std::uint64_t key) noexcept {
  std::lock_guard lock(registering_);
  std::size_t at = mix(key) % kEdgeSlots;
  for (; mine.edges[at].key.load(std::memory_order_relaxed) != 0; at = (at + 1) % kEdgeSlots) {
    if (mine.edges[at].key.load(std::memory_order_relaxed) == key) return mine.edges[at].counts;
  }
  const bool full = mine.edges_used == limits::kMaxMeteredEdges;
  if (full)
    if (CallCounts* other = mine.other.load(std::memory_order_relaxed)) return other;
  auto* counts = new (std::nothrow) CallCounts;
  if (!counts) return nullptr;
  if (full) {
    mine.other.store(counts, std::memory_order_release);
    return counts;
  }
  ++mine.edges_used;
  mine.edges[at].counts = counts;
  mine.edges[at].key.store(key, std::memory_order_release);
  return counts;
}

// --- counting ---

CallCounts* Meters::count_call(Shard& mine, const wire::Envelope& call, Metered caller, std::size_t result) noexcept {
  const EdgeKey key{caller, call.target->metered, call.method, place_of(call, here_)};
  CallCounts* counts = calls_of(mine, key.packed());
  if (!counts) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  HistogramCounts::bump(counts->ended[result], 1, mine.shared);
  if (call.weight != 0) counts->took.add(counted(ticks_.between(call.sent_at, ticks_.now())), call.weight, mine.shared);
  return counts;
}

void Meters::call_given_up(const wire::Envelope& call, Metered caller, ErrorKind why) noexcept {
  (void)count_call(shard(), call, caller, std::min(static_cast<std::size_t>(why), kResults - 1));
}

void Meters::call_ends(wire::Envelope& call, Metered caller) noexcept {
  if (call.caller_error) return call_given_up(call, caller, call.caller_error->kind());
  Shard& mine = shard();
  CallCounts* counts = count_call(mine, call, caller, result_of(call.error.get()));
  if (!counts || call.weight == 0) return;
  wire::Payload& results = call.answered_by ? call.answered_by->results : call.results;
  HistogramCounts::bump(counts->params_bytes, wire::payload_bytes(call.params) * call.weight, mine.shared);
  HistogramCounts::bump(counts->results_bytes, wire::payload_bytes(results) * call.weight, mine.shared);
}

void Meters::turn_ends(wire::Envelope& call, const EndedTurn& turn) noexcept {
  Shard& mine = shard();
  TurnCounts* counts = turns_of(mine, turn.service, call.method);
  if (!counts) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  HistogramCounts::bump(counts->ended[turn.outcome], 1, mine.shared);
  if (call.weight == 0 || turn.begun == 0) return;
  counts->ran.add(counted(ticks_.between(turn.begun, turn.ended)), call.weight, mine.shared);
  if (call.arrived_at != 0)
    counts->waited.add(counted(ticks_.between(call.arrived_at, turn.begun)), call.weight, mine.shared);
  HistogramCounts::bump(counts->params_bytes, wire::payload_bytes(call.params) * call.weight, mine.shared);
  HistogramCounts::bump(counts->results_bytes, wire::payload_bytes(call.results) * call.weight, mine.shared);
}

void Meters::committed(const Committed& what) noexcept {
  if (what.weight == 0) return;
  Shard& mine = shard();
  TurnCounts* counts = turns_of(mine, what.service, what.method);
  if (!counts) return;
  counts->commits.add(counted(ticks_.between(what.since, ticks_.now())), what.weight, mine.shared);
}

// --- reading ---

template <class Visit>
void Meters::each_shard(Visit&& visit) const {
  const std::size_t used = shards_used_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < used; ++i) visit(*shards_[i]);
  visit(shared_);
}

std::size_t Meters::threads() const noexcept { return shards_used_.load(std::memory_order_relaxed); }

std::string Meters::name_of(Metered who) const {
  if (who == kHost) return "(host)";
  if (who == kOutside) return "(outside)";
  const ServiceInfo* info = who < kServices ? services_[who].load(std::memory_order_acquire) : nullptr;
  return info ? info->name : "(other)";
}

std::string Meters::method_of(Metered service, std::uint16_t method) const {
  const ServiceInfo* info = services_[service].load(std::memory_order_acquire);
  if (!info) return "(other)";
  return method < info->method_count ? info->methods[method].name : "(own)";
}

std::vector<MethodSum> Meters::methods() const {
  std::map<std::pair<std::string, std::string>, MethodSum> sums;
  const auto add = [](MethodSum& sum, const TurnCounts& counts) {
    for (std::size_t i = 0; i < kOutcomes; ++i) sum.ended[i] += read(counts.ended[i]);
    sum.params_bytes += read(counts.params_bytes);
    sum.results_bytes += read(counts.results_bytes);
    counts.waited.add_to(sum.waited);
    counts.ran.add_to(sum.ran);
    counts.commits.add_to(sum.commits);
  };
  each_shard([&](const Shard& shard) {
    for (std::size_t service = 0; service < kServices; ++service) {
      const Methods* methods = shard.methods[service].load(std::memory_order_acquire);
      for (std::size_t i = 0; methods && i < methods->all.size(); ++i) {
        const TurnCounts* counts = methods->all[i].load(std::memory_order_acquire);
        if (!counts) continue;
        const auto number = static_cast<Metered>(service);
        const std::string name = name_of(number), method = method_of(number, static_cast<std::uint16_t>(i));
        MethodSum& sum = sums[{name, method}];
        sum.service = name;
        sum.method = method;
        add(sum, *counts);
      }
    }
  });
  std::vector<MethodSum> out;
  for (auto& [name, sum] : sums) out.push_back(std::move(sum));
  return out;
}

std::vector<EdgeSum> Meters::edges() const {
  std::map<std::uint64_t, EdgeSum> sums;
  const auto add = [](EdgeSum& sum, const CallCounts& counts) {
    for (std::size_t i = 0; i < kResults; ++i) sum.ended[i] += read(counts.ended[i]);
    sum.params_bytes += read(counts.params_bytes);
    sum.results_bytes += read(counts.results_bytes);
    counts.took.add_to(sum.took);
  };
  each_shard([&](const Shard& shard) {
    for (const Edge& edge : shard.edges) {
      const std::uint64_t key = edge.key.load(std::memory_order_acquire);
      if (key != 0) add(sums[key], *edge.counts);
    }
    if (const CallCounts* other = shard.other.load(std::memory_order_acquire)) add(sums[0], *other);
  });
  std::vector<EdgeSum> out;
  for (auto& [key, sum] : sums) {
    const EdgeKey edge = EdgeKey::of(key);
    sum.caller = key == 0 ? "(other)" : name_of(edge.caller);
    sum.service = key == 0 ? "(other)" : name_of(edge.service);
    sum.method = key == 0 ? "(other)" : method_of(edge.service, edge.method);
    sum.place = edge.place;
    out.push_back(std::move(sum));
  }
  std::sort(out.begin(), out.end(), [](const EdgeSum& a, const EdgeSum& b) {
    return std::tie(a.caller, a.service, a.method, a.place) < std::tie(b.caller, b.service, b.method, b.place);
  });
  return out;
}

}  // namespace troupe::telemetry

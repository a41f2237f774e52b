#include "cluster/pool.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "troupe/duration.h"
#include "troupe/ids.h"

namespace troupe::cluster {
namespace {

constexpr unsigned kMemberBits = 16, kWeightBits = 16;

// Words of references are few bytes; any seed that all nodes share will do.
constexpr std::uint64_t kKeySeed = 0x706f'6f6c'2d6b'6579ULL;

bool is_failure(const Error& error) noexcept {
  switch (error.kind()) {
    case ErrorKind::unavailable:
    case ErrorKind::overloaded:
    case ErrorKind::deadline:
    case ErrorKind::unknown_outcome: return true;
    default: return false;
  }
}

// The score of weighted rendezvous hashing (Schindelhauer, Schomaker: "Weighted distributed hash tables", 2005): the
// highest gets the key, each in proportion to its weight.
double score_of(std::uint64_t key, std::uint64_t name_hash, std::uint32_t weight) noexcept {
  const double part = (static_cast<double>(mix(key ^ name_hash) >> 11) + 0.5) * 0x1.0p-53;
  return -static_cast<double>(weight) / std::log(part);
}

}  // namespace

// What is counted of one member.
class Pool::Tally final : public Counted {
 public:
  Tally(Pool& pool, std::uint64_t name_hash_in) : name_hash(name_hash_in), pool_(pool) {}

  void begin() noexcept {
    under_way.fetch_add(1, std::memory_order_relaxed);
    calls.fetch_add(1, std::memory_order_relaxed);
  }
  // A call went without a word.
  void drop() noexcept { under_way.fetch_sub(1, std::memory_order_relaxed); }
  void good() noexcept {
    drop();
    in_a_row_.store(0, std::memory_order_relaxed);
    times_left_out_.store(0, std::memory_order_relaxed);
  }
  void bad(TimePoint now) noexcept {
    drop();
    failures.fetch_add(1, std::memory_order_relaxed);
    if (in_a_row_.fetch_add(1, std::memory_order_relaxed) + 1 < limits::kPoolEjectAfter) return;
    if (left_out_until() > now || !pool_.spares_one(now)) return;
    in_a_row_.store(0, std::memory_order_relaxed);
    const auto times = std::min<std::uint32_t>(times_left_out_.fetch_add(1, std::memory_order_relaxed), 16);
    const auto time = std::min(limits::kPoolEjectFor * (std::int64_t{1} << times), limits::kPoolEjectMost);
    until_.store(later(now, time).time_since_epoch().count(), std::memory_order_relaxed);
  }
  [[nodiscard]] TimePoint left_out_until() const noexcept {
    return TimePoint(TimePoint::duration(until_.load(std::memory_order_relaxed)));
  }

  const std::uint64_t name_hash;
  std::atomic<std::uint32_t> under_way{0};
  std::atomic<std::uint64_t> calls{0}, failures{0};

 private:
  Pool& pool_;
  std::atomic<std::uint32_t> in_a_row_{0}, times_left_out_{0};
  std::atomic<TimePoint::rep> until_{TimePoint{}.time_since_epoch().count()};
};

// Does not outlive its pool: a call holds its target's address, that the node's routing, and that its pools.
class Pool::CountedCall final : public wire::CallEnd {
 public:
  CountedCall(Ptr<Tally> tally, const Clock& clock) : clock_(clock), at_(tally.detach()) { at_.load()->begin(); }
  ~CountedCall() override {
    if (auto tally = take()) tally->drop();
  }
  void ended(const wire::Envelope&, const Error* error) noexcept override {
    auto tally = take();
    if (!tally) return;
    if (!error) return tally->good();
    if (is_failure(*error)) return tally->bad(clock_.now());
    // A refusal is an answer; a call that was given up says nothing of the member.
    if (error->kind() == ErrorKind::cancelled) return tally->drop();
    tally->good();
  }
  // False: it has ended.
  [[nodiscard]] bool move_to(Ptr<Tally> next) noexcept {
    Tally* now_at = at_.load(std::memory_order_acquire);
    do {
      if (!now_at) return false;
    } while (!at_.compare_exchange_weak(now_at, next.get(), std::memory_order_acq_rel));
    next.detach()->begin();
    Ptr<Tally>::adopt(now_at)->bad(clock_.now());
    return true;
  }

 private:
  [[nodiscard]] Ptr<Tally> take() noexcept {
    return Ptr<Tally>::adopt(at_.exchange(nullptr, std::memory_order_acq_rel));
  }

  const Clock& clock_;
  std::atomic<Tally*> at_;  // owned; null: it has ended
};

Pool::Pool(std::string service, std::uint64_t service_id, Balance balance, std::uint64_t seed)
    : service_(std::move(service)),
      service_id_(service_id),
      seed_(seed),
      balance_(balance),
      slots_(std::make_unique<std::array<std::atomic<std::uint64_t>, kMostMembers>>()) {}

Pool::~Pool() = default;

// --- who may be chosen ---

std::uint64_t Pool::pack(const PoolMember& member) noexcept {
  const std::uint64_t weight = std::clamp<std::uint32_t>(member.weight, 1, (1U << kWeightBits) - 1);
  return std::uint64_t{member.near} << (kMemberBits + kWeightBits) | weight << kMemberBits | member.member;
}

Pool::Slot Pool::unpack(std::uint64_t word) noexcept {
  return {static_cast<MemberIndex>(word), static_cast<std::uint32_t>(word >> kMemberBits) & ((1U << kWeightBits) - 1),
          (word >> (kMemberBits + kWeightBits) & 1) != 0};
}

void Pool::members(const std::vector<PoolMember>& members) {
  const std::lock_guard lock(changing_);
  std::size_t count = 0;
  for (const PoolMember& one : members) {
    if (count == kMostMembers || one.member >= kMostMembers) continue;
    if (!tally(one.member)) {
      owned_.push_back(make_counted<Tally>(*this, one.name_hash));
      tallies_[one.member].store(owned_.back().get(), std::memory_order_release);
    }
    (*slots_)[count++].store(pack(one), std::memory_order_relaxed);
  }
  count_.store(count, std::memory_order_release);
}

bool Pool::may_get(const Slot& slot, TimePoint now) const noexcept {
  return tally(slot.member)->left_out_until() <= now;
}

bool Pool::spares_one(TimePoint now) const noexcept {
  const std::size_t count = count_.load(std::memory_order_acquire);
  std::size_t out = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (!may_get(unpack((*slots_)[i].load(std::memory_order_relaxed)), now)) ++out;
  return (out + 1) * 2 <= count;
}

// --- which of them gets a call ---

struct Pool::Choice {
  const Pool& pool;
  const std::size_t members;
  const TimePoint now;

  template <class Visit>
  void each(Visit visit) const {
    for (std::size_t i = 0; i < members; ++i) {
      const Slot slot = unpack((*pool.slots_)[i].load(std::memory_order_relaxed));
      if (pool.may_get(slot, now)) visit(slot);
    }
  }
  [[nodiscard]] std::size_t count(bool near_alone) const {
    std::size_t out = 0;
    each([&](const Slot& slot) { out += !near_alone || slot.near ? 1 : 0; });
    return out;
  }
  // Members change meanwhile: then it may be another one, or the first.
  [[nodiscard]] Slot at(std::size_t wanted, bool near_alone) const {
    Slot found = unpack((*pool.slots_)[0].load(std::memory_order_relaxed));
    std::size_t i = 0;
    each([&](const Slot& slot) {
      if (near_alone && !slot.near) return;
      if (i++ == wanted) found = slot;
    });
    return found;
  }
};

std::uint64_t Pool::chance() noexcept {
  return mix(seed_ + 0x9e37'79b9'7f4a'7c15ULL * chances_.fetch_add(1, std::memory_order_relaxed));
}

MemberIndex Pool::less_loaded(const Choice& choice, bool near_alone) noexcept {
  const std::size_t count = choice.count(near_alone);
  if (count <= 1) return choice.at(0, near_alone).member;
  const std::uint64_t bits = chance();
  const std::size_t one = (bits & 0xffff'ffff) % count;
  const std::size_t other = (one + 1 + (bits >> 32) % (count - 1)) % count;
  const Slot a = choice.at(one, near_alone), b = choice.at(other, near_alone);
  const auto load = [&](const Slot& slot) {
    return std::uint64_t{tally(slot.member)->under_way.load(std::memory_order_relaxed)} + 1;
  };
  return load(b) * a.weight < load(a) * b.weight ? b.member : a.member;
}

std::optional<MemberIndex> Pool::choose(std::string_view key, MemberIndex self, TimePoint now) noexcept {
  const std::size_t members = count_.load(std::memory_order_acquire);
  if (members == 0) return std::nullopt;
  const Choice choice{*this, members, now};
  switch (balance()) {
    case Balance::least_outstanding: break;
    case Balance::round_robin: {
      const std::uint64_t turn = turn_.fetch_add(1, std::memory_order_relaxed);
      return choice.at(turn % std::max<std::size_t>(choice.count(false), 1), false).member;
    }
    case Balance::random: return choice.at(chance() % std::max<std::size_t>(choice.count(false), 1), false).member;
    case Balance::weighted: {
      std::uint64_t sum = 0;
      choice.each([&](const Slot& slot) { sum += slot.weight; });
      std::uint64_t at = chance() % std::max<std::uint64_t>(sum, 1);
      std::optional<MemberIndex> found;
      choice.each([&](const Slot& slot) {
        if (!found && at < slot.weight) found = slot.member;
        at -= std::min<std::uint64_t>(at, slot.weight);
      });
      return found ? *found : choice.at(0, false).member;
    }
    case Balance::consistent_hash: {
      const std::uint64_t hash = stable_hash(key, kKeySeed);
      std::optional<MemberIndex> found;
      double best = 0;
      choice.each([&](const Slot& slot) {
        const double score = score_of(hash, tally(slot.member)->name_hash, slot.weight);
        if (found && score <= best) return;
        found = slot.member;
        best = score;
      });
      return found ? *found : choice.at(0, false).member;
    }
    case Balance::local_first: {
      bool here = false;
      choice.each([&](const Slot& slot) { here = here || slot.member == self; });
      if (here) return self;
      return less_loaded(choice, choice.count(true) > 0);
    }
  }
  return less_loaded(choice, false);
}

Ptr<wire::CallEnd> Pool::count(const Ptr<wire::CallEnd>& counted, MemberIndex member, const Clock& clock) {
  auto at = Ptr<Tally>::share(tally(member));
  if (!counted) return make_counted<CountedCall>(std::move(at), clock);
  if (!static_cast<CountedCall&>(*counted).move_to(std::move(at))) return nullptr;
  return counted;
}

std::vector<PoolMemberView> Pool::view(TimePoint now) const {
  std::vector<PoolMemberView> out;
  for (std::size_t member = 0; member < kMostMembers; ++member) {
    const Tally* tally = this->tally(static_cast<MemberIndex>(member));
    if (!tally) continue;
    PoolMemberView one{.member = static_cast<MemberIndex>(member)};
    one.under_way = tally->under_way.load(std::memory_order_relaxed);
    one.calls = tally->calls.load(std::memory_order_relaxed);
    one.failures = tally->failures.load(std::memory_order_relaxed);
    if (tally->left_out_until() > now)
      one.left_out_for = std::chrono::ceil<std::chrono::milliseconds>(tally->left_out_until() - now);
    out.push_back(one);
  }
  const std::size_t count = count_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i) {
    const Slot slot = unpack((*slots_)[i].load(std::memory_order_relaxed));
    for (PoolMemberView& one : out)
      if (one.member == slot.member) {
        one.choosable = true;
        one.weight = slot.weight;
      }
  }
  return out;
}

}  // namespace troupe::cluster

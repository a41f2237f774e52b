// One pool as one node calls it: which members may be chosen, which of them a call goes to, and how those have answered
// this node. troupe/placement.h says what each way of balancing does.
//
// Calls are spread by many threads while members come and go. The members that may be chosen lie in a row of words that
// are replaced in place: a call reads them without a lock, and one that reads while they change takes a member that was
// or is one of them. What is counted of a member stays for as long as the pool is.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cluster/placement.h"
#include "net/links.h"
#include "troupe/limits.h"
#include "troupe/placement.h"
#include "wire/call_end.h"

namespace troupe::cluster {

// A member that may be chosen.
struct PoolMember {
  MemberIndex member = 0;
  std::uint32_t weight = 100;   // 0: as 1, or it could be asked for and never be chosen
  bool near = false;            // of this node's zone, this node too
  std::uint64_t name_hash = 0;  // the same on every node
};

// How one member has answered this node, for looking at.
struct PoolMemberView {
  MemberIndex member = 0;
  bool choosable = false;
  std::uint32_t weight = 0;
  std::uint32_t under_way = 0;
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  std::chrono::milliseconds left_out_for{0};  // from now on; 0: it is not
};

class Pool {
 public:
  static constexpr std::size_t kMostMembers = net::kMaxPeers;

  // `seed`: of chance.
  Pool(std::string service, std::uint64_t service_id, Balance balance, std::uint64_t seed);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  [[nodiscard]] const std::string& service() const noexcept { return service_; }
  [[nodiscard]] std::uint64_t service_id() const noexcept { return service_id_; }

  // --- any thread ---
  [[nodiscard]] Balance balance() const noexcept { return balance_.load(std::memory_order_relaxed); }
  void balance(Balance balance) noexcept { balance_.store(balance, std::memory_order_relaxed); }

  // From now on these may be chosen, at most kMostMembers.
  void members(const std::vector<PoolMember>& members);

  // For a call whose reference has this key, made on the member `self`. Nothing: there is no member.
  [[nodiscard]] std::optional<MemberIndex> choose(std::string_view key, MemberIndex self, TimePoint now) noexcept;
  // The call goes to `member`, which choose() gave: it is counted there until it ends, or is counted at another one,
  // which is a failure of this one. `counted`: what count() gave for the call before; null: nothing yet. Null: it was
  // counted before and has ended.
  [[nodiscard]] Ptr<wire::CallEnd> count(const Ptr<wire::CallEnd>& counted, MemberIndex member, const Clock& clock);

  [[nodiscard]] std::vector<PoolMemberView> view(TimePoint now) const;

 private:
  class Tally;
  class CountedCall;

  // What one word of the row says.
  struct Slot {
    MemberIndex member;
    std::uint32_t weight;
    bool near;
  };
  [[nodiscard]] static std::uint64_t pack(const PoolMember& member) noexcept;
  [[nodiscard]] static Slot unpack(std::uint64_t word) noexcept;

  // The members that calls may go to now: all that are not left out.
  struct Choice;
  [[nodiscard]] bool may_get(const Slot& slot, TimePoint now) const noexcept;
  [[nodiscard]] Tally* tally(MemberIndex member) const noexcept {
    return tallies_[member].load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint64_t chance() noexcept;
  [[nodiscard]] MemberIndex less_loaded(const Choice& choice, bool near_alone) noexcept;
  // Whether one more may be left out.
  [[nodiscard]] bool spares_one(TimePoint now) const noexcept;

  const std::string service_;
  const std::uint64_t service_id_;
  const std::uint64_t seed_;
  std::atomic<Balance> balance_;
  std::atomic<std::uint64_t> turn_{0};     // of round robin
  std::atomic<std::uint64_t> chances_{0};  // drawn so far
  std::mutex changing_;
  std::atomic<std::size_t> count_{0};
  std::unique_ptr<std::array<std::atomic<std::uint64_t>, kMostMembers>> slots_;
  std::array<std::atomic<Tally*>, kMostMembers> tallies_{};
  std::vector<Ptr<Tally>> owned_;  // tallies; under the mutex
};

}  // namespace troupe::cluster

// The breakers of one method: one for each member that owns callees of it, so that a node that is ill does not close
// the door of the others. A breaker is made by the first call to its member and goes when its window is empty. Any
// thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "base/mail.h"
#include "cluster/cluster_view.h"
#include "resilience/breaker.h"
#include "troupe/log.h"

namespace troupe::resilience {

class MemberBreaker final : public Counted {
 public:
  // `method`: "Stock.reserve", which outlives it as the log does.
  MemberBreaker(const std::string& method, std::string member, const BreakerPolicy& policy, const LogSink& log)
      : method_(method), member_(std::move(member)), policy_(policy), log_(log), breaker_(policy) {}

  // An error: it lets no call go, which did not run.
  [[nodiscard]] std::variant<Breaker::Pass, Error> ask(TimePoint now);
  void ended(const Breaker::Pass& pass, Verdict verdict, TimePoint now) noexcept;
  void open(TimePoint now);
  void reset();

  struct Sight {
    std::string member;
    BreakerState state{};
    Breaker::Figures figures;
    std::chrono::milliseconds left{0};
    std::uint64_t times_opened = 0;
    std::uint64_t refused = 0;
  };
  [[nodiscard]] Sight look(TimePoint now);
  [[nodiscard]] bool idle(TimePoint now);
  [[nodiscard]] const std::string& member() const noexcept { return member_; }

 private:
  // "12 of 20 calls within 10 s failed, 3 were slow"
  [[nodiscard]] std::string opened_by() const;
  // Does something with the breaker; a change of its state is told of afterwards, when others may use it again.
  template <class Do>
  void change(bool by_hand, Do&& what);
  void tell(BreakerState state, bool by_hand, const std::string& why) const noexcept;

  const std::string& method_;
  const std::string member_;
  const BreakerPolicy policy_;
  const LogSink& log_;
  std::mutex mutex_;
  Breaker breaker_;
};

class Breakers {
 public:
  // As a MemberBreaker's.
  Breakers(const std::string& method, const BreakerPolicy& policy, const LogSink& log)
      : method_(method), policy_(policy), log_(log) {}

  // Throws for want of memory. `name` gives the member's name.
  template <class Name>
  [[nodiscard]] Ptr<MemberBreaker> of(cluster::MemberIndex member, Name&& name) {
    std::lock_guard lock(mutex_);
    Ptr<MemberBreaker>& breaker = breakers_[member];
    if (!breaker) breaker = make_counted<MemberBreaker>(method_, name(), policy_, log_);
    return breaker;
  }
  [[nodiscard]] std::vector<Ptr<MemberBreaker>> all() const;
  // Since the node began, of breakers that are gone too.
  struct Totals {
    std::uint64_t opened = 0;
    std::uint64_t refused = 0;
  };
  [[nodiscard]] Totals totals(TimePoint now) const;
  void forget_idle(TimePoint now);

 private:
  const std::string& method_;
  const BreakerPolicy& policy_;
  const LogSink& log_;
  mutable std::mutex mutex_;
  std::map<cluster::MemberIndex, Ptr<MemberBreaker>> breakers_;
  Totals gone_;  // of breakers that are
};

}  // namespace troupe::resilience

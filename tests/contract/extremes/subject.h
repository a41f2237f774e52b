// An actor whose one method runs what a test gave it, and how a try ended: "works", or the error in words.
#pragma once

#include <doctest/doctest.h>
#include <troupe/actor.h>
#include <troupe/table.h>
#include <troupe/testing.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "subject.capnp.troupe.h"

namespace troupe::extremes {

using namespace std::chrono_literals;
using testing::TestNode;

// Durations that no clock can be moved on by.
inline constexpr auto kCenturies = std::chrono::hours(24 * 365 * 300);
inline constexpr auto kLongest = std::chrono::hours::max();
inline constexpr auto kShortest = std::chrono::hours::min();
inline constexpr auto kMostMs = std::chrono::milliseconds::max();
inline constexpr auto kLeastMs = std::chrono::milliseconds::min();

inline std::string letters(std::size_t count) { return std::string(count, 'x'); }

class HelperRole final : public HelperActor {
  Task<> help(HelpParams::Reader, HelpResults::Builder) override { co_return; }
};

class BriefRole final : public BriefActor {
  Task<> add(AddParams::Reader, AddResults::Builder) override {
    (void)edit();
    co_return;
  }
};

class SubjectRole final : public SubjectActor {
 public:
  using Work = std::function<Task<>(SubjectRole&)>;
  explicit SubjectRole(std::shared_ptr<Work> work) : work_(std::move(work)) {}

  // What an author has within a turn, for the test that stands outside.
  using Actor::after;
  using Actor::every;
  using Actor::name_calls;
  using Actor::node_time;
  using Actor::remind_at;
  using Actor::remind_every;
  using Actor::remind_in;
  using Actor::sleep_for;
  using Actor::stop_self;
  using Actor::time_since;
  template <class Interface>
  Ref<Interface> other(std::string_view key) const {
    return ref<Interface>(key);
  }
  RefBase other(std::string_view service, std::string_view key) const { return ref(service, key); }
  Ref<Helper> child(std::string_view name) { return spawn<HelperRole>(name); }
  Table<Line> lines(std::string_view name) { return table<Line>(name); }
  template <class F>
  auto block(F&& work) {
    return blocking(std::forward<F>(work));
  }

 private:
  Task<> run(RunParams::Reader, RunResults::Builder) override { return (*work_)(*this); }
  Task<> rung(RungParams::Reader, RungResults::Builder out) override {
    out.setNames(state().getRung());
    co_return;
  }
  Task<> on_reminder(std::string_view name) override {
    std::vector<std::string> names;
    for (auto each : state().getRung()) names.emplace_back(each.cStr());
    names.emplace_back(name);
    auto rung = edit().initRung(static_cast<unsigned>(names.size()));
    for (unsigned i = 0; i < names.size(); ++i) rung.set(i, names[i]);
    co_return;
  }

  Task<> on_answer(const Answer&) override { co_return; }

  const std::shared_ptr<Work> work_;
};

// "works", or what was thrown: "invalid: a timer of ...".
template <class F>
std::string outcome_of(F&& attempt) {
  try {
    (void)attempt();
  } catch (const Error& e) {
    return e.what();
  }
  return "works";
}

// One node, whose clock stands, with one Subject that does what it is told.
class Stage {
 public:
  explicit Stage(std::function<void(NodeConfig&)> configure = {})
      : node_({.host = [work = work_](Node& node) { host(node, work); }, .configure = std::move(configure)}) {}

  [[nodiscard]] TestNode& node() noexcept { return node_; }
  [[nodiscard]] Ref<Subject> subject() const { return node_.ref<Subject>("s"); }
  // What run() does from now on.
  void tell(SubjectRole::Work work) { *work_ = std::move(work); }
  // How a turn ended that ran `work`.
  [[nodiscard]] std::string turn(SubjectRole::Work work) {
    tell(std::move(work));
    return outcome_of([&] { return node_.finish(subject().run()); });
  }
  // The same for work that waits for nothing.
  [[nodiscard]] std::string at_once(const std::function<void(SubjectRole&)>& work) {
    return turn([work](SubjectRole& self) { return once(work, self); });
  }
  // Reminders that rang: "a, b".
  [[nodiscard]] std::string rung() {
    std::string names;
    auto reply = subject().rung().get();
    for (auto name : reply->getNames()) names += (names.empty() ? "" : ", ") + std::string(name.cStr());
    return names;
  }

 private:
  static void host(Node& node, const std::shared_ptr<SubjectRole::Work>& work) {
    node.host<SubjectRole>(std::function([work] { return std::make_unique<SubjectRole>(work); }));
    node.host<HelperRole>();
    node.host<BriefRole>();
  }
  static Task<> once(const std::function<void(SubjectRole&)>& work, SubjectRole& self) {
    work(self);
    co_return;
  }

  const std::shared_ptr<SubjectRole::Work> work_ = std::make_shared<SubjectRole::Work>();
  TestNode node_;
};

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace troupe::extremes

// The attempt ends with `invalid`, and the message has `part` in it.
#define CHECK_INVALID(attempt, part)                    \
  do {                                                  \
    const std::string outcome = (attempt);              \
    CAPTURE(outcome);                                   \
    CHECK(outcome.rfind("invalid: ", 0) == 0);          \
    CHECK(::troupe::extremes::contains(outcome, part)); \
  } while (false)

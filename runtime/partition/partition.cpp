#include "partition/partition.h"

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "actor/activation.h"
#include "actor/courier.h"
#include "actor/erasure.h"
#include "actor/registry.h"
#include "actor/reminder_clock.h"
#include "base/limits.h"
#include "base/log_fields.h"
#include "base/steps.h"
#include "store/awaited_commit.h"

namespace troupe::partition {
namespace {

using actor::Activation;
using actor::Standing;

// How often close() looks whether turns have ended: each look walks over the addresses of the node, so the next ones
// wait longer.
constexpr std::chrono::milliseconds kFirstLook{1}, kLongestBetweenLooks{50};

class Told final : public actor::Control {
 public:
  Told(wire::AddressPtr address, std::function<void(Activation&)> what)
      : address_(std::move(address)), what_(std::move(what)) {}
  void act(Activation& activation) noexcept override {
    what_(activation);
    delete this;
  }
  void discard() noexcept override { delete this; }

 private:
  wire::AddressPtr address_;  // keeps the address until the activation is done with it
  std::function<void(Activation&)> what_;
};

// Shared by the activations that are told to depart; the last one that lets go of it has.
class Departures final : public Counted {
 public:
  explicit Departures(std::promise<void> all) : all_(std::move(all)) {}
  ~Departures() override { all_.set_value(); }

 private:
  std::promise<void> all_;
};

}  // namespace

const char* to_string(State state) noexcept {
  switch (state) {
    case State::closed: return "closed";
    case State::leading: return "leading";
    case State::draining: return "draining";
  }
  return "?";
}

void Partition::stand(Standing standing, Epoch epoch) noexcept {
  context_.leadership.set(id_, {standing, epoch});
  std::atomic_thread_fence(std::memory_order_seq_cst);  // actor/leadership.h
}

void Partition::log_change(const char* what, Epoch epoch) const {
  if (!context_.log) return;
  const auto at = std::chrono::steady_clock::now().time_since_epoch();
  const std::string number = std::to_string(id_), in = std::to_string(epoch),
                    us = std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(at).count());
  context_.log({LogLevel::debug, "partition", std::string(what) + " " + name() + " in epoch " + in,
                LogFields{{"partition", number}, {"epoch", in}, {"steady_us", us}}});
}

void Partition::tell_all(Visit what) {
  context_.registry.for_each_of(id_, [&](const wire::AddressPtr& address, Activation& activation) {
    auto* mail = new Told(address, what);
    if (!activation.post(mail)) mail->discard();
  });
}

Result<void> Partition::open(Epoch epoch) try {
  const std::lock_guard lock(changing_);
  const auto refused = [&](const std::string& why) {
    return Error(ErrorKind::invalid, name() + " cannot be opened in epoch " + std::to_string(epoch) + ": " + why);
  };
  if (state() != State::closed) return refused(std::string("it is ") + to_string(state()));
  if (epoch <= this->epoch())
    return refused("this node led it in epoch " + std::to_string(this->epoch()) + ", and an epoch is not led twice");
  if (epoch > kMaxEpoch) return refused("epochs end at " + std::to_string(kMaxEpoch));

  if (auto* store = this->store()) {
    store->commits().fence(id_, epoch);
    actor::finish_erasures(*store, id_, epoch, context_.log);
    context_.courier->open(id_, epoch);
    context_.reminders->open(id_);
  }
  log_change("leads", epoch);
  state_.store(State::leading, std::memory_order_release);
  stand(Standing::leading, epoch);
  tell_all([](Activation& told) { told.arrive(); });
  return {};
} catch (const Error& error) {
  return error;
}

// From the outside in, as a node stops: first nothing comes from reminders, then no turn begins, then none runs, so no
// commit is submitted any more; when the last one has ended the courier has heard of every message, and what is in
// memory may go. What the courier erases is committed before the epoch ends.
Result<void> Partition::close(Milliseconds drain) {
  const std::lock_guard lock(changing_);
  if (state() == State::closed) return {};
  const Epoch epoch = this->epoch();
  const TimePoint until = later(now(), drain);
  if (state() == State::leading) {
    state_.store(State::draining, std::memory_order_release);
    if (store()) context_.reminders->close(id_);
    stand(Standing::draining, epoch);
    tell_all([](Activation& told) { told.drain(); });
    await_turns(until);
  }

  stand(Standing::closed, epoch);
  if (!depart_all(false, until) && !depart_all(true, later(now(), limits::kStopGrace))) {
    std::string turns;
    for (const std::string& turn : what_runs()) turns += (turns.empty() ? "" : ", ") + turn;
    return Error(ErrorKind::unavailable, name() + " cannot be closed, for these do not return: " +
                                             (turns.empty() ? "turns that have gone meanwhile" : turns) +
                                             "; close it again when they have");
  }

  await_commits();
  tell_all([](Activation& told) { told.forget(); });
  if (auto* store = this->store()) {
    context_.courier->close(id_);
    await_commits();
    store->commits().fence(id_, epoch + 1);
  }
  state_.store(State::closed, std::memory_order_release);
  log_change("leads no more", epoch);
  return {};
}

Result<void> Partition::hand_over() {
  const std::lock_guard lock(changing_);
  if (state() != State::closed)
    return Error(ErrorKind::invalid, name() + " is " + to_string(state()) + "; close it before another node leads it");
  stand(Standing::elsewhere, epoch());
  tell_all([](Activation& told) { told.send_after(); });
  return {};
}

// Turns end by the machine's clock, as a node stops; in a simulation by the only clock there is.
TimePoint Partition::now() const {
  return context_.engine.steps() ? context_.clock.exact_now() : std::chrono::steady_clock::now();
}

void Partition::await_turns(TimePoint until) const {
  Steps* const steps = context_.engine.steps();
  for (auto look = kFirstLook; now() < until && !what_runs().empty(); look = std::min(look * 2, kLongestBetweenLooks))
    steps ? steps->wait() : std::this_thread::sleep_for(look);
}

bool Partition::depart_all(bool at_once, TimePoint until) {
  std::promise<void> all;
  const auto departed = all.get_future();
  {
    const Ptr<Counted> done = make_counted<Departures>(std::move(all));
    tell_all([at_once, done](Activation& told) { told.depart(at_once, done); });
  }
  Steps* const steps = context_.engine.steps();
  if (!steps) return departed.wait_until(until) == std::future_status::ready;
  const auto all_have = [&] { return departed.wait_for(std::chrono::seconds(0)) == std::future_status::ready; };
  while (!all_have() && now() < until) steps->wait();
  return all_have();
}

// A store that has stopped ends them all, too.
void Partition::await_commits() {
  auto* const store = this->store();
  if (!store) return;
  store::AwaitedCommit barrier;
  barrier.partition = id_;
  barrier.epoch = epoch();
  (void)barrier.through(store->commits());
}

std::vector<std::string> Partition::what_runs() const {
  std::vector<std::string> out;
  context_.registry.for_each_of(id_, [&](const wire::AddressPtr& address, Activation& activation) {
    if (!activation.turns().running() && activation.turns().waiting() == 0) return;
    const std::string method = activation.running_method();
    out.push_back(address->text() + (method.empty() ? "" : "." + method));
  });
  return out;
}

}  // namespace troupe::partition

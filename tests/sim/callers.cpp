#include "sim/callers.h"

#include <vector>

namespace troupe::sim {
namespace {

using std::chrono::milliseconds;
using storm::Till;
using storm::till;

constexpr int kCallers = 4;
constexpr int kOperations = 25;  // of each caller

}  // namespace

void Callers::begin() {
  for (int number = 0; number < kPulsing; ++number) pulse(number, 300 + static_cast<std::uint32_t>(dice_.below(400)));
  under_way_ = kCallers;
  for (int caller = 0; caller < kCallers; ++caller) next_thing(caller, 0);
  for (int at = 0; at < kTills; ++at) look(at, 0);
}

void Callers::rest() {
  looks_ = false;
  under_way_ = kPulsing;
  for (int number = 0; number < kPulsing; ++number) pulse(number, 0);
}

void Callers::next_thing(int caller, int done) {
  if (done == kOperations) return void(--under_way_);
  const auto next = [this, caller, done] { next_thing(caller, done + 1); };
  const std::string id = std::to_string(caller) + "-" + std::to_string(done);
  const auto kind = dice_.below(100);
  if (kind < 30) return pay(id, false, next);
  if (kind < 48) return pay(id, true, next);
  if (kind < 60) return hand(id, next);
  if (kind < 76) return alarm(id, next);
  if (kind < 92) return note(caller, id, next);
  const bool closes = kind < 96;
  until_done<storm::Till::CloseResults>(
      some_till(), id, [closes](auto& ref) { return ref.close([&](auto p) { p.setClosed(closes); }); },
      [next](auto&) { next(); });
}

void Callers::pay(const std::string& id, bool ask, const std::function<void()>& next) {
  const int from = some_till();
  std::vector<int> to(1 + dice_.below(3));
  for (int& each : to) each = some_till();
  const std::int64_t amount = some_amount();
  until_done<Till::PayResults>(
      from, id,
      [=](auto& ref) {
        return ref.pay([&](auto p) {
          p.setId(id);
          p.setAmount(amount);
          p.setAsk(ask);
          auto list = p.initTo(static_cast<unsigned>(to.size()));
          for (unsigned i = 0; i < to.size(); ++i) list.set(i, till(to[i]));
        });
      },
      [=, this](auto&) {
        for (std::size_t i = 0; i < to.size(); ++i)
          books_.payments.push_back({id + "/" + std::to_string(i), from, to[i], amount, ask});
        next();
      });
}

// From a lower till to a higher one: the other way as well, two could wait for each other.
void Callers::hand(const std::string& id, const std::function<void()>& next) {
  const int from = static_cast<int>(dice_.below(kTills - 1));
  const int to = from + 1 + static_cast<int>(dice_.below(static_cast<std::uint64_t>(kTills - 1 - from)));
  const std::int64_t amount = some_amount();
  until_done<Till::HandResults>(
      from, id,
      [=](auto& ref) { return ref.hand([&](auto p) { p.setId(id), p.setTo(till(to)), p.setAmount(amount); }); },
      [=, this](auto&) {
        books_.payments.push_back({id, from, to, amount});
        next();
      });
}

// Set; or set and moved; or set and silenced.
void Callers::alarm(const std::string& id, const std::function<void()>& next) {
  const storm::Alarm alarm{.id = id, .till = some_till(), .to = some_till(), .amount = some_amount()};
  const auto keep = [this, next](const storm::Alarm& kept) {
    books_.alarms.push_back(kept);
    next();
  };
  set_alarm(alarm, id, dice_.below(1'500), [=, this] {
    const auto then = dice_.below(3);
    if (then == 0) return keep(alarm);
    if (then == 1) return set_alarm(alarm, id + "-moved", dice_.below(2'500), [=] { keep(alarm); });
    until_done<Till::SilenceResults>(
        alarm.till, id + "-silenced", [=](auto& ref) { return ref.silence([&](auto p) { p.setId(id); }); },
        [=](auto& reply) {
          storm::Alarm silenced = alarm;
          silenced.rings = reply->getRang();
          keep(silenced);
        });
  });
}
void Callers::set_alarm(const storm::Alarm& alarm, const std::string& key, std::uint64_t delay_ms,
                        const std::function<void()>& then) {
  until_done<Till::AlarmResults>(
      alarm.till, key,
      [=](auto& ref) {
        return ref.alarm([&](auto p) {
          p.setId(alarm.id);
          p.setDelayMs(static_cast<std::uint32_t>(delay_ms));
          p.setTo(till(alarm.to));
          p.setAmount(alarm.amount);
        });
      },
      [then](auto&) { then(); });
}

// Its own keys, so that what it did last is what must be there.
void Callers::note(int caller, const std::string& id, const std::function<void()>& next) {
  const int at = some_till();
  const std::string key = std::to_string(caller) + ":" + std::to_string(dice_.below(3));
  if (books_.notes.contains({at, key}) && dice_.one_in(3)) {
    return until_done<Till::ForgetResults>(
        at, id, [=](auto& ref) { return ref.forget([&](auto p) { p.setKey(key); }); },
        [=, this](auto&) {
          books_.notes.erase({at, key});
          next();
        });
  }
  until_done<Till::NoteResults>(
      at, id, [=](auto& ref) { return ref.note([&](auto p) { p.setKey(key), p.setText(id); }); },
      [=, this](auto&) {
        auto& written = books_.notes[{at, key}];
        written.text = id;
        ++written.times;
        next();
      });
}

void Callers::pulse(int number, std::uint32_t period_ms) {
  until_done<Till::PulseResults>(
      number, "pulse " + std::to_string(period_ms),
      [=](auto& ref) {
        return ref.pulse([&](auto p) { p.setPeriodMs(period_ms), p.setTo(till(pulse_receiver(number))); });
      },
      [this, period_ms](auto&) {
        if (period_ms == 0) --under_way_;
      });
}

// Whoever was shown that something happened is never shown that it did not.
void Callers::look(int at, int looks) {
  if (!looks_) return;
  until_done<Till::SummaryResults>(
      at, "look " + std::to_string(looks), [](auto& ref) { return ref.summary(); },
      [this, at, looks](auto& reply) {
        Seen& seen = seen_[at];
        const Seen now{reply->getSent(), reply->getReceived(), reply->getHeard(), reply->getPulses()};
        if (now.sent < seen.sent || now.received < seen.received || now.heard < seen.heard || now.pulses < seen.pulses)
          books_.failures.push_back("what was seen before look " + std::to_string(looks) + " of " + till(at) +
                                    " has not happened");
        seen = now;
        simulation_.clock().ring_at(later(simulation_.clock().now(), milliseconds(dice_.below(4))), this,
                                    [=, this] { look(at, looks + 1); });
      });
}

}  // namespace troupe::sim

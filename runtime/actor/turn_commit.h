// What turns hand to the commit queue: write sets, and what waits behind them. Private to turn.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "actor/activation.h"
#include "actor/courier.h"
#include "actor/reminder_clock.h"
#include "store/commit.h"
#include "telemetry/meters.h"

namespace troupe::actor {

// One turn's write set. What the turn says to others leaves when the write set is on disk, and not before.
class TurnCommit final : public store::Commit {
 public:
  TurnCommit(Activation& activation, wire::EnvelopePtr call, std::uint64_t number, bool had_effect)
      : activation_(Ptr<Activation>::share(&activation)),
        call_(std::move(call)),
        number_(number),
        had_effect_(had_effect) {
    activation_->gate().date(*this);
  }

  std::vector<Sent> messages;
  std::unique_ptr<telemetry::CommitSpan> span;  // null: its turn has none
  telemetry::Meters::Committed measured{};
  bool erased = false;
  bool erases_more = false;
  std::optional<std::uint64_t> earliest_reminder;  // of those it sets

  void durable() noexcept override {
    activation_->gate().ended(number_);
    if (span) span->ended(nullptr);
    Context& context = activation_->context();
    if (context.meters) context.meters->committed(measured);
    if (erased && context.courier) context.courier->forget(activation_->address());
    if (!messages.empty()) context.courier->take(std::move(messages));
    if (earliest_reminder) context.reminders->committed(partition, *earliest_reminder);
    if (erases_more) {
      activation_->part_erased(std::move(call_), false);
    } else {
      wire::answer(std::move(call_));
    }
    delete this;
  }
  void failed(const Error& error) noexcept override {
    if (span) span->ended(&error);
    activation_->context().outbox_messages.fetch_sub(messages.size(), std::memory_order_relaxed);
    const bool goes_on = activation_->not_committed(*this, number_);
    wire::answer(std::move(call_), Error(error).may_have_run(error.may_have_run() || had_effect_));
    if (erases_more && !goes_on) activation_->part_erased({}, true);
    delete this;
  }

 private:
  Ptr<Activation> activation_;
  wire::EnvelopePtr call_;
  const std::uint64_t number_;
  const bool had_effect_;  // beside the commit
};

// What changes nothing itself, and was decided on a state that is not yet on disk: it waits at the output gate.
class Gated final : public store::Commit {
 public:
  // For an answer.
  Gated(Activation& activation, wire::EnvelopePtr answer) : Gated(activation, std::move(answer), 0) {}
  // For a call of the activation's. It counts among its commits: later calls do not overtake it.
  Gated(Activation& activation, wire::EnvelopePtr call, std::uint64_t number)
      : activation_(Ptr<Activation>::share(&activation)), number_(number), call_(std::move(call)) {
    partition = activation.address().partition;
    activation_->gate().date(*this);
  }

  void durable() noexcept override {
    if (number_ == 0) {
      wire::answer(std::move(call_));
    } else {
      // What was given up meanwhile does not leave any more.
      if (!call_->settled()) {
        auto& sink = call_->target->sink;
        sink.deliver(std::move(call_));
      }
      activation_->gate().ended(number_);
    }
    delete this;
  }
  void failed(const Error& error) noexcept override {
    if (number_ != 0) (void)activation_->not_committed(*this, number_);
    wire::answer(std::move(call_), error);
    delete this;
  }

 private:
  Ptr<Activation> activation_;
  const std::uint64_t number_;  // 0: of an answer
  wire::EnvelopePtr call_;
};

}  // namespace troupe::actor

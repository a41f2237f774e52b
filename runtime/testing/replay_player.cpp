#include "testing/replay_player.h"

#include <utility>

#include "troupe/error.h"
#include "troupe/service.h"

namespace troupe::testing {
namespace {

std::string text_of(capnp::Text::Reader text) { return {text.cStr(), text.size()}; }

// An error as it was told. A kind that this program does not know is one that it cannot act on.
Error error_in(recorded::Failure::Reader failure) {
  const auto last = static_cast<std::uint8_t>(ErrorKind::cancelled);
  const bool known = failure.getKind() >= 1 && failure.getKind() <= last;
  Error out(known ? static_cast<ErrorKind>(failure.getKind()) : ErrorKind::failed, text_of(failure.getCode()),
            text_of(failure.getMessage()));
  return out.may_have_run(failure.getMayHaveRun());
}

}  // namespace

void ReplayPlayer::play(recorded::Turn::Reader turn) {
  const std::lock_guard lock(mutex_);
  turn_ = turn;
  calls_.clear(), answers_.clear(), made_.clear(), done_.reset();
  for (auto& clock : clocks_) clock.clear();
  for (const auto told : turn.getTold()) {
    if (told.isCall() && !told.getCall().getDurable()) calls_.push_back(told.getCall());
    if (told.isAnswer()) answers_.push_back(told.getAnswer());
    if (told.isClock()) clocks_[told.getClock().getWhat()].push_back(told.getClock().getValue());
  }
}

std::unique_ptr<capnp::MallocMessageBuilder> ReplayPlayer::take_done() {
  const std::lock_guard lock(mutex_);
  return std::move(done_);
}

bool ReplayPlayer::takes(const wire::Address& actor, const wire::EnvelopePtr& call) {
  if (&actor != &actor_) return false;
  const std::lock_guard lock(mutex_);
  const std::size_t number = made_.size();
  bool foreign = number >= calls_.size();
  if (!foreign) {
    const auto recorded = calls_[number];
    foreign = recorded.getServiceId() != call->target->service_id || recorded.getMethod() != call->method;
  }
  made_.push_back({call, foreign});
  if (foreign)
    wire::answer(call, Error(ErrorKind::unavailable,
                             "the recording has no answer of " + call->target->text() + ": it did not call it there"));
  answer_what_is_due();
  return true;
}

// Answers come in the order that they came in, as soon as what they answer has been asked. A call whose answer never
// came waits, as it did then.
void ReplayPlayer::answer_what_is_due() {
  while (!answers_.empty() && answers_.front().getCall() < made_.size()) {
    const auto answer = answers_.front();
    answers_.pop_front();
    Made& made = made_[answer.getCall()];
    if (made.foreign) continue;
    if (answer.hasError()) {
      wire::answer(made.call, error_in(answer.getError()));
    } else {
      made.call->results.copy(answer.getResults());
      wire::answer(made.call);
    }
  }
}

std::int64_t ReplayPlayer::clock(const wire::Address& actor, actor::ClockRead what, std::int64_t value) {
  if (&actor != &actor_) return value;
  const std::lock_guard lock(mutex_);
  auto& recorded = clocks_[static_cast<std::uint8_t>(what)];
  if (recorded.empty()) return value;
  const std::int64_t out = recorded.front();
  if (recorded.size() > 1) recorded.pop_front();  // who asks more often is told the last
  return out;
}

void ReplayPlayer::take(const wire::Address&, std::unique_ptr<capnp::MallocMessageBuilder> turn,
                        const std::vector<const ServiceInfo*>&, bool) {
  const std::lock_guard lock(mutex_);
  if (!done_) done_ = std::move(turn);
}

}  // namespace troupe::testing

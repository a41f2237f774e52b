// The world around a turn that is run again: whoever it calls answers as was recorded, in the recorded order, and the
// clocks show what they showed. And the keeper of its tape, which is what the recording is compared with.
#pragma once

#include <capnp/message.h>
#include <troupe/recording.capnp.h>

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "actor/tape.h"

namespace troupe::testing {

class ReplayPlayer final : public actor::TurnPlayer, public actor::TapeKeeper {
 public:
  // `actor` outlives it.
  explicit ReplayPlayer(const wire::Address& actor) : actor_(actor) { recordings = 1; }

  // --- the test's thread, between turns ---
  // From now on the turn is this one; the recording outlives it.
  void play(recorded::Turn::Reader turn);
  // A recorded::Turn: what the turn did. Null: it did not run, or not to its end.
  [[nodiscard]] std::unique_ptr<capnp::MallocMessageBuilder> take_done();

  // --- worker threads ---
  [[nodiscard]] bool takes(const wire::Address& actor, const wire::EnvelopePtr& call) override;
  [[nodiscard]] std::int64_t clock(const wire::Address& actor, actor::ClockRead what, std::int64_t value) override;
  [[nodiscard]] bool records(const wire::Address& actor) noexcept override { return &actor == &actor_; }
  void take(const wire::Address& actor, std::unique_ptr<capnp::MallocMessageBuilder> turn,
            const std::vector<const ServiceInfo*>& called, bool crashed) override;

 private:
  struct Made {
    wire::EnvelopePtr call;
    bool foreign;  // the recording has another call in its place
  };
  void answer_what_is_due();

  const wire::Address& actor_;
  std::mutex mutex_;
  recorded::Turn::Reader turn_;
  std::vector<recorded::Call::Reader> calls_;     // that it made, without messages
  std::deque<recorded::Answer::Reader> answers_;  // that have not come
  std::vector<Made> made_;
  std::array<std::deque<std::int64_t>, 256> clocks_;
  std::unique_ptr<capnp::MallocMessageBuilder> done_;
};

}  // namespace troupe::testing

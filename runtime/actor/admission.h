// The door of a mailbox: whether a call may wait for its actor, and the error of one that may not.
//
// What is never turned away: replies, for they end work that was begun; reminders, answers and what the admin API asks
// for, for the node itself limits those. Durable messages are let in up to twice the mailbox, so that callers do not
// crowd them out; the courier tries again.
#pragma once

#include "actor/activation.h"

namespace troupe::actor {

// `none`: it may, and is counted as one that waits; post it. Any thread.
[[nodiscard]] Bound admit(Context& context, const Activation& activation, wire::Envelope& call) noexcept;

// Answers a call that `bound` turned away: `overloaded`, and when to come again. Any thread.
void turn_away(Context& context, const Activation& activation, wire::EnvelopePtr call, Bound bound) noexcept;

}  // namespace troupe::actor

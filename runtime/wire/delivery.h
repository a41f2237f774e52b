// What a call carries when it is no ordinary call: a durable message, or work that the runtime gives to an actor.
//
// A message travels like any call and says which one of its channel (one sender, one receiver) it is; a watch travels
// too. The other kinds never leave the node.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/mail.h"
#include "troupe/error.h"
#include "troupe/ids.h"
#include "troupe/monitor.h"

namespace troupe::wire {

class Envelope;

// A call that watches its actor instead of running a method. It is answered, with an error whose code is the reason,
// when the actor goes down; a second call under the same id ends it before that. What else there is to it:
// wire/monitor_request.h.
struct MonitorRequest {
  bool begins = true;         // false: the watch of this call's id ends
  bool linked = false;        // what becomes of the watcher concerns the actor too
  std::string watcher{};      // "Order/o-1"
  std::uint64_t token = 0;    // the watcher's own number for it; stays on its node
  DownReason watcher_down{};  // it ends because the watcher went down; 0: it only ends
  std::string why{};          // of that, in words
};

// A value: copies share what is behind pointers, which nobody changes.
struct Delivery {
  enum class Kind : std::uint8_t {
    message,   // a durable message of another actor
    answer,    // the outcome of a message that this actor sent
    reminder,  // a reminder of this actor has come due
    resend,    // a dead letter is to be sent once more
    drop,      // a dead letter is to be forgotten
    erase,     // all that the actor keeps is to go
    watch,     // somebody watches the actor, or does so no more; travels too
  };
  Kind kind = Kind::message;

  // --- message ---
  RequestId channel{};  // the sender, as a hash
  std::string sender;   // and in words: "Order/o-1"
  std::uint64_t sender_service = 0;
  std::uint64_t sequence = 0;  // grows with every message of the sender
  std::uint64_t after = 0;     // the message before it that is not acknowledged yet; 0: none
  bool keep_reply = false;     // its sender wants the reply, also when it asks again

  // --- the others ---
  std::string name;                    // answer: the tag; reminder: its name
  std::string row;                     // answer: the message's durable key; resend, drop: the dead letter's
  std::uint64_t due_ms = 0;            // reminder
  std::string to;                      // answer: whom the message was for
  std::shared_ptr<const Error> error;  // answer: what the message ended with; null: with `outcome`'s results
  Ptr<Envelope> outcome;
  std::shared_ptr<const MonitorRequest> watch;  // watch
};

}  // namespace troupe::wire

// What a call carries when it is no ordinary call: a durable message, or work that the runtime gives to an actor.
//
// A message travels like any call and says which one of its channel (one sender, one receiver) it is; a watch travels
// too. The other kinds never leave the node.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

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

// A durable message of another actor. It has a method, and is a turn like any call's.
struct DurableMessage {
  RequestId channel{};   // the sender, as a hash
  std::string sender{};  // and in words: "Order/o-1"
  std::uint64_t sender_service = 0;
  std::uint64_t sequence = 0;  // grows with every message of the sender
  std::uint64_t after = 0;     // the message before it that is not acknowledged yet; 0: none
  bool keep_reply = false;     // its sender wants the reply, also when it asks again
};

// The outcome of a message that this actor sent.
struct MessageAnswer {
  std::string tag;
  std::string row;                     // the message's durable key
  std::string to;                      // whom the message was for
  std::shared_ptr<const Error> error;  // what the message ended with; null: with `outcome`'s results
  Ptr<Envelope> outcome;
};

// A reminder of this actor has come due.
struct DueReminder {
  std::string name;
  std::uint64_t due_ms = 0;
};

// A dead letter is to go: sent once more, or forgotten.
struct EndOfDeadLetter {
  std::string row;  // its durable key
  bool send_again = false;
};

// All that the actor keeps is to go.
struct EraseAll {};

// A value: copies share what is behind pointers, which nobody changes. Who asks about one kind only: message_of() in
// wire/envelope.h, watch_of() in wire/monitor_request.h. Who treats each kind in its own way visits, so that a kind
// without a way does not compile.
using Delivery = std::variant<DurableMessage, MessageAnswer, DueReminder, EndOfDeadLetter, EraseAll, MonitorRequest>;

}  // namespace troupe::wire

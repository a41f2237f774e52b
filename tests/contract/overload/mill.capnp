@0xd5b1c07e93f2a864;
# Actors that are as slow as a test wants them.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::overload");

# Keeps nothing. Every turn passes the test's gate and works for as long as it is told.
interface Mill $Troupe.actor() {
  grind @0 (grain :Data) -> (before :UInt64);  # turns of all mills before this one
  # Has another mill grind.
  pass @1 (to :Text) -> ();
}

struct SiloState {
  sacks @0 :UInt32;
}

# Takes what is sent to it, as slowly as a mill.
interface Silo $Troupe.actor(state = "SiloState") {
  put @0 () -> ();
  sacks @1 () -> (count :UInt32) $Troupe.readOnly;
  # Refuses as overloaded at first.
  putLater @2 (retryAfterMs :UInt32) -> ();
  # Milliseconds between the first refusal and the taking.
  waited @3 () -> (milliseconds :UInt64) $Troupe.readOnly;
}

struct CartState {
  sent @0 :UInt32;
}

# Sends durable messages to a silo.
interface Cart $Troupe.actor(state = "CartState") {
  send @0 (to :Text, sacks :UInt32) -> ();
  sendLater @1 (to :Text, retryAfterMs :UInt32) -> ();
  # Wakes after a millisecond, by a durable reminder, and sends one.
  remind @2 (to :Text) -> ();
}

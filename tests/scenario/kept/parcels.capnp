@0xe8a1d5c27b904f36;
# Senders that keep something of every kind, boxes that do not take everything, and safes that nobody looks into.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("parcels");

struct SenderState {
  sent @0 :UInt32;
  note @1 :Text;
}

struct Slip {
  to @0 :Text;
  weight @1 :UInt32;
}

interface Sender $Troupe.actor(state = "SenderState", history = 3) {
  send @0 (to :Text, weight :UInt32) -> (sent :UInt32);
  # Edits, then ends as told: "refuse", "crash".
  note @1 (text :Text, ending :Text) -> ();
  look @2 () -> (sent :UInt32, note :Text) $Troupe.readOnly;
  # A reminder that notes its own name; one called "bad" crashes.
  remind @3 (name :Text, inMs :UInt64, everyMs :UInt64) -> ();
  # Rows of table "slips": keys of eight bytes, big-endian, from `first` on.
  list @4 (first :UInt64, count :UInt32) -> ();
}

struct BoxState {
  weights @0 :List(UInt32);
  lenient @1 :Bool;
}

interface Box $Troupe.actor(state = "BoxState") {
  # Refuses what is heavier than 10 until it is lenient.
  take @0 (weight :UInt32) -> ();
  beLenient @1 () -> ();
  taken @2 () -> (weights :List(UInt32)) $Troupe.readOnly;
}

struct SafeState {
  owner @0 :Text;
  pin @1 :Text $Troupe.secret;
}

struct Coin {
  worth @0 :UInt32;
  mark @1 :Text $Troupe.secret;
}

interface Safe $Troupe.actor(state = "SafeState", history = 3) {
  # With a row of table "coins" that has the pin for its mark.
  lock @0 (owner :Text, pin :Text $Troupe.secret) -> (owner :Text, pin :Text $Troupe.secret);
  pin @1 () -> (pin :Text $Troupe.secret) $Troupe.readOnly;
  # Sends `open` to another safe, which refuses.
  send @2 (to :Text, pin :Text $Troupe.secret) -> ();
  open @3 (owner :Text, pin :Text $Troupe.secret) -> ();
}

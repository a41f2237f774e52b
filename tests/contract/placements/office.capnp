@0xb7d1f3c2a5946e18;
# Services of every placement, which say where they are.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("troupe::office");

struct Place {
  node @0 :Text;
  key @1 :Text;
  actor @2 :UInt64;  # no two actors of the process have the same
}

interface Typist $Troupe.actor(placement = "pool", balance = "round_robin", instances = 2) {
  where @0 () -> (place :Place) $Troupe.retry;
  # Says where it is when the latch of that name is released, by which is shown how often it began.
  hold @1 (latch :Text) -> (place :Place);
  holdSafely @2 (latch :Text) -> (place :Place) $Troupe.retry;
  # Asks another typist.
  ask @3 () -> (place :Place);
  # Does not answer on that node.
  fail @4 (node :Text) -> ();
  note @5 (text :Text) -> ();
  noted @6 () -> (count :UInt32);
  monitorPool @7 () -> ();
  sign @8 () -> () $Auth.user;
}

interface Porter $Troupe.actor(placement = "pinned") {
  where @0 () -> (place :Place) $Troupe.retry;
  # Asks the porter of the own node.
  own @1 () -> (place :Place);
  mine @2 () -> () $Auth.self;
}

struct LedgerState {
  entries @0 :UInt32;
}

interface Chief $Troupe.actor(placement = "singleton", state = "LedgerState") {
  where @0 () -> (place :Place, entries :UInt32);
  # Sends a typist a durable message.
  tell @1 (text :Text) -> ();
}

interface Visitor $Troupe.actor() {
  where @0 () -> (place :Place);
}

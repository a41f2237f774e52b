# A saga whose flow each test brings along, and somebody who takes money for it.

@0xf022bf72c4e4b734;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Saga = import "/saga/saga.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("trip");

struct TripState {
  phases @0 :List(Text);   # as on_phase() was told
  note @1 :Text;
  marks @2 :UInt32;
}

struct Receipt {
  number @0 :UInt64;
  what @1 :Text;
}

interface Trip $Troupe.actor(state = "TripState") {
  begin @0 () -> (began :Bool) $Auth.public;
  # Begins if need be, and waits.
  whole @1 () -> (phase :Saga.Phase, error :Text) $Troupe.reentrant $Auth.public;
  cancel @2 () -> (changed :Bool) $Troupe.reentrant;
  kill @3 () -> (changed :Bool) $Troupe.reentrant;
  goOn @4 () -> (changed :Bool);
  decide @5 (tookEffect :Bool) -> (changed :Bool);
  pay @6 (receipt :Receipt) -> (first :Bool) $Troupe.reentrant;
  progress @7 () -> (saga :Saga.SagaStatus) $Troupe.readOnly;
  look @8 () -> (phases :List(Text), note :Text, marks :UInt32) $Troupe.readOnly;
  again @9 () -> (began :Bool);
  crash @10 () -> () $Troupe.reentrant;
  # The two wait for themselves.
  editAndWait @11 () -> () $Troupe.reentrant;
  waitAlone @12 () -> (phase :Saga.Phase);
}

struct TillState {
  taken @0 :UInt64;
  returned @1 :UInt64;
  takes @2 :UInt32;
  log @3 :List(Text);
}

interface Till $Troupe.actor(state = "TillState", remember = 20) {
  # Refused: too_much (more than 1,000). Not idempotent: it takes again whenever it runs.
  take @0 (cents :UInt64, what :Text) -> (number :UInt64);
  giveBack @1 (cents :UInt64, what :Text) -> ();
  view @2 () -> (taken :UInt64, returned :UInt64, takes :UInt32, log :List(Text)) $Troupe.readOnly;
}

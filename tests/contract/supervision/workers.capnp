@0xb0c4a5d27f31e968;
# Actors to be supervised: they write down when they start and stop, and end as they are told to.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::contract");

struct WorkerState {
  total @0 :Int64;
}

interface Worker $Troupe.actor(state = "WorkerState") {
  add @0 (amount :Int64) -> (total :Int64);
  total @1 () -> (total :Int64) $Troupe.readOnly;
  crash @2 () -> ();
  # Adds, then ends itself: normally, or with a cause if one is given; "refuse": and is rolled back.
  finish @3 (amount :Int64, cause :Text, ending :Text) -> ();
  # Adds, and waits until the test opens the gate.
  hold @4 (amount :Int64) -> (total :Int64);
  # The same after a call to another worker.
  holdAfter @5 (other :Text) -> ();
  forget @6 () -> ();
}

interface Helper $Troupe.actor() {
  calls @0 () -> (calls :UInt32);
  crash @1 () -> ();
}

@0xd1f0a9c35b7e4682;
# One counter per key.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("app");

struct CounterState {
  total @0 :Int64;
}

interface Counter $Troupe.actor(state = "CounterState") {
  add @0 (amount :Int64) -> (total :Int64);
  get @1 () -> (total :Int64) $Troupe.readOnly;
}

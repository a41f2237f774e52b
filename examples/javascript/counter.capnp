@0xae48e01078770824;
# One counter per key, and who may count.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("counters");

struct CounterState {
  total @0 :Int64;
}

interface Counter $Troupe.actor(state = "CounterState") {
  add @0 (amount :Int64) -> (total :Int64) $Auth.user;
  get @1 () -> (total :Int64) $Troupe.readOnly $Auth.user;
  # With the code too_low when that would make it negative.
  take @2 (amount :Int64) -> (total :Int64) $Auth.user;
}

@0xe8a3b6d2471c9f05;
# What is called when load is offered: some processor time a call, and with it a commit or not.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::bench");

interface Grinder $Troupe.actor() {
  grind @0 (rounds :UInt64) -> (sum :UInt64);
}

struct SackState {
  sum @0 :UInt64;
}

interface DurableGrinder $Troupe.actor(state = "SackState") {
  grind @0 (rounds :UInt64) -> (sum :UInt64);
}

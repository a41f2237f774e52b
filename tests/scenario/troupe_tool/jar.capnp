@0xb1c5f7a90d3e6284;
# Something to look at: a jar with a label.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("jars");

struct JarState {
  label @0 :Text;
  coins @1 :UInt64;
}

interface Jar $Troupe.actor(state = "JarState") {
  put @0 (coins :UInt64, label :Text) -> (coins :UInt64);
  take @1 (coins :UInt64) -> (coins :UInt64);
  count @2 () -> (coins :UInt64) $Troupe.readOnly;
  smash @3 () -> ();       # crashes
}

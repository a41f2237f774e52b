@0x9a1d4c7be05f3361;
# The first version: what the others follow.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("jars");

struct Coin {
  cents @0 :UInt32;
}

struct JarState {
  label @0 :Text;
  coins @1 :List(Coin);
}

interface Jar $Troupe.actor(state = "JarState") {
  put @0 (cents :UInt32, label :Text) -> ();
  show @1 () -> (coins :UInt32, text :Text) $Troupe.readOnly;
}

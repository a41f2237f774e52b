@0x9a1d4c7be05f3361;
# May not follow the first: a field of another type, another default, a method less.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("jars");

struct Coin {
  cents @0 :UInt32 = 1;
}

struct JarState {
  label @0 :Text;
  coins @1 :Text;
  last @2 :Coin;
}

interface Jar $Troupe.actor(state = "JarState") {
  put @0 (cents :UInt32, label :Text) -> ();
}

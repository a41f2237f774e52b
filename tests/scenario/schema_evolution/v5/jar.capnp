@0x9a1d4c7be05f3361;
# Follows the one before: the same struct means something else. Knows the states of both before it.

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

struct Purse {
  cents @0 :UInt64;
  text @1 :Text;
}

interface Jar $Troupe.actor(state = "Purse", version = 2) {
  put @0 (cents :UInt32, label :Text) -> ();
  show @1 () -> (coins :UInt32, text :Text) $Troupe.readOnly;
}

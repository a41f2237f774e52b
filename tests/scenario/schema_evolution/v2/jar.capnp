@0x9a1d4c7be05f3361;
# Follows the first: new fields, a new name, a new method.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("jars");

enum Metal {
  copper @0;
  gold @1;
}

struct Coin {
  cents @0 :UInt32;
  metal @1 :Metal;
}

struct JarState {
  name @0 :Text;
  coins @1 :List(Coin);
  owner @2 :Text = "nobody";
}

interface Jar $Troupe.actor(state = "JarState") {
  put @0 (cents :UInt32, label :Text, metal :Metal) -> ();
  show @1 () -> (coins :UInt32, text :Text) $Troupe.readOnly;
  give @2 (owner :Text) -> ();
}

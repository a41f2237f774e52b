@0x9a1d4c7be05f3361;
# May not follow the sixth if that has put slips away: a slip's cents are of another type.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("jars");

struct JarState {
  label @0 :Text;
}

struct Slip {
  text @0 :Text;
  cents @1 :Int64;
}

interface Jar $Troupe.actor(state = "JarState") {
  put @0 (cents :UInt32, label :Text) -> ();
  show @1 () -> (coins :UInt32, text :Text) $Troupe.readOnly;
  stamp @2 (cents :UInt32) -> ();
  mix @3 () -> ();
}

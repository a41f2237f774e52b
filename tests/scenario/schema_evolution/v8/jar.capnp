@0x9a1d4c7be05f3361;
# Follows the sixth: slips and stamps have more fields, one of which lies where the sixth has nothing.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("jars");

struct JarState {
  label @0 :Text;
}

struct Slip {
  text @0 :Text;
  cents @1 :UInt32;
  urgent @2 :Bool;
  note @3 :Text;
}

interface Jar $Troupe.actor(state = "JarState") {
  put @0 (cents :UInt32, label :Text) -> ();
  show @1 () -> (coins :UInt32, text :Text) $Troupe.readOnly;
  stamp @2 (cents :UInt32) -> ();
  mix @3 () -> ();
}

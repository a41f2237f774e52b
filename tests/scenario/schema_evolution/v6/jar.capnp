@0x9a1d4c7be05f3361;
# Keeps slips in tables: of a struct of this file that no method names, and of one from another file.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("jars");

struct JarState {
  label @0 :Text;
}

struct Slip {
  text @0 :Text;
  cents @1 :UInt32;
}

interface Jar $Troupe.actor(state = "JarState") {
  put @0 (cents :UInt32, label :Text) -> ();
  show @1 () -> (coins :UInt32, text :Text) $Troupe.readOnly;
  # Into a table of the struct from the other file.
  stamp @2 (cents :UInt32) -> ();
  # Into the table of slips, as another struct.
  mix @3 () -> ();
}

@0xe1c9b6d2a4f08c17;
# A service of the compile tests: each method has results of its own, for a compiler complains of a template once.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("use");

struct BoardState {
  title @0 :Text;
  total @1 :Int64;
}

struct Score {
  points @0 :Int64;
}

interface Board $Troupe.actor(state = "BoardState") {
  bids @0 () -> (bids :List(Int64)) $Troupe.readOnly;
  title @1 () -> (title :Text) $Troupe.readOnly;
  total @2 () -> (total :Int64) $Troupe.readOnly;
  first @3 () -> (value :Int64) $Troupe.readOnly;
  second @4 () -> (value :Int64) $Troupe.readOnly;
  third @5 () -> (value :Int64) $Troupe.readOnly;
}

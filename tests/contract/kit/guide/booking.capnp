@0xb7e4c1d09a2f6358;
# A seat that is held for a quarter of an hour, and sold when it is paid for.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("guide");

struct SeatState {
  heldBy @0 :Text;
  sold @1 :Bool;
}

interface Seat $Troupe.actor(state = "SeatState") {
  hold @0 (guest :Text) -> ();
  pay @1 (cents :UInt64) -> ();
}

struct TillState {
  cents @0 :UInt64;
}

interface Till $Troupe.actor(state = "TillState") {
  charge @0 (cents :UInt64) -> (cents :UInt64);
}

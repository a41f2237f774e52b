@0x9d3f6a1be07c4852;
# Every form of service the generator knows.
using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Common = import "common.capnp";
$Cxx.namespace("depot::v1");

interface Stock $Troupe.actor(state = "StockState", remember = 7) {
  # One shelf. \
  restock @0 (quantity :UInt32) -> (onHand :UInt32) $Troupe.timeout(1500) $Troupe.retry;
  # Puts goods on the shelf.
  level @1 () -> (onHand :UInt32) $Troupe.readOnly $Troupe.http("GET /stock/{key}");
  weigh @2 Common.Weight -> Common.Nothing $Troupe.reentrant $Troupe.auth("role:\"clerk\"");
  clear @3 Common.Nothing -> ();
  delete @4 (reason :Text) -> ();
}

struct StockState { onHand @0 :UInt32; }

struct Yard {
  struct State { gates @0 :List(Text); }
  interface Gate $Troupe.actor(state = "State", version = 3) {
    open @0 (name :Text) -> ();
  }
}

interface Clerk $Cxx.name("Porter") $Troupe.actor() {
  lift @0 (load :Common.Weight) -> () $Cxx.name("heave");
}

interface Idle $Troupe.actor(state = "Yard.State") {}

@0x9d3f6a1be07c4852;
# Every form of service the generator knows.
using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";
using Common = import "common.capnp";
$Cxx.namespace("depot::v1");

interface Stock $Troupe.actor(state = "StockState", remember = 7)
    $Http.key("shelf") $Http.version("v1") $Auth.self {
  # One shelf. \
  restock @0 (quantity :UInt32) -> (onHand :UInt32) $Troupe.timeout(1500) $Troupe.retry;
  # Puts goods on the shelf.
  level @1 () -> (onHand :UInt32) $Troupe.readOnly $Http.get("/stock/{shelf}") $Auth.public;
  weigh @2 Common.Weight -> Common.Nothing $Troupe.reentrant $Http.put("/stock/{shelf}/weight") $Auth.role("clerk admin") $Auth.scope("stock:write") $Http.status(202) $Http.deprecated(since = "2026-11-01", sunset = "2027-01-31", instead = "nothing");
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

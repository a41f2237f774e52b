# An order's life: draft -> placing -> confirmed -> shipped, with refused and cancelled as the other ends. One Order per id,
# and one OrderBook per user that lists them.

@0x82f0ca6f2696dd1c;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";
using Saga = import "/saga/saga.capnp";

$Cxx.namespace("shop");

enum OrderStatus {
  none @0;
  draft @1;                     # its lines are fixed; nothing is decided
  confirmed @2;                 # every line is reserved and the total is charged
  refused @3;                   # `reason` says why; nothing stays reserved or charged
  cancelled @4;                 # nothing stays reserved or charged
  shipped @5;                   # sold
  placing @6;                   # its saga runs: reserves, charges, decides, whoever asks or does not
}

struct OrderLine {
  sku @0 :Text;
  quantity @1 :UInt32;
  unitCents @2 :UInt64;
}

struct OrderState {
  status @0 :OrderStatus;
  user @1 :Text;
  address @2 :Text;
  lines @3 :List(OrderLine);
  totalCents @4 :UInt64;
  reason @5 :Text;              # why it was refused: the refusal's code ...
  explanation @6 :Text;         # ... and its sentence
  unsettled @7 :Bool;           # decided, but stock and account have not all been told
  untold @8 :UInt32;            # so many of them: messages that are not answered yet
}

interface Order $Troupe.actor(state = "OrderState") $Http.key("order") {
  create @0 (user :Text, address :Text, lines :List(OrderLine)) -> (totalCents :UInt64);
  # Fixes user, address and lines. Again by the same user: nothing changes, and the total is told.
  # Refused: order_exists (somebody else's), bad_order.

  update @1 (address :Text) -> () $Http.patch("/orders/{order}") $Auth.role("admin");
  # Changes where it goes, until it is shipped. Refused: no_such_order, too_late.

  place @2 () -> (status :OrderStatus, reason :Text, explanation :Text)
    $Troupe.reentrant $Http.post("/orders/{order}/place") $Auth.role("admin") $Troupe.timeout(15000);
  # Reserves every line, charges the total, and decides: confirmed or refused. A decided order tells what was decided.
  # Once it has begun it comes to its end whether or not the caller waits. Refused: no_such_order.

  cancel @3 () -> () $Troupe.reentrant $Http.post("/orders/{order}/cancel") $Auth.role("admin");
  # An order that is being placed gives back what it took, soon after. Refused: no_such_order, too_late. Idempotent.

  ship @4 () -> ();
  # Refused: no_such_order, not_confirmed. Idempotent.

  settle @5 () -> () $Troupe.reentrant $Troupe.timeout(15000);
  # Returns when stock and account know what was decided. The order tells them by itself.

  view @6 () -> (status :OrderStatus, user :Text, address :Text, lines :List(OrderLine), totalCents :UInt64, reason :Text,
                 settled :Bool)
    $Troupe.readOnly $Http.get("/orders/{order}") $Auth.role("admin");
  # Refused: no_such_order.

  progress @7 () -> (saga :Saga.SagaStatus) $Troupe.readOnly $Http.get("/orders/{order}/progress") $Auth.role("admin");
  # How far its placing is: steps, attempts, errors.

  goOn @8 () -> ();
  # For whoever looks after the shop, when a placing is stuck: it goes on where it was; or after somebody found out whether
  # the step in doubt took effect; or it ends where it is, and nothing is given back.

  decide @9 (tookEffect :Bool) -> ();
  abandon @10 () -> ();
}

struct OrderBookState {
  orders @0 :List(Text);        # the oldest first
}

interface OrderBook $Troupe.actor(state = "OrderBookState") $Http.key("user") {
  # The orders of one user name. An order is entered before it exists, so none can be missing.

  add @0 (order :Text) -> ();
  # Idempotent. Refused: too_many_orders.

  list @1 (offset :UInt32, limit :UInt32) -> (orders :List(Text), total :UInt32)
    $Troupe.readOnly $Http.get("/users/{user}/orders") $Auth.self $Auth.role("admin");
  # A page from position `offset` on; it ends at `limit` (at most 500; 0: 100).
}

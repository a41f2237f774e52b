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
  name @3 :Text;                # as it was then; empty: of an older build
  nameZh @4 :Text;
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
  createdMs @9 :UInt64;
  endedMs @10 :UInt64;          # refused, cancelled or shipped; 0: not yet
  fromCart @11 :Bool;           # its placing takes the goods out of the user's cart
  removed @12 :Bool;            # no longer in the user's list
  forgetting @13 :Bool;         # the user was erased: the address goes with the order's end
}

struct OrderView {
  order @0 :Text;
  status @1 :OrderStatus;
  user @2 :Text;
  address @3 :Text;
  lines @4 :List(OrderLine);
  totalCents @5 :UInt64;
  reason @6 :Text;
  explanation @7 :Text;
  settled @8 :Bool;
  createdMs @9 :UInt64;
  endedMs @10 :UInt64;
}

interface Order $Troupe.actor(state = "OrderState") $Http.key("order") {
  # Whose it is and admins may look at it and change it; for everybody else it is not there.

  create @0 (user :Text, address :Text, lines :List(OrderLine)) -> (totalCents :UInt64);
  # Fixes user, address and lines. Again by the same user: nothing changes, and the total is told.
  # Refused: order_exists (somebody else's), bad_order.

  update @1 (address :Text) -> () $Http.patch("/orders/{order}") $Auth.user;
  # Changes where it goes, until it is shipped. Refused: no_such_order, too_late, no_address.

  place @2 () -> (status :OrderStatus, reason :Text, explanation :Text)
    $Troupe.reentrant $Troupe.timeout(15000);
  # Reserves every line, charges the total, and decides: confirmed or refused. A decided order tells what was decided.
  # Once it has begun it comes to its end whether or not the caller waits. Refused: no_such_order.

  cancel @3 () -> (status :OrderStatus) $Troupe.reentrant $Http.post("/orders/{order}/cancel") $Auth.user;
  # An order that is being placed gives back what it took, soon after. Refused: no_such_order, too_late. Idempotent.

  ship @4 () -> () $Http.post("/orders/{order}/ship") $Auth.role("admin");
  # Refused: no_such_order, not_confirmed. Idempotent.

  settle @5 () -> () $Troupe.reentrant $Troupe.timeout(15000);
  # Returns when stock and account know what was decided. The order tells them by itself.

  view @6 () -> (status :OrderStatus, user :Text, address :Text, lines :List(OrderLine), totalCents :UInt64, reason :Text,
                 settled :Bool, order :Text, explanation :Text, createdMs :UInt64, endedMs :UInt64, removed :Bool)
    $Troupe.readOnly $Http.get("/orders/{order}") $Auth.user;
  # Refused: no_such_order.

  progress @7 () -> (saga :Saga.SagaStatus) $Troupe.readOnly $Http.get("/orders/{order}/progress") $Auth.user;
  # How far its placing is: steps, attempts, errors.

  goOn @8 () -> ();
  # For whoever looks after the shop, when a placing is stuck: it goes on where it was; or after somebody found out whether
  # the step in doubt took effect; or it ends where it is, and nothing is given back.

  decide @9 (tookEffect :Bool) -> ();
  abandon @10 () -> ();

  checkOut @11 (address :Text, totalCents :UInt64)
    -> (order :Text, status :OrderStatus, totalCents :UInt64, reason :Text, explanation :Text)
    $Troupe.reentrant $Troupe.timeout(15000)
    $Http.post("/orders") $Http.fresh("o-") $Http.status(201) $Http.location("/orders/{order}") $Http.idempotencyKey
    $Auth.user;
  # Makes an order of the caller's cart, at today's prices, and places it. Waits three seconds for what is decided. A refused
  # order puts the goods back into the cart. `totalCents`, if it is not 0: what the caller saw. An empty address: the
  # profile's. Asked again, also years later, it tells what became of the order, and nothing else happens.
  # Refused: cart_empty, not_on_sale, no_address, price_changed, erased, too_many_orders.

  remove @12 () -> () $Http.delete("/orders/{order}") $Auth.user;
  # An order that has ended is in its user's list no more. Refused: no_such_order, not_ended. Idempotent.

  forget @13 () -> ();
  # Its user is erased: the address goes now if the order has ended, else when it ends.
}

struct OrderBookState {
  orders @0 :List(Text);        # the oldest first
  erased @1 :Bool;              # its user is, and orders no more
}

interface OrderBook $Troupe.actor(state = "OrderBookState") $Http.key("user") {
  # The orders of one user name. An order is entered before it exists, so none can be missing.

  add @0 (order :Text) -> ();
  # Idempotent. Refused: too_many_orders, erased.

  list @1 (offset :UInt32, limit :UInt32) -> (orders :List(Text), total :UInt32) $Troupe.readOnly;
  # A page from position `offset` on, also of those that were removed; it ends at `limit` (at most 500; 0: 100).

  mine @2 (status :OrderStatus, before :UInt32, limit :UInt32) -> (orders :List(OrderView), next :UInt32, more :Bool)
    $Troupe.readOnly $Http.get("/orders") $Http.own $Auth.user;
  # The caller's orders of that status (none: all), the latest first, from before the place that the page before ended at
  # (0: the end). A page ends at `limit` (at most 100; 0: 20), or where many do not fit.

  forget @3 () -> ();
  # Its user is erased: every order is told.
}

# How many there are: one Stock per SKU. At all times received = on hand + reserved + sold.

@0xf692df7d063c847e;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("shop");

struct StockState {
  received @0 :UInt64;
  onHand @1 :UInt64;            # neither reserved nor sold
  sold @2 :UInt64;
  reservations @3 :List(Reservation);
  closed @4 :List(Text);        # orders sold or released last; they cannot reserve again
  deliveries @5 :List(Text);    # booked last; they are not booked again
}

struct Reservation {
  order @0 :Text;
  quantity @1 :UInt32;
}

interface Stock $Troupe.actor(state = "StockState", remember = 128) $Http.key("sku") {
  # Everybody's orders come here, so answers are soon forgotten. An order whose node was away asks anew, and is known by its
  # id.

  restock @0 (delivery :Text, quantity :UInt32) -> (onHand :UInt64)
    $Http.post("/stock/{sku}/deliveries") $Auth.role("admin");
  # Books a delivery. Idempotent by `delivery`. Refused: no_such_product, bad_quantity.

  reserve @1 (order :Text, quantity :UInt32) -> ();
  # Sets `quantity` aside for an order. Idempotent by `order`. Refused: out_of_stock, order_closed, bad_quantity,
  # reserved_differently, too_many_reservations.

  release @2 (order :Text) -> ();
  # Puts back what the order has reserved, and lets it reserve nothing more. Idempotent.

  sell @3 (order :Text) -> ();
  # Hands out what the order has reserved. Idempotent.

  level @4 () -> (received :UInt64, onHand :UInt64, reserved :UInt64, sold :UInt64)
    $Troupe.readOnly $Http.get("/stock/{sku}") $Auth.role("admin");
  reservations @5 () -> (reservations :List(Reservation)) $Troupe.readOnly;
}

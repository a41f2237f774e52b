# What a user is about to order: one Cart per user name.

@0xf906c8b635fd4b5c;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("shop");

struct CartState {
  items @0 :List(CartItem);     # in the order they were added
  keptUntilMs @1 :UInt64;       # then it is emptied; 0: it is empty
  keepForMs @2 :UInt64;         # after the last change; 0: half an hour
}

struct CartItem {
  sku @0 :Text;
  quantity @1 :UInt32;
}

interface Cart $Troupe.actor(state = "CartState") {
  # Sets how many of a SKU are in the cart. Idempotent. Refused: no_such_product, not_on_sale, bad_quantity, cart_full.
  put @0 (sku :Text, quantity :UInt32) -> () $Troupe.http("PUT /carts/{key}/items/{sku}");
  # Idempotent.
  remove @1 (sku :Text) -> () $Troupe.http("DELETE /carts/{key}/items/{sku}");
  clear @2 () -> () $Troupe.http("DELETE /carts/{key}");
  view @3 () -> (items :List(CartItem), keptUntilMs :UInt64) $Troupe.readOnly $Troupe.http("GET /carts/{key}");
  # Makes an order of what is in the cart, at today's prices, and empties the cart. The caller chooses the order's id:
  # asking again for the same one changes nothing. Refused: cart_empty, not_on_sale, order_exists.
  checkOut @4 (order :Text, address :Text) -> (totalCents :UInt64) $Troupe.http("POST /carts/{key}/checkout");
  # How long this cart is kept after it was last changed: one second to 30 days. Refused: bad_time.
  keepFor @5 (milliseconds :UInt64) -> () $Troupe.http("PUT /carts/{key}/keep");
}

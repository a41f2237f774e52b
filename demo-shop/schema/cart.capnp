# What a user is about to order: one Cart per user name.

@0xf906c8b635fd4b5c;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("shop");

struct CartState {
  items @0 :List(CartItem);     # in the order they were added
  keptUntilMs @1 :UInt64;       # then it is emptied; 0: it is empty
  keepForMs @2 :UInt64;         # after the last change; 0: half an hour
  taken @3 :List(Text);         # orders whose goods were taken out last and not given back
}

struct CartItem {
  sku @0 :Text;
  quantity @1 :UInt32;
}

struct CartLine {
  sku @0 :Text;
  name @1 :Text;
  nameZh @2 :Text;
  quantity @3 :UInt32;
  unitCents @4 :UInt64;
  cents @5 :UInt64;
  onSale @6 :Bool;
  onHand @7 :UInt64;
}

interface Cart $Troupe.actor(state = "CartState") $Http.key("user") {
  put @0 (sku :Text, quantity :UInt32) -> () $Http.put("/carts/{user}/items/{sku}") $Auth.self;
  # Sets how many of a SKU are in the cart. Idempotent. Refused: no_such_product, not_on_sale, bad_quantity, cart_full.

  remove @1 (sku :Text) -> () $Http.delete("/carts/{user}/items/{sku}") $Auth.self;
  # Idempotent.

  clear @2 () -> () $Http.delete("/carts/{user}") $Auth.self;
  view @3 () -> (items :List(CartItem), keptUntilMs :UInt64) $Troupe.readOnly;
  checkOut @4 (order :Text, address :Text) -> (totalCents :UInt64);
  # Makes an order of what is in the cart, at today's prices, and empties the cart. The caller chooses the order's id:
  # asking again for the same one changes nothing. Refused: cart_empty, not_on_sale, order_exists.

  keepFor @5 (milliseconds :UInt64) -> () $Http.put("/carts/{user}/keep") $Auth.self;
  # How long this cart is kept after it was last changed: one second to 30 days. Refused: bad_time.

  show @6 () -> (lines :List(CartLine), totalCents :UInt64, count :UInt32, keptUntilMs :UInt64)
    $Troupe.readOnly $Http.get("/carts/{user}") $Auth.self;
  # With names and today's prices. The total is of what is on sale, the count of single goods.

  take @7 (order :Text, items :List(CartItem)) -> ();
  # These go into an order. Idempotent by `order`. Refused: cart_changed, when they are not in the cart.

  giveBack @8 (order :Text, items :List(CartItem)) -> ();
  # They come back, as far as there is room, if the order took them. Idempotent.
}

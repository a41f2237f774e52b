# What others may know of orders: the events of topic "orders". The event's key is the user, so that one user's events
# keep their order.

@0xe1b7a2c94d6f3805;

using Cxx = import "/capnp/c++.capnp";
using Orders = import "orders.capnp";

$Cxx.namespace("shop");

struct OrderPlaced {
  # Confirmed: every line is reserved and the total is charged.
  order @0 :Text;
  user @1 :Text;
  lines @2 :List(Orders.OrderLine);
  totalCents @3 :UInt64;
}

struct OrderCancelled {
  # After it was placed; nothing stays reserved or charged.
  order @0 :Text;
  user @1 :Text;
  lines @2 :List(Orders.OrderLine);
  totalCents @3 :UInt64;
}

struct OrderShipped {
  order @0 :Text;
  user @1 :Text;
}

struct OrderRefused {
  # It came to its end before it was placed: refused, or cancelled while it was being placed.
  order @0 :Text;
  user @1 :Text;
  lines @2 :List(Orders.OrderLine);
  totalCents @3 :UInt64;
  status @4 :Orders.OrderStatus;
  reason @5 :Text;
  explanation @6 :Text;
}

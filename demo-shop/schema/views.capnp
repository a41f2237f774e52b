# What the shop knows from its orders' events alone: how products sell, and what a user has ordered. Each event has its
# effects here once.

@0xa7c3e5f1082b46d9;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";
using Topics = import "/topic/topic.capnp";
using Orders = import "orders.capnp";

$Cxx.namespace("shop");

struct ProductSale {
  # A row of the sales table; its key is the SKU.
  orders @0 :UInt64;            # that were placed with it
  quantity @1 :UInt64;          # ordered, and not cancelled since
  cents @2 :UInt64;             # the same in money
  cancelled @3 :UInt64;         # of it, cancelled
}

struct DaySale {
  # A row of the table of days; its key is the day.
  day @0 :Text;                 # "2026-11-30", of UTC
  orders @1 :UInt64;            # that were placed
  quantity @2 :UInt64;          # of goods in them
  cents @3 :UInt64;
  cancelledOrders @4 :UInt64;   # that day, whenever they were placed
  cancelledCents @5 :UInt64;
}

struct ProductSalesState {
  events @0 :UInt64;            # taken so far
}

interface ProductSales $Troupe.actor(state = "ProductSalesState") {
  # How products sell. One, with the key "main".

  onOrders @0 Topics.EventBatch -> ();
  of @1 (sku :Text) -> (sale :ProductSale)
    $Troupe.readOnly $Http.get("/products/{sku}/sales") $Http.actor("main") $Auth.role("admin");
  # Zeros for a SKU that never sold.

  bestSellers @2 (limit :UInt32) -> (products :List(BestSeller))
    $Troupe.readOnly $Http.get("/sales") $Http.actor("main") $Auth.role("admin");
  # The most ordered first; at most `limit` (at most 100; 0: 10).

  list @3 (after :Text) -> (products :List(BestSeller), more :Bool, events :UInt64) $Troupe.readOnly;
  # A page in the order of SKUs, after one of them.

  days @4 (from :Text, to :Text) -> (days :List(DaySale))
    $Troupe.readOnly $Http.get("/sales/days") $Http.actor("main") $Auth.role("admin");
  # Those from `from` to `to`, both included, on which something happened, at most 400. Empty: until today; 30 days back from
  # there. Refused: bad_day.

  struct BestSeller {
    sku @0 :Text;
    sale @1 :ProductSale;
  }
}

struct PastOrder {
  # A row of a user's history; its key is when it was placed, and the order's id.
  order @0 :Text;
  placedMs @1 :UInt64;
  totalCents @2 :UInt64;
  status @3 :Orders.OrderStatus;  # confirmed, cancelled or shipped
  lines @4 :List(Orders.OrderLine);
}

struct PlacedAt {
  # A row that finds an order's place in the history; its key is the order's id.
  row @0 :Data;
}

struct OrderHistoryState {
  events @0 :UInt64;
}

interface OrderHistory $Troupe.actor(state = "OrderHistoryState") $Http.key("user") {
  # What one user has ordered. The key is the user name.

  onOrders @0 Topics.EventBatch -> ();
  list @1 (before :Data, limit :UInt32) -> (orders :List(PastOrder), next :Data, more :Bool)
    $Troupe.readOnly $Http.get("/users/{user}/history") $Auth.self $Auth.role("admin");
  # The latest first, from before the place that the page before ended at; at most 100 (0: 20).
}

struct DeskOrder {
  # A row of the desk's orders; its key is when it was heard of first, and the order's id.
  order @0 :Text;
  user @1 :Text;
  placedMs @2 :UInt64;
  totalCents @3 :UInt64;
  status @4 :Orders.OrderStatus;
  lines @5 :List(Orders.OrderLine);
}

struct OrderDeskState {
  events @0 :UInt64;
}

interface OrderDesk $Troupe.actor(state = "OrderDeskState") {
  # Everybody's orders, for those who ship them. One, with the key "main".

  onOrders @0 Topics.EventBatch -> ();
  list @1 (status :Orders.OrderStatus, user :Text, before :Data, limit :UInt32)
    -> (orders :List(DeskOrder), next :Data, more :Bool)
    $Troupe.readOnly $Http.get("/orders/all") $Http.actor("main") $Auth.role("admin");
  # The latest first, of that status (none: all) and that user (empty: all), from before the place that the page before ended
  # at. A page ends at `limit` (at most 100; 0: 20), or where many do not fit.
}

struct AdminAct {
  # A row of the log of what admins did; its key is when, and the event's number.
  atMs @0 :UInt64;
  who @1 :Text;
  service @2 :Text;
  method @3 :Text;
  key @4 :Text;                 # of the actor; empty: it has none
  outcome @5 :Text;             # "ok", or the kind of the error
  code @6 :Text;                # a refusal's
  status @7 :UInt16;            # of the answer
  traceId @8 :Text;
  address @9 :Text;             # that the request came from
  gateway @10 :Text;            # the node that it came to
}

struct AdminLogState {
  acts @0 :UInt64;              # ever heard of
}

interface AdminLog $Troupe.actor(state = "AdminLogState") {
  # What admins did, from the topic `audit` alone. One, with the key "main". The last 100,000 acts.

  onActs @0 Topics.EventBatch -> ();
  list @1 (who :Text, before :Data, limit :UInt32) -> (acts :List(AdminAct), next :Data, more :Bool)
    $Troupe.readOnly $Http.get("/audit") $Http.actor("main") $Auth.role("admin");
  # The latest first, of that admin (empty: all), from before the place that the page before ended at. A page ends at `limit`
  # (at most 100; 0: 20), or where many do not fit.
}

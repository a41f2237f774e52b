# Money: one Account per user name. At all times deposited = balance + charged and not refunded.

@0xf91bc9dea09eb467;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("shop");

struct AccountState {
  balanceCents @0 :UInt64;
  depositedCents @1 :UInt64;
  charges @2 :List(Charge);     # one per order, for good
  deposits @3 :List(Text);      # references booked last; they are not booked again
}

struct Charge {
  order @0 :Text;
  cents @1 :UInt64;
  refunded @2 :Bool;
}

interface Account $Troupe.actor(state = "AccountState") $Http.key("user") {
  deposit @0 (reference :Text, cents :UInt64) -> (balanceCents :UInt64)
    $Http.post("/accounts/{user}/deposits") $Auth.self $Auth.role("admin");
  # Idempotent by `reference`. Refused: bad_amount.

  charge @1 (order :Text, cents :UInt64) -> ();
  # Charges an order, once. Idempotent by `order`. Refused: insufficient_funds, order_closed, charged_differently,
  # too_many_charges, bad_amount.

  refund @2 (order :Text) -> ();
  # Gives back what the order was charged, and lets it be charged no more. Idempotent.

  view @3 () -> (balanceCents :UInt64, depositedCents :UInt64)
    $Troupe.readOnly $Http.get("/accounts/{user}") $Auth.self $Auth.role("admin");
  charges @4 (offset :UInt32, limit :UInt32) -> (charges :List(Charge), total :UInt32) $Troupe.readOnly;
  # A page from position `offset` on; it ends at `limit` (at most 500; 0: 100).
}

# Money: one Account per user name. At all times deposited = balance + paid out + charged and not refunded. And how payments
# behave, so that one can see what the shop does when they do not.

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
  paidOutCents @4 :UInt64;      # when it was closed, and what came back after that
  closed @5 :Bool;
  behaviour @6 :PaymentBehaviour;  # null: as the shop's
}

struct PaymentBehaviour {
  refusePercent @0 :UInt32;     # of the orders; always the same ones
  delayMs @1 :UInt32;           # that a charge takes
}

struct Charge {
  order @0 :Text;
  cents @1 :UInt64;
  refunded @2 :Bool;
}

interface Account $Troupe.actor(state = "AccountState") $Http.key("user") {
  deposit @0 (reference :Text, cents :UInt64) -> (balanceCents :UInt64)
    $Http.post("/accounts/{user}/deposits") $Auth.self $Auth.role("admin");
  # Idempotent by `reference`. Refused: bad_amount, account_closed.

  charge @1 (order :Text, cents :UInt64) -> () $Troupe.timeout(30000);
  # Charges an order, once. Idempotent by `order`. Refused: insufficient_funds, payment_refused, account_closed, order_closed,
  # charged_differently, too_many_charges, bad_amount.

  refund @2 (order :Text) -> ();
  # Gives back what the order was charged, and lets it be charged no more; a closed account pays it out. Idempotent.

  view @3 () -> (balanceCents :UInt64, depositedCents :UInt64, paidOutCents :UInt64)
    $Troupe.readOnly $Http.get("/accounts/{user}") $Auth.self $Auth.role("admin");
  charges @4 (offset :UInt32, limit :UInt32) -> (charges :List(Charge), total :UInt32)
    $Troupe.readOnly $Http.get("/accounts/{user}/charges") $Auth.self $Auth.role("admin");
  # A page from position `offset` on; it ends at `limit` (at most 500; 0: 100).

  behave @5 (refusePercent :UInt32, delayMs :UInt32) -> ()
    $Http.put("/accounts/{user}/behaviour") $Auth.role("admin");
  # From now on, instead of as the shop's. Refused: bad_behaviour.

  behaveAsAll @6 () -> () $Http.delete("/accounts/{user}/behaviour") $Auth.role("admin");
  close @7 () -> ();
  # Pays out the balance, and takes and charges nothing more. Idempotent.
}

struct PaymentsState {
  behaviour @0 :PaymentBehaviour;
}

interface Payments $Troupe.actor(state = "PaymentsState") {
  # How payments behave of all accounts that were told nothing else. One, with the key "main".

  behaviour @0 () -> (refusePercent :UInt32, delayMs :UInt32)
    $Troupe.readOnly $Http.get("/payments/behaviour") $Http.actor("main") $Auth.role("admin");
  behave @1 (refusePercent :UInt32, delayMs :UInt32) -> ()
    $Http.put("/payments/behaviour") $Http.actor("main") $Auth.role("admin");
  # So many of a hundred orders are refused, and a charge takes so long: at most 20,000 ms. Refused: bad_behaviour.
}

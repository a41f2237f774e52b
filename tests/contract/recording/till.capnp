@0xc1b7e94f52a0d386;
# A till and the bank that it asks: what a turn can see, for the tests of recorded turns.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("tills");

struct TillState {
  total @0 :Int64;
  sales @1 :UInt32;
}

struct Sale {
  amount @0 :Int64;
  atMs @1 :UInt64;
}

interface Till $Troupe.actor(state = "TillState") {
  # Takes note of a sale.
  sell @0 (article :Text, amount :Int64) -> (total :Int64);
  # Asks the bank for the rate, looks for the sale's row and at the clock, and divides by the rate.
  exchange @1 (article :Text, bank :Text) -> (amount :Int64);
  # Refuses.
  refund @2 () -> ();
  # With what nobody is to see.
  unlock @3 (pin :Text $Troupe.secret) -> ();
  # Calls the bank's `hold`, and waits.
  wait @4 (bank :Text) -> ();
}

struct BankState {
  rate @0 :Int64;
}

interface Bank $Troupe.actor(state = "BankState") {
  setRate @0 (rate :Int64) -> ();
  rate @1 (article :Text) -> (rate :Int64) $Troupe.readOnly;
  # Answers when the test lets it.
  hold @2 () -> ();
}

@0xe2b7c05d1a9f4836;
# An actor that takes and sends what is as long as a message may be, or longer.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::contract");

struct DepotState {
  taken @0 :List(UInt32);
  stock @1 :Data;
}

interface Depot $Troupe.actor(state = "DepotState") {
  # Writes down how long it is. A depot whose key is "closed" refuses.
  take @0 (content :Data) -> ();
  taken @1 () -> (lengths :List(UInt32)) $Troupe.readOnly;
  # One durable message for each length.
  send @2 (to :Text, lengths :List(UInt32)) -> ();
  # As long as asked.
  hand @3 (length :UInt32) -> (content :Data) $Troupe.readOnly;
  # The same of a turn that writes down so.
  handOut @4 (length :UInt32) -> (content :Data);
  # Makes the state as long as asked.
  store @5 (length :UInt32) -> ();
}

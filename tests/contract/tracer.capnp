@0xd7b0c2f6e8a14953;
# An actor that says which trace its turns belong to, for the contract tests.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::contract");

struct TracerState {
  notes @0 :List(Text);
}

# A trace is shown as hexadecimal digits, none as "none".
interface Tracer $Troupe.actor(state = "TracerState") {
  show @0 () -> (trace :Text) $Troupe.readOnly;
  # What `show` of another tracer says when this one calls it.
  showOf @1 (to :Text) -> (trace :Text) $Troupe.readOnly;
  # Sends `note` as a durable message and wants an answer, with which it notes "answer <trace>".
  send @2 (to :Text) -> ();
  # One whose key begins with "held" passes the latch "traced" first.
  note @3 () -> ();
  # When that rings, it notes "reminder <trace>".
  remindIn @4 (milliseconds :Int64) -> ();
  remindEvery @5 (milliseconds :Int64) -> ();
  notes @6 () -> (notes :List(Text)) $Troupe.readOnly;
  # Opens spans of its own, "outer" and "inner", with an attribute, calls `show` of `to` within, and leaves "left open" to
  # the end of its turn. Says whether it records.
  spans @7 (to :Text, secret :Text) -> (recorded :Bool) $Troupe.readOnly;
}

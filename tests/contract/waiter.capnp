@0xb7d24c90e1f35a68;
# An actor that waits and holds, for the tests of deadlines, cancellation, slow turns and stopping.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::contract");

# How its turns of `wait` and `relay` went.
interface Waiter $Troupe.actor() {
  # Waits until it is let go.
  wait @0 () -> () $Troupe.reentrant;
  letGo @1 () -> () $Troupe.reentrant;
  # Begun, come to their end, and cut short; and turns of `spin` that noticed.
  counts @2 () -> (begun :UInt32, finished :UInt32, cut :UInt32, noticed :UInt32) $Troupe.readOnly;
  # Has the first on the way relay to the rest of it; the last one waits.
  relay @3 (way :List(Text)) -> () $Troupe.reentrant;
  # Calls `wait` of another, passes the latch, and ends without awaiting the call: "return", "refuse", "crash", or
  # "forget", which forgets the call and then crashes.
  callThen @4 (whom :Text, latch :Text, ending :Text) -> () $Troupe.reentrant;
  # Calls `wait` of another, cancels the call, and says what it ended with.
  cancelOwn @5 (whom :Text) -> (kind :Text) $Troupe.reentrant;
  # Holds its thread until nobody waits for it any more; refuses then.
  spin @6 () -> ();
  # Holds its thread until the gate is opened (open_gate() in this process).
  hold @7 (gate :Text) -> ();
  # The same with a thread of blocking().
  holdBlocking @8 (gate :Text) -> ();
  # Sleeps, then asks another one how much time it has left, with a timeout of its own if one is given.
  timeLeft @9 (whom :Text, sleepMs :UInt32, timeoutMs :UInt32) -> (leftMs :UInt64);
}

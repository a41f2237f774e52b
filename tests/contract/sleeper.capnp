@0xe3c1b6f0a94d2587;
# An actor with reminders, for the contract and crash tests.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::contract");

struct Ring {
  name @0 :Text;
  atMs @1 :UInt64;
}

struct SleeperState {
  count @0 :UInt64;
  rings @1 :List(Ring);  # the first hundred
  lenient @2 :Bool;
}

# Notes each reminder. What else it does when it rings says its name: "again" sets itself twice more, "at once" the same
# for the time it is, "fail" throws until it is lenient, "crash" crashes until then, "add" adds 1 to the account "rung" by
# a call and then throws until it is lenient, "wait" passes the latch "rung", "cancel" cancels itself and "other".
interface Sleeper $Troupe.actor(state = "SleeperState") {
  # Sets a reminder, then ends as told: "refuse", "crash".
  remindIn @0 (name :Text, milliseconds :Int64, ending :Text) -> ();
  remindEvery @1 (name :Text, milliseconds :Int64) -> ();
  cancel @2 (name :Text) -> ();
  rings @3 () -> (count :UInt64, rings :List(Ring)) $Troupe.readOnly;
  # So many for one moment, all of them with names of their own that begin with `name`.
  remindMany @4 (name :Text, count :UInt32, milliseconds :Int64) -> ();
  remindReadOnly @5 () -> () $Troupe.readOnly;
  beLenient @6 () -> ();
  eraseAll @7 () -> ();
}

@0xc2a94d7e51f0b836;
# An actor that watches others and does as it is told, so that a test can bring any side of a watch down.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::contract");

struct SentryState {
  edits @0 :UInt64;
}

interface Sentry $Troupe.actor(state = "SentryState") {
  # Actors are named as "Sentry/b".
  watch @0 (actor :Text) -> (monitor :UInt64);
  unwatch @1 (monitor :UInt64) -> ();
  linkTo @2 (actor :Text) -> ();
  unlinkFrom @3 (actor :Text) -> ();
  trap @4 (on :Bool) -> ();
  # What this activation was told: "Sentry/b crashed", "Sentry/b stopped linked".
  downs @5 () -> (downs :List(Text)) $Troupe.readOnly;
  crash @6 () -> ();
  # How often this activation was touched, this time included.
  touch @7 () -> (times :UInt64);
  # Monitors the actor `count` times, or as many actors called ACTOR1, ACTOR2, ...; how many it got, and what the next one
  # said.
  watchMany @8 (actor :Text, numbered :Bool, count :UInt32) -> (monitors :UInt32, error :Text);
  mark @9 () -> ();
}

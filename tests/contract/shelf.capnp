@0xd52f0a7c6b1e9348;
# An actor with tables that does with them what a script says.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::contract");

struct ShelfState {
  edits @0 :Int64;
}

struct Item {
  quantity @0 :Int64;
  note @1 :Data;
  within @2 :Item;
}

# What a script is says shelf.h; `seen`: what its commands saw, one after the other.
interface Shelf $Troupe.actor(state = "ShelfState") {
  run @0 (script :Text) -> (seen :Text);
  look @1 (script :Text) -> (seen :Text) $Troupe.readOnly;
  runBeside @2 (script :Text) -> (seen :Text) $Troupe.reentrant;
  # What was on the shelf when this activation began, and when the timer of the last "later" ran.
  memory @3 () -> (atStart :Text, later :Text) $Troupe.readOnly;
}

# Has a table, but keeps no state that it could be part of.
interface BareShelf $Troupe.actor() {
  run @0 (script :Text) -> (seen :Text);
}

@0xc4a91e7d20b3f865;
# An actor whose methods have every rule of troupe/auth.capnp, and which says who is asking, for the contract tests.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("troupe::contract");

struct ClubState {
  notes @0 :List(Text);
}

# Who is asking is shown as "ann (clerk; read)", nobody as "none".
interface Club $Troupe.actor(state = "ClubState") {
  closed @0 () -> (who :Text);
  open @1 () -> (who :Text) $Auth.public;
  known @2 () -> (who :Text) $Auth.user;
  own @3 () -> (who :Text) $Auth.self;
  clerk @4 () -> (who :Text) $Auth.role("admin clerk");
  ownOrClerk @5 () -> (who :Text) $Auth.self $Auth.role("clerk");
  scoped @6 () -> (who :Text) $Auth.user $Auth.scope("read write");
  look @7 () -> (who :Text) $Troupe.readOnly $Auth.user;
  beside @8 () -> (who :Text) $Troupe.reentrant $Auth.user;
  # What `closed` of another club says when this one calls it.
  ask @9 (to :Text) -> (who :Text) $Auth.public;
  # Sends `note` as a durable message and wants an answer, with which it notes "answer <who>".
  send @10 (to :Text) -> () $Auth.public;
  # One whose key begins with "held" passes the latch "club" first.
  note @11 () -> ();
  # When that rings, it notes "reminder <who>".
  remindIn @12 (milliseconds :Int64) -> () $Auth.public;
  remindEvery @13 (milliseconds :Int64) -> () $Auth.public;
  # A timer's turn notes "timer <who>", says that "eve" asks and notes "for <who>".
  later @14 () -> () $Auth.public;
  # Edits, and says how many notes there are.
  join @15 () -> (count :UInt32) $Auth.user;
  # Holds the actor until the latch is open.
  hold @16 (latch :Text) -> () $Auth.public;
  notes @17 () -> (notes :List(Text)) $Troupe.readOnly;
  # A call's turn says that somebody else asks.
  pretend @18 () -> () $Auth.public;
  # Opens a CallerScope.
  openScope @19 () -> ();
}

# Users of a host program: what README.md of actors/auth has as its example.

@0xc19a3f7be25d8046;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
$Cxx.namespace("members");

struct MemberState {
  password @0 :Text $Troupe.secret;
  roles @1 :List(Text);
  left @2 :Bool;
  logInsFromMs @3 :UInt64;      # when the password was changed
}

interface Member $Troupe.actor(state = "MemberState") {
  join @0 (password :Text $Troupe.secret, roles :List(Text)) -> ();
  leave @1 () -> ();
  # The stored hash; empty: there is no such member.
  standing @2 () -> (password :Text $Troupe.secret, roles :List(Text), logInsFromMs :UInt64) $Troupe.readOnly;
  keep @3 (password :Text $Troupe.secret) -> ();
  change @4 (password :Text $Troupe.secret) -> ();
  # Ends the log-ins of before.
}

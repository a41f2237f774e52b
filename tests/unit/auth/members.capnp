# Users of a host program: what README.md of actors/auth has as its example.

@0xc19a3f7be25d8046;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
$Cxx.namespace("members");

struct MemberState {
  password @0 :Text $Troupe.secret;
  roles @1 :List(Text);
  left @2 :Bool;
}

interface Member $Troupe.actor(state = "MemberState") {
  join @0 (password :Text $Troupe.secret, roles :List(Text)) -> ();
  leave @1 () -> ();
  # The stored hash; empty: there is no such member.
  standing @2 () -> (password :Text $Troupe.secret, roles :List(Text)) $Troupe.readOnly;
  keep @3 (password :Text $Troupe.secret) -> ();
}

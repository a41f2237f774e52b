@0xc7e1d80f5a2b9346;
# A saga to look at.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("errands");

struct ErrandState {
  faulty @0 :Bool;         # its code throws what is no error
}

interface Errand $Troupe.actor(state = "ErrandState") {
  begin @0 (faulty :Bool) -> ();
  arrived @1 () -> ();
}

@0xc0a51f7d38e2b964;
# An actor that does what a test tells it to, in code.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::contract");

interface Script $Troupe.actor() {
  run @0 () -> ();
  beside @1 () -> () $Troupe.reentrant;
  ping @2 () -> () $Troupe.reentrant;
}

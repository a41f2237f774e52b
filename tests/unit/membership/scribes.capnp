@0xc3b8a6d0f2e14975;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::scribes");

interface Scribe $Troupe.actor(placement = "pool", balance = "round_robin") {
  where @0 () -> (node :Text);
}

interface Warden $Troupe.actor(placement = "pinned") {
  where @0 () -> (node :Text);
}

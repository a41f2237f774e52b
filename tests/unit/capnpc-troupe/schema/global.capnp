@0xe1c52b7f90d3a846;
# A service without a C++ namespace.
using Troupe = import "/troupe/service.capnp";

interface Bell $Troupe.actor() {
  ring @0 (times :UInt8) -> (rung :UInt8);
}

@0xb0e1a2c7d4f50913;
# Imported by depot.capnp, and without services itself.
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("depot::common");

struct Weight { grams @0 :UInt64; }
struct Nothing {}

interface Plain {
  # An ordinary Cap'n Proto interface stays one.
  ping @0 () -> ();
}

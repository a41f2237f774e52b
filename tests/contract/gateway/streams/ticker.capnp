@0xd6bb47b79e2d9047;
# Events that streams show, and one that they do not.

using Cxx = import "/capnp/c++.capnp";
using Http = import "/troupe/http.capnp";

$Cxx.namespace("troupe::ticker");

struct Price {
  number @0 :UInt64;
  note @1 :Text $Http.name("re-marked");
}

struct Whisper {
  text @0 :Text;
}

@0xc7d0be15a2f84930;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("jars");

struct Stamp {
  cents @0 :UInt32;
  ink @1 :Text;
}

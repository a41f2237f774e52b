# events.capnp
@0xe1b7a2c94d6f3805;
$import "/capnp/c++.capnp".namespace("shop");
struct OrderPlaced @0x85dff0076407ca14 {  # 8 bytes, 3 ptrs
  order @0 :Text;  # ptr[0]
  user @1 :Text;  # ptr[1]
  lines @2 :List(import "/orders.capnp".OrderLine);  # ptr[2]
  totalCents @3 :UInt64;  # bits[0, 64)
}
struct OrderCancelled @0xc127415618350f0b {  # 8 bytes, 3 ptrs
  order @0 :Text;  # ptr[0]
  user @1 :Text;  # ptr[1]
  lines @2 :List(import "/orders.capnp".OrderLine);  # ptr[2]
  totalCents @3 :UInt64;  # bits[0, 64)
}
struct OrderShipped @0xdcf1eb1ccb03b73b {  # 0 bytes, 2 ptrs
  order @0 :Text;  # ptr[0]
  user @1 :Text;  # ptr[1]
}

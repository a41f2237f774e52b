# jetstream/stored_append.capnp
@0xb7c2a4f19d3e6085;
$import "/capnp/c++.capnp".namespace("troupe::topic::jetstream");
struct StoredAppend @0xf79dd7879a00c1f0 {  # 40 bytes, 2 ptrs
  idHi @0 :UInt64;  # bits[0, 64)
  idLo @1 :UInt64;  # bits[64, 128)
  first @2 :UInt64;  # bits[128, 192)
  firstPosition @3 :UInt64;  # bits[192, 256)
  timeMs @4 :UInt64;  # bits[256, 320)
  publisher @5 :Text;  # ptr[0]
  events @6 :List(import "/topic.capnp".NewEvent);  # ptr[1]
}
struct Unconfirmed @0xe0a334a0c81192ed {  # 8 bytes, 0 ptrs
  first @0 :UInt64;  # bits[0, 64)
}

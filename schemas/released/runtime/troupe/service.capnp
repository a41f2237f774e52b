# troupe/service.capnp
@0xf7c793126c96c6cc;
$import "/capnp/c++.capnp".namespace("troupe");
annotation actor @0xc6760b627ad00a8f (interface) :ActorOptions;
struct ActorOptions @0xe6c31329b74a2b5f {  # 16 bytes, 3 ptrs
  state @0 :Text;  # ptr[0]
  placement @1 :Text = "keyed";  # ptr[1]
  remember @2 :UInt16;  # bits[0, 16)
  rememberSeconds @3 :UInt32;  # bits[32, 64)
  history @4 :UInt16;  # bits[16, 32)
  version @5 :UInt32;  # bits[64, 96)
  balance @6 :Text;  # ptr[2]
  instances @7 :UInt16;  # bits[96, 112)
}
annotation readOnly @0xe37370e288dfac8e (method) :Void;
annotation reentrant @0x839938347ab000c8 (method) :Void;
annotation timeout @0xcabbf57779c2df49 (method) :UInt32;
annotation retry @0xa274d3c489bb69a9 (method) :Void;
annotation http @0x957e3f83b65eceb0 (method) :Text;
annotation auth @0xe8ae82570bc74bdf (method) :Text;

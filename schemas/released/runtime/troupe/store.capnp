# troupe/store.capnp
@0xb1a55e0f5c9d7e42;
$import "/capnp/c++.capnp".namespace("troupe::rows");
struct Message @0xfecb237b64f94a57 {  # 40 bytes, 4 ptrs
  service @0 :UInt64;  # bits[0, 64)
  key @1 :Text;  # ptr[0]
  method @2 :UInt16;  # bits[64, 80)
  idHi @3 :UInt64;  # bits[128, 192)
  idLo @4 :UInt64;  # bits[192, 256)
  sentMs @5 :UInt64;  # bits[256, 320)
  answer @6 :Text;  # ptr[1]
  params @7 :AnyPointer;  # ptr[2]
  trace @8 :Data;  # ptr[3]
}
struct DeadLetter @0xc8a194ad23eace0f {  # 16 bytes, 3 ptrs
  message @0 :Message;  # ptr[0]
  tries @1 :UInt32;  # bits[0, 32)
  errorKind @2 :Text;  # ptr[1]
  error @3 :Text;  # ptr[2]
  givenUpMs @4 :UInt64;  # bits[64, 128)
}
struct Channel @0x9d530c7892a33450 {  # 16 bytes, 2 ptrs
  sender @0 :Text;  # ptr[0]
  sequence @1 :UInt64;  # bits[0, 64)
  atMs @2 :UInt64;  # bits[64, 128)
  reply @3 :AnyPointer;  # ptr[1]
}
struct Reminder @0x966d4fb8fe785f8b {  # 16 bytes, 1 ptrs
  dueMs @0 :UInt64;  # bits[0, 64)
  periodMs @1 :UInt64;  # bits[64, 128)
  trace @2 :Data;  # ptr[0]
}
struct ReplyPage @0xf8cd02aa17aeeb3c {  # 16 bytes, 1 ptrs
  newestMs @0 :UInt64;  # bits[0, 64)
  count @1 :UInt32;  # bits[64, 96)
  replies @2 :Data;  # ptr[0]
}
struct Past @0xa30b8843dd186569 {  # 40 bytes, 2 ptrs
  atMs @0 :UInt64;  # bits[0, 64)
  method @1 :Text;  # ptr[0]
  idHi @2 :UInt64;  # bits[64, 128)
  idLo @3 :UInt64;  # bits[128, 192)
  stateVersion @4 :UInt32;  # bits[192, 224)
  state @5 :AnyPointer;  # ptr[1]
  stateType @6 :UInt64;  # bits[256, 320)
}
struct Erasure @0x962c54ece0cdc070 {  # 0 bytes, 1 ptrs
  spared @0 :Data;  # ptr[0]
}
struct Count @0xfc4070a44a753bd9 {  # 16 bytes, 0 ptrs
  rows @0 :UInt64;  # bits[0, 64)
  rowType @1 :UInt64;  # bits[64, 128)
}

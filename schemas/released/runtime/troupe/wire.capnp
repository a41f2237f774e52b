# troupe/wire.capnp
@0xd1f6c3a9b27e4f05;
$import "/capnp/c++.capnp".namespace("troupe::wire::header");
struct Hello @0xe9d1126ea4caf553 {  # 56 bytes, 4 ptrs
  magic @0 :UInt64;  # bits[0, 64)
  version @1 :UInt16;  # bits[64, 80)
  cluster @2 :Text;  # ptr[0]
  node @3 :Text;  # ptr[1]
  peer @4 :Text;  # ptr[2]
  incarnation @5 :UInt64;  # bits[128, 192)
  membershipHash @6 :UInt64;  # bits[192, 256)
  window @7 :UInt64;  # bits[256, 320)
  clock @8 :UInt64;  # bits[320, 384)
  nonce @9 :Data;  # ptr[3]
  secret @10 :Bool;  # bits[80, 81)
  highestVersion @11 :UInt16;  # bits[96, 112)
  features @12 :UInt64;  # bits[384, 448)
  moves @13 :Bool;  # bits[81, 82)
}
struct Challenge @0xa4ce28f778acdfc4 {  # 40 bytes, 2 ptrs
  node @0 :Text;  # ptr[0]
  incarnation @1 :UInt64;  # bits[0, 64)
  window @2 :UInt64;  # bits[64, 128)
  nonce @3 :Data;  # ptr[1]
  secret @4 :Bool;  # bits[128, 129)
  clock @5 :UInt64;  # bits[192, 256)
  lowestVersion @6 :UInt16;  # bits[144, 160)
  highestVersion @7 :UInt16;  # bits[160, 176)
  features @8 :UInt64;  # bits[256, 320)
}
struct Proof @0xa42dc2e5508528d9 {  # 0 bytes, 1 ptrs
  mac @0 :Data;  # ptr[0]
}
struct Welcome @0xaa179c2ce0a902f0 {  # 24 bytes, 1 ptrs
  node @0 :Text;  # ptr[0]
  incarnation @1 :UInt64;  # bits[0, 64)
  window @2 :UInt64;  # bits[64, 128)
  clock @3 :UInt64;  # bits[128, 192)
}
struct Refuse @0xfc02cde45f9aba8e {  # 0 bytes, 1 ptrs
  reason @0 :Text;  # ptr[0]
}
struct Call @0xcd489366e925c1e9 {  # 64 bytes, 5 ptrs
  ticket @0 :UInt64;  # bits[0, 64)
  idHi @1 :UInt64;  # bits[64, 128)
  idLo @2 :UInt64;  # bits[128, 192)
  service @3 :UInt64;  # bits[192, 256)
  method @4 :UInt16;  # bits[256, 272)
  depth @5 :UInt16;  # bits[272, 288)
  attempt @6 :UInt32;  # bits[288, 320)
  remainingMs @7 :UInt32;  # bits[320, 352)
  stream @8 :UInt32;  # bits[352, 384)
  firstSentMs @9 :UInt64;  # bits[384, 448)
  key @10 :Text;  # ptr[0]
  chain @11 :List(Hop);  # ptr[1]
  streamBytes @12 :UInt32;  # bits[448, 480)
  message @13 :Message;  # ptr[2]
  watch @14 :Watch;  # ptr[3]
  trace @15 :Data;  # ptr[4]
}
struct Message @0xcfe133efbff53712 {  # 48 bytes, 1 ptrs
  channelHi @0 :UInt64;  # bits[0, 64)
  channelLo @1 :UInt64;  # bits[64, 128)
  sequence @2 :UInt64;  # bits[128, 192)
  after @3 :UInt64;  # bits[192, 256)
  keepReply @4 :Bool;  # bits[256, 257)
  sender @5 :Text;  # ptr[0]
  senderService @6 :UInt64;  # bits[320, 384)
}
struct Watch @0xe504b9e5fe74e2cd {  # 8 bytes, 2 ptrs
  ends @0 :Bool;  # bits[0, 1)
  linked @1 :Bool;  # bits[1, 2)
  watcherDown @2 :UInt8;  # bits[8, 16)
  watcher @3 :Text;  # ptr[0]
  why @4 :Text;  # ptr[1]
}
struct Hop @0xe8a3655d512d0323 {  # 16 bytes, 1 ptrs
  idHi @0 :UInt64;  # bits[0, 64)
  idLo @1 :UInt64;  # bits[64, 128)
  actor @2 :Text;  # ptr[0]
}
struct Reply @0xbed396907df4732d {  # 16 bytes, 1 ptrs
  ticket @0 :UInt64;  # bits[0, 64)
  stream @1 :UInt32;  # bits[64, 96)
  streamBytes @2 :UInt32;  # bits[96, 128)
  failure @3 :Failure;  # ptr[0]
}
struct Failure @0x9802d0daa560f50c {  # 16 bytes, 3 ptrs
  kind @0 :UInt8;  # bits[0, 8)
  mayHaveRun @1 :Bool;  # bits[8, 9)
  code @2 :Text;  # ptr[0]
  message @3 :Text;  # ptr[1]
  retryAfterMs @4 :UInt32;  # bits[32, 64)
  owner @5 :Text;  # ptr[2]
  ownerEpoch @6 :UInt64;  # bits[64, 128)
}
struct Chunk @0xdf8df2298734c39b {  # 8 bytes, 0 ptrs
  stream @0 :UInt32;  # bits[0, 32)
}
struct Credit @0xa7c09438698db6f9 {  # 8 bytes, 0 ptrs
  bytes @0 :UInt64;  # bits[0, 64)
}
struct Beat @0xe0777004c90e6201 {  # 16 bytes, 0 ptrs
  stamp @0 :UInt64;  # bits[0, 64)
  clock @1 :UInt64;  # bits[64, 128)
}
struct Cancel @0x94aaa6e032749140 {  # 8 bytes, 0 ptrs
  ticket @0 :UInt64;  # bits[0, 64)
}
struct Piece @0xf8031bfdf274253a {  # 8 bytes, 0 ptrs
  left @0 :UInt64;  # bits[0, 64)
}
struct Goodbye @0xb3230c1c9a4ba5c8 {  # 0 bytes, 1 ptrs
  reason @0 :Text;  # ptr[0]
}

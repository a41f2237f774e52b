# saga.capnp
@0xdb9cd41762ff13e7;
$import "/capnp/c++.capnp".namespace("troupe::saga");
enum Phase @0xfb6f6d035fee7b26 {
  none @0;
  running @1;
  compensating @2;
  done @3;
  failed @4;
  cancelled @5;
  killed @6;
  stuck @7;
}
enum EntryKind @0xbc4f57098238d5e7 {
  step @0;
  sleep @1;
  signal @2;
}
struct Failure @0xed4dfc91d1d3d8c1 {  # 0 bytes, 3 ptrs
  kind @0 :Text;  # ptr[0]
  code @1 :Text;  # ptr[1]
  message @2 :Text;  # ptr[2]
}
struct Run @0xac4fee67e1346058 {  # 56 bytes, 3 ptrs
  number @0 :UInt32;  # bits[0, 32)
  phase @1 :Phase;  # bits[32, 48)
  startedMs @2 :UInt64;  # bits[64, 128)
  endedMs @3 :UInt64;  # bits[128, 192)
  cancelRequested @4 :Bool;  # bits[48, 49)
  failure @5 :Failure;  # ptr[0]
  compensatingMs @6 :UInt64;  # bits[192, 256)
  stuckIn @7 :Phase;  # bits[256, 272)
  stuckWhy @8 :Text;  # ptr[1]
  stuckAt @9 :UInt32;  # bits[288, 320)
  stuckStep @10 :Text;  # ptr[2]
  startedNodeMs @11 :UInt64;  # bits[320, 384)
  compensatingNodeMs @12 :UInt64;  # bits[384, 448)
}
struct Entry @0xf64854be5071c0c5 {  # 64 bytes, 3 ptrs
  name @0 :Text;  # ptr[0]
  kind @1 :EntryKind;  # bits[0, 16)
  failure @2 :Failure;  # ptr[1]
  attempts @3 :UInt32;  # bits[32, 64)
  startedMs @4 :UInt64;  # bits[64, 128)
  finishedMs @5 :UInt64;  # bits[128, 192)
  compensable @6 :Bool;  # bits[16, 17)
  undoneMs @7 :UInt64;  # bits[192, 256)
  result @8 :AnyPointer;  # ptr[2]
  undoRound @9 :UInt32;  # bits[256, 288)
  undoAnewMs @10 :UInt64;  # bits[320, 384)
  finishedNodeMs @11 :UInt64;  # bits[384, 448)
  undoAnewNodeMs @12 :UInt64;  # bits[448, 512)
}
struct Raised @0x8d8271c1cb901f9b {  # 8 bytes, 1 ptrs
  atMs @0 :UInt64;  # bits[0, 64)
  payload @1 :AnyPointer;  # ptr[0]
}
struct SagaStatus @0x9c92181db6455176 {  # 24 bytes, 4 ptrs
  phase @0 :Phase;  # bits[0, 16)
  run @1 :UInt32;  # bits[32, 64)
  startedMs @2 :UInt64;  # bits[64, 128)
  endedMs @3 :UInt64;  # bits[128, 192)
  cancelRequested @4 :Bool;  # bits[16, 17)
  failure @5 :Failure;  # ptr[0]
  stuckWhy @6 :Text;  # ptr[1]
  finished @7 :List(Finished);  # ptr[2]
  waitingFor @8 :List(Attempt);  # ptr[3]
}
struct Finished @0xe2cf26dce7097b4e {  # 32 bytes, 2 ptrs
  name @0 :Text;  # ptr[0]
  kind @1 :EntryKind;  # bits[0, 16)
  startedMs @2 :UInt64;  # bits[64, 128)
  finishedMs @3 :UInt64;  # bits[128, 192)
  attempts @4 :UInt32;  # bits[32, 64)
  failure @5 :Failure;  # ptr[1]
  undoneMs @6 :UInt64;  # bits[192, 256)
}
struct Attempt @0x82657e0878f51b90 {  # 16 bytes, 2 ptrs
  name @0 :Text;  # ptr[0]
  kind @1 :EntryKind;  # bits[0, 16)
  undoing @2 :Bool;  # bits[16, 17)
  attempts @3 :UInt32;  # bits[32, 64)
  lastError @4 :Text;  # ptr[1]
  inDoubt @5 :Bool;  # bits[17, 18)
  nextMs @6 :UInt64;  # bits[64, 128)
}

# topic.capnp
@0xc9f1d04a6be2573c;
$import "/capnp/c++.capnp".namespace("troupe::topic");
struct Event @0x88e8c0f2cd6d52b9 {  # 40 bytes, 4 ptrs
  offset @0 :UInt64;  # bits[0, 64)
  timeMs @1 :UInt64;  # bits[64, 128)
  publishedMs @2 :UInt64;  # bits[128, 192)
  position @3 :UInt64;  # bits[192, 256)
  schema @4 :UInt64;  # bits[256, 320)
  key @5 :Text;  # ptr[0]
  type @6 :Text;  # ptr[1]
  publisher @7 :Text;  # ptr[2]
  payload @8 :Data;  # ptr[3]
}
struct NewEvent @0x810a4ccf006fbcb6 {  # 16 bytes, 3 ptrs
  key @0 :Text;  # ptr[0]
  type @1 :Text;  # ptr[1]
  schema @2 :UInt64;  # bits[0, 64)
  publishedMs @3 :UInt64;  # bits[64, 128)
  payload @4 :Data;  # ptr[2]
}
struct EventBatch @0xe9555d6282bd5687 {  # 8 bytes, 3 ptrs
  topic @0 :Text;  # ptr[0]
  partition @1 :UInt32;  # bits[0, 32)
  group @2 :Text;  # ptr[1]
  events @3 :List(Event);  # ptr[2]
}
struct TopicOptions @0xbb467a260461fcfc {  # 32 bytes, 0 ptrs
  partitions @0 :UInt32;  # bits[0, 32)
  retentionBytes @1 :UInt64;  # bits[64, 128)
  retentionMs @2 :UInt64;  # bits[128, 192)
  maxBacklogBytes @3 :UInt64;  # bits[192, 256)
}
struct Subscription @0xd08c18b6af7f1e4a {  # 16 bytes, 4 ptrs
  group @0 :Text;  # ptr[0]
  service @1 :Text;  # ptr[1]
  method @2 :Text;  # ptr[2]
  key @3 :Text;  # ptr[3]
  batchEvents @4 :UInt32;  # bits[0, 32)
  batchBytes @5 :UInt32;  # bits[32, 64)
  start @6 :Start;  # bits[64, 80)
  onPoison @7 :OnPoison;  # bits[80, 96)
  enum Start @0xcd2a5c884ab16dc9 {
    beginning @0;
    end @1;
  }
  enum OnPoison @0x8153316c5cf05ead {
    stop @0;
    setAside @1;
  }
}
struct TopicState @0xb15ee9d28e69020c {  # 8 bytes, 2 ptrs
  options @0 :TopicOptions;  # ptr[0]
  generation @1 :UInt64;  # bits[0, 64)
  groups @2 :List(Subscription);  # ptr[1]
}
interface Topic @0xaaa252f8dd9ae557 $import "/troupe/service.capnp".actor(state = "TopicState", remember = 0, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  declare @0 (options :TopicOptions, groups :List(Subscription)) -> ();
  describe @1 () -> (options :TopicOptions, generation :UInt64, groups :List(Subscription)) $import "/troupe/service.capnp".readOnly(void);
  status @2 () -> (partitions :List(PartitionStatus), groups :List(GroupStatus)) $import "/troupe/service.capnp".readOnly(void);
  dropGroup @3 (group :Text) -> ();
}
struct LogExtent @0x803f55e828e6a7f0 {  # 40 bytes, 0 ptrs
  first @0 :UInt64;  # bits[0, 64)
  next @1 :UInt64;  # bits[64, 128)
  firstPosition @2 :UInt64;  # bits[128, 192)
  nextPosition @3 :UInt64;  # bits[192, 256)
  lastMs @4 :UInt64;  # bits[256, 320)
}
struct PartitionState @0xa2e6d98968041a5f {  # 16 bytes, 3 ptrs
  options @0 :TopicOptions;  # ptr[0]
  generation @1 :UInt64;  # bits[0, 64)
  log @2 :LogExtent;  # ptr[1]
  followers @3 :List(Follower);  # ptr[2]
  retentionDueMs @4 :UInt64;  # bits[64, 128)
  struct Follower @0xc010faec79016428 {  # 24 bytes, 1 ptrs
    group @0 :Text;  # ptr[0]
    waiting @1 :Bool;  # bits[0, 1)
    committed @2 :UInt64;  # bits[64, 128)
    position @3 :UInt64;  # bits[128, 192)
  }
}
struct PartitionStatus @0xeb7e0cd025392fc8 {  # 56 bytes, 0 ptrs
  partition @0 :UInt32;  # bits[0, 32)
  first @1 :UInt64;  # bits[64, 128)
  next @2 :UInt64;  # bits[128, 192)
  bytes @3 :UInt64;  # bits[192, 256)
  oldestMs @4 :UInt64;  # bits[256, 320)
  newestMs @5 :UInt64;  # bits[320, 384)
  backlogBytes @6 :UInt64;  # bits[384, 448)
}
interface TopicPartition @0xbbcc8b73834f415d $import "/troupe/service.capnp".actor(state = "PartitionState", remember = 0, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  append @0 (publisher :Text, idHi :UInt64, idLo :UInt64, events :List(NewEvent)) -> (first :UInt64, next :UInt64);
  fetch @1 (from :UInt64, maxEvents :UInt32, maxBytes :UInt32, group :Text, committed :UInt64, position :UInt64) -> (events :List(Event), first :UInt64, next :UInt64, nextPosition :UInt64) $import "/troupe/service.capnp".readOnly(void);
  find @2 (timeMs :UInt64) -> (offset :UInt64) $import "/troupe/service.capnp".readOnly(void);
  status @3 (at :UInt64) -> (status :PartitionStatus, timeAtMs :UInt64) $import "/troupe/service.capnp".readOnly(void);
  configure @4 (options :TopicOptions, generation :UInt64) -> ();
  follow @5 (group :Text, wake :Bool, from :UInt64, committed :UInt64, position :UInt64) -> ();
  unfollow @6 (group :Text) -> ();
}
struct GroupState @0xd1bf829e5c2d9428 {  # 56 bytes, 3 ptrs
  subscription @0 :Subscription;  # ptr[0]
  generation @1 :UInt64;  # bits[0, 64)
  committed @2 :UInt64;  # bits[64, 128)
  position @3 :UInt64;  # bits[128, 192)
  roundEnd @4 :UInt64;  # bits[192, 256)
  roundEndPosition @5 :UInt64;  # bits[256, 320)
  partsOut @6 :UInt32;  # bits[320, 352)
  epoch @7 :UInt32;  # bits[352, 384)
  asleep @8 :Bool;  # bits[384, 385)
  stopped @9 :Bool;  # bits[385, 386)
  stoppedBy @10 :Text;  # ptr[1]
  paused @11 :Bool;  # bits[386, 387)
  counts @12 :Counts;  # ptr[2]
  struct Counts @0xe4e482daa6914cdd {  # 48 bytes, 0 ptrs
    delivered @0 :UInt64;  # bits[0, 64)
    setAside @1 :UInt64;  # bits[64, 128)
    skipped @2 :UInt64;  # bits[128, 192)
    lost @3 :UInt64;  # bits[192, 256)
    lastLossMs @4 :UInt64;  # bits[256, 320)
    failedBatches @5 :UInt64;  # bits[320, 384)
  }
}
struct FailedPart @0xf1f66294c92170f7 {  # 16 bytes, 2 ptrs
  subscriber @0 :Text;  # ptr[0]
  from @1 :UInt64;  # bits[0, 64)
  error @2 :Text;  # ptr[1]
  poisoned @3 :UInt64;  # bits[64, 128)
}
struct DeadEvent @0xa2d6751e79ae4fb1 {  # 16 bytes, 3 ptrs
  event @0 :Event;  # ptr[0]
  subscriber @1 :Text;  # ptr[1]
  error @2 :Text;  # ptr[2]
  atMs @3 :UInt64;  # bits[0, 64)
  retrying @4 :Bool;  # bits[64, 65)
}
struct GroupStatus @0x95ede566a8081634 {  # 56 bytes, 4 ptrs
  group @0 :Text;  # ptr[0]
  partition @1 :UInt32;  # bits[0, 32)
  status @2 :Text;  # ptr[1]
  committed @3 :UInt64;  # bits[64, 128)
  lagEvents @4 :UInt64;  # bits[128, 192)
  lagMs @5 :UInt64;  # bits[192, 256)
  underWay @6 :UInt64;  # bits[256, 320)
  stoppedBy @7 :Text;  # ptr[2]
  poisonedOffset @8 :UInt64;  # bits[320, 384)
  counts @9 :GroupState.Counts;  # ptr[3]
  deadEvents @10 :UInt64;  # bits[384, 448)
}
interface TopicGroup @0xfce05a977349e689 $import "/troupe/service.capnp".actor(state = "GroupState", remember = 0, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  subscribe @0 (subscription :Subscription, generation :UInt64) -> ();
  wake @1 () -> ();
  status @2 () -> (status :GroupStatus) $import "/troupe/service.capnp".readOnly(void);
  seek @3 (to :Place) -> (offset :UInt64);
  resume @4 () -> ();
  skip @5 () -> (offset :UInt64);
  pause @6 () -> ();
  commit @7 (offset :UInt64) -> ();
  deadEvents @8 (from :UInt64, limit :UInt32) -> (events :List(DeadEvent), more :Bool) $import "/troupe/service.capnp".readOnly(void);
  retryDead @9 (offset :UInt64) -> ();
  dropDead @10 (offset :UInt64) -> ();
  drop @11 () -> ();
  struct Place @0xff25fbd64f217d75 {  # 16 bytes, 0 ptrs
    union {  # tag bits [64, 80)
      offset @0 :UInt64;  # bits[0, 64), union tag = 0
      timeMs @1 :UInt64;  # bits[0, 64), union tag = 1
      beginning @2 :Void;  # bits[0, 0), union tag = 2
      end @3 :Void;  # bits[0, 0), union tag = 3
    }
  }
}

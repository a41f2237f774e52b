# Topics: durable, partitioned, ordered event logs. What travels between publishers, partitions, groups and subscribers,
# and what they keep. Fields are added at the end and never removed.

@0xc9f1d04a6be2573c;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
$Cxx.namespace("troupe::topic");

# --- events ---

struct Event {
  offset @0 :UInt64;       # its place in the partition: dense, from 0
  timeMs @1 :UInt64;       # when it was appended; never less than the event's before it
  publishedMs @2 :UInt64;  # when it was published, by its publisher's clock
  position @3 :UInt64;     # bytes of all events before it in the partition, those removed since included
  schema @4 :UInt64;       # the type id of the struct that the payload is; 0: plain bytes
  key @5 :Text;
  type @6 :Text;           # "OrderPlaced"
  publisher @7 :Text;      # "Order/o-1"
  payload @8 :Data;        # a Cap'n Proto stream of one message when `schema` says so
}

struct NewEvent {
  key @0 :Text;
  type @1 :Text;
  schema @2 :UInt64;
  publishedMs @3 :UInt64;
  payload @4 :Data;
}

# What a subscriber is given: `onEvents @0 Topics.EventBatch -> ();`
struct EventBatch {
  topic @0 :Text;
  partition @1 :UInt32;
  group @2 :Text;
  events @3 :List(Event);  # in order; by event key: those of one key
}

# --- configuration ---

struct TopicOptions {
  partitions @0 :UInt32;
  retentionBytes @1 :UInt64;    # per partition; 0: without end
  retentionMs @2 :UInt64;       # 0: for ever
  maxBacklogBytes @3 :UInt64;   # per partition, that its slowest group has not taken; then publishing is overloaded. 0: none
}

struct Subscription {
  group @0 :Text;
  service @1 :Text;         # empty: a group that fetches and commits by itself
  method @2 :Text;
  key @3 :Text;             # of the one subscriber; empty: the event's key
  batchEvents @4 :UInt32;
  batchBytes @5 :UInt32;
  start @6 :Start;          # where a new group begins
  onPoison @7 :OnPoison;
  enum Start { beginning @0; end @1; }
  enum OnPoison { stop @0; setAside @1; }
}

# --- the topic: its configuration, and a view of all of it. Key: the topic's name ---

struct TopicState {
  options @0 :TopicOptions;
  generation @1 :UInt64;        # of the options; 0: not declared
  groups @2 :List(Subscription);
}

interface Topic $Troupe.actor(state = "TopicState") {
  # What a program says about a topic when it starts. Groups that it does not name stay. Refused: `partitions_shrink`.
  declare @0 (options :TopicOptions, groups :List(Subscription)) -> ();
  # generation 0: no such topic
  describe @1 () -> (options :TopicOptions, generation :UInt64, groups :List(Subscription)) $Troupe.readOnly;
  status @2 () -> (partitions :List(PartitionStatus), groups :List(GroupStatus)) $Troupe.readOnly;
  # The group forgets where it was, and what it set aside.
  dropGroup @3 (group :Text) -> ();
}

# --- a partition: one log. Key: "orders/3" ---

struct LogExtent {
  first @0 :UInt64;          # the oldest event that is kept
  next @1 :UInt64;           # the offset of the event to come
  firstPosition @2 :UInt64;
  nextPosition @3 :UInt64;
  lastMs @4 :UInt64;         # the time of the newest event
}

struct PartitionState {
  options @0 :TopicOptions;
  generation @1 :UInt64;     # of the options; 0: not asked for yet
  log @2 :LogExtent;         # of a log that is kept in the actor's own table
  followers @3 :List(Follower);
  retentionDueMs @4 :UInt64; # when the reminder comes; 0: there is none

  struct Follower {
    group @0 :Text;
    waiting @1 :Bool;        # it is told of the next event
    committed @2 :UInt64;
    position @3 :UInt64;     # of its committed offset, when it last said
  }
}

struct PartitionStatus {
  partition @0 :UInt32;
  first @1 :UInt64;
  next @2 :UInt64;
  bytes @3 :UInt64;
  oldestMs @4 :UInt64;       # 0: there is no event
  newestMs @5 :UInt64;
  backlogBytes @6 :UInt64;   # of its slowest group
}

interface TopicPartition $Troupe.actor(state = "PartitionState") {
  # All of them or none. `id` names these events for ever, also when the call is made again.
  append @0 (publisher :Text, idHi :UInt64, idLo :UInt64, events :List(NewEvent)) -> (first :UInt64, next :UInt64);
  # Events from `from` on; when those are gone, from the oldest there is. A group says how far it has come. 0 events asked
  # for: only where the log begins and ends.
  fetch @1 (from :UInt64, maxEvents :UInt32, maxBytes :UInt32, group :Text, committed :UInt64, position :UInt64)
    -> (events :List(Event), first :UInt64, next :UInt64, nextPosition :UInt64) $Troupe.readOnly;
  # The first event of that time or later.
  find @2 (timeMs :UInt64) -> (offset :UInt64) $Troupe.readOnly;
  # `at`: also the time of the event there, or 0.
  status @3 (at :UInt64) -> (status :PartitionStatus, timeAtMs :UInt64) $Troupe.readOnly;
  configure @4 (options :TopicOptions, generation :UInt64) -> ();
  # A group says how far it has come. `wake`: it wants to be woken when there is an event at `from`.
  follow @5 (group :Text, wake :Bool, from :UInt64, committed :UInt64, position :UInt64) -> ();
  unfollow @6 (group :Text) -> ();
}

# --- a group's hold on one partition. Key: "orders/3/sales" ---

struct GroupState {
  subscription @0 :Subscription;
  generation @1 :UInt64;      # of the topic's options that it came with; 0: not subscribed
  committed @2 :UInt64;       # everything below has taken effect, was set aside or skipped
  position @3 :UInt64;        # of `committed`, as far as known
  roundEnd @4 :UInt64;        # of the events that are under way: committed .. roundEnd
  roundEndPosition @5 :UInt64;
  partsOut @6 :UInt32;        # messages of the round without an answer
  epoch @7 :UInt32;           # of the answers that count; a seek begins another
  asleep @8 :Bool;            # the partition will wake it
  stopped @9 :Bool;
  stoppedBy @10 :Text;        # why
  paused @11 :Bool;           # by command
  counts @12 :Counts;

  struct Counts {
    delivered @0 :UInt64;     # events that took effect
    setAside @1 :UInt64;
    skipped @2 :UInt64;       # by command
    lost @3 :UInt64;          # removed by retention before the group came to them
    lastLossMs @4 :UInt64;
    failedBatches @5 :UInt64;
  }
}

# Events of a round that their subscriber failed at: delivered one by one, from `from` on.
struct FailedPart {
  subscriber @0 :Text;
  from @1 :UInt64;
  error @2 :Text;             # of the event at `from`, when it failed alone
  poisoned @3 :UInt64;        # its offset + 1; 0: none has failed alone
}

struct DeadEvent {
  event @0 :Event;
  subscriber @1 :Text;
  error @2 :Text;
  atMs @3 :UInt64;
  retrying @4 :Bool;
}

struct GroupStatus {
  group @0 :Text;
  partition @1 :UInt32;
  status @2 :Text;            # delivering | caught_up | stopped | paused | pulls
  committed @3 :UInt64;
  lagEvents @4 :UInt64;
  lagMs @5 :UInt64;           # age of the oldest event that it has not taken
  underWay @6 :UInt64;        # events that are sent and not answered
  stoppedBy @7 :Text;
  poisonedOffset @8 :UInt64;  # when stopped
  counts @9 :GroupState.Counts;
  deadEvents @10 :UInt64;     # set aside, neither retried nor dropped
}

interface TopicGroup $Troupe.actor(state = "GroupState") {
  subscribe @0 (subscription :Subscription, generation :UInt64) -> ();
  wake @1 () -> ();
  status @2 () -> (status :GroupStatus) $Troupe.readOnly;
  # Delivers from there on, also what was delivered before. What is under way arrives first.
  seek @3 (to :Place) -> (offset :UInt64);
  struct Place {
    union {
      offset @0 :UInt64;
      timeMs @1 :UInt64;
      beginning @2 :Void;
      end @3 :Void;
    }
  }
  # A stopped group tries its poisoned event again; a paused one goes on.
  resume @4 () -> ();
  # A stopped group leaves its poisoned event out; that is counted.
  skip @5 () -> (offset :UInt64);
  pause @6 () -> ();
  # For a group that fetches by itself: everything below `offset` is done. Never goes back: see seek.
  commit @7 (offset :UInt64) -> ();
  deadEvents @8 (from :UInt64, limit :UInt32) -> (events :List(DeadEvent), more :Bool) $Troupe.readOnly;
  # Delivers a dead event once more, out of order; it is gone when that works.
  retryDead @9 (offset :UInt64) -> ();
  dropDead @10 (offset :UInt64) -> ();
  drop @11 () -> ();
}

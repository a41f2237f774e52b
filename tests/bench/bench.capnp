@0xb3d4f1c28e6a7905;
# The actors the benchmark calls, and those that call them. A caller's `run` is one long turn: it calls until its time is
# up, and the clock of its line runs meanwhile.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Topics = import "/topic/topic.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("troupe::bench");

# --- local_call: both actors in one process, neither keeps anything ---

interface Adder $Troupe.actor() {
  add @0 (value :UInt64) -> (value :UInt64);
}

# The same as a pool.
interface PooledAdder $Troupe.actor(placement = "pool") {
  add @0 (value :UInt64) -> (value :UInt64);
}

# Calls the adder of its own key, or the pool, one call after the other.
interface AddCaller $Troupe.actor() {
  run @0 (nanoseconds :UInt64, pooled :Bool) -> (calls :UInt64) $Troupe.timeout(600000);
  # Sends messages to the adder of the key it is given, `burst` of them and then as many again; waits for the answer to
  # the last of each burst and for no other.
  flood @1 (callee :Text, burst :UInt32, nanoseconds :UInt64) -> (messages :UInt64) $Troupe.timeout(600000);
}

# --- remote_call: one actor on each of two nodes ---

interface Echo $Troupe.actor() {
  echo @0 (bytes :Data) -> (bytes :Data);
  # The name of the node it lives on.
  where @1 () -> (node :Text);
}

# The far node's alone.
interface PooledEcho $Troupe.actor(placement = "pool") {
  echo @0 (bytes :Data) -> (bytes :Data);
}

# Calls the echo of the key it is given, or the pool for an empty one, `inFlight` calls at a time.
interface EchoCaller $Troupe.actor() {
  run @0 (callee :Text, nanoseconds :UInt64, inFlight :UInt32) -> (calls :UInt64, medianNanoseconds :UInt64)
    $Troupe.timeout(600000);
  where @1 () -> (node :Text);
}

# --- gateway_read ---

struct ArticleState {
  name @0 :Text;
  description @1 :Text;
  priceCents @2 :UInt64;
}

interface Article $Troupe.actor(state = "ArticleState") $Http.key("sku") {
  create @0 (name :Text, description :Text, priceCents :UInt64) -> ();
  view @1 () -> (name :Text, description :Text, priceCents :UInt64)
    $Troupe.readOnly $Http.get("/articles/{sku}") $Auth.public;
}

# --- gateway_order ---

struct PurchaseState {
  buyer @0 :Text;
  sku @1 :Text;
  quantity @2 :UInt32;
  note @3 :Text;
}

interface Purchase $Troupe.actor(state = "PurchaseState") {
  place @0 (sku :Text, quantity :UInt32, note :Text) -> (quantity :UInt32)
    $Http.post("/orders") $Http.fresh("o-") $Auth.user;
}

# Orders one purchase after the other, each a new one.
interface Buyer $Troupe.actor() {
  run @0 (nanoseconds :UInt64, round :UInt32) -> (orders :UInt64) $Troupe.timeout(600000);
}

# --- durable_call and idle_activation ---

struct CounterState {
  total @0 :UInt64;
  note @1 :Data;  # makes the state as big as a line wants it
}

interface Counter $Troupe.actor(state = "CounterState") {
  add @0 (amount :UInt64, noteBytes :UInt32) -> (total :UInt64);
}

# Calls the counters `first` to `first + count - 1`.
interface CountCaller $Troupe.actor() {
  # One call after the other, to counters taken at random.
  run @0 (first :UInt32, count :UInt32, noteBytes :UInt32, nanoseconds :UInt64)
    -> (calls :UInt64, medianNanoseconds :UInt64) $Troupe.timeout(600000);
  # Each once, `inFlight` at a time.
  touch @1 (first :UInt32, count :UInt32, noteBytes :UInt32, inFlight :UInt32) -> () $Troupe.timeout(600000);
}

# --- outbox_messages ---

struct PostOfficeState {
  total @0 :UInt64;
  note @1 :Data;
}

# Sends messages to the letter box of its own key, a batch a turn; the answer to the last of a batch brings the next.
interface PostOffice $Troupe.actor(state = "PostOfficeState") {
  start @0 (batch :UInt32, noteBytes :UInt32) -> ();
  # No more batches after the one under way.
  stop @1 () -> ();
  sent @2 () -> (messages :UInt64) $Troupe.readOnly;
}

interface LetterBox $Troupe.actor(state = "PostOfficeState") {
  put @0 (note :Data) -> ();
}

# --- saga_steps ---

struct StepsState {
  steps @0 :UInt32;
}

# A saga of as many steps as it is told, each of which changes nothing but the journal.
interface Steps $Troupe.actor(state = "StepsState") {
  begin @0 (steps :UInt32) -> ();
  whole @1 () -> () $Troupe.reentrant $Troupe.timeout(600000);
}

# --- topic_consume ---

# Counts the events it is given.
interface EventCounter $Troupe.actor(state = "CounterState") {
  onEvents @0 Topics.EventBatch -> ();
  total @1 () -> (total :UInt64) $Troupe.readOnly;
}

# --- table_rows ---

struct ShelfRow {
  note @0 :Data;
}

# Puts rows of its table, each call the next ones.
interface RowShelf $Troupe.actor(state = "CounterState") {
  fill @0 (rows :UInt32, noteBytes :UInt32) -> ();
}

# --- restart ---

# Keeps nothing, and throws when it is told.
interface Crasher $Troupe.actor() {
  crash @0 () -> ();
  touch @1 () -> ();
}

# Makes the crasher of its own key crash and calls it again, over and over.
interface CrashCaller $Troupe.actor() {
  run @0 (nanoseconds :UInt64) -> (medianNanoseconds :UInt64) $Troupe.timeout(600000);
}

# --- reminders_fired ---

# Sets a reminder that is due at once.
interface Sleeper $Troupe.actor(state = "CounterState") {
  sleep @0 () -> ();
}

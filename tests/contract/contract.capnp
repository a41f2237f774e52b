@0x9d3c1f5be07a4626;
# The cast of the contract and crash tests: actors that do as they are told, so that a test can put a turn into any
# situation from outside.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::contract");

struct AccountState {
  balance @0 :Int64;
  note @1 :Data;
  nest @2 :Nest;
}

struct Nest {
  inner @0 :Nest;
}

# Keeps a balance.
interface Account $Troupe.actor(state = "AccountState") {
  add @0 (amount :Int64) -> (balance :Int64);
  balance @1 () -> (balance :Int64) $Troupe.readOnly;
  # Adds, then ends as told: "refuse", "error", "crash", "throw" (something that is no exception).
  addThen @2 (amount :Int64, ending :Text) -> ();
  # Reads, passes the latch, writes what it read plus `amount`: interleaved with another turn it would lose an update.
  addAround @3 (amount :Int64, latch :Text) -> (balance :Int64);
  # The same, and says so.
  addBeside @4 (amount :Int64, latch :Text) -> (balance :Int64) $Troupe.reentrant;
  # Edits, passes the latch, commits.
  editBeside @5 (amount :Int64, latch :Text) -> (balance :Int64) $Troupe.reentrant;
  # Takes `amount`, adds it to another account by a call of its own, then ends as told.
  transfer @6 (amount :Int64, to :Text, ending :Text) -> ();
  # Looks, passes the latch, and looks at what it saw before and at what there is now.
  readAround @7 (latch :Text) -> (before :Int64, after :Int64, note :Data) $Troupe.readOnly;
  editReadOnly @8 () -> () $Troupe.readOnly;
  # Calls `pass` of the first account on the way with the rest of it.
  pass @9 (way :List(Text)) -> ();
  # Makes the state as big as asked.
  grow @10 (bytes :UInt32) -> ();
  # Adds without an edit of its own: asks another account, then passes the latch.
  addElsewhere @11 (amount :Int64, to :Text, latch :Text) -> ();
  # Asks two accounts at once and adds up.
  sum @12 (first :Text, second :Text) -> (balance :Int64) $Troupe.readOnly;
  # Makes the state as deep as asked, and adds one.
  nest @13 (depth :UInt32) -> ();
}

# An account that many call while a node is away: it remembers more replies than it serves in that time.
interface Vault $Troupe.actor(state = "AccountState", remember = 500) {
  add @0 (amount :Int64) -> (balance :Int64);
  balance @1 () -> (balance :Int64) $Troupe.readOnly;
  # Takes `amount`, and adds it to another vault by a call of its own.
  transfer @2 (amount :Int64, to :Text) -> ();
}

struct LedgerState {
  entries @0 :List(Int64);
  lenient @1 :Bool;
}

# Writes down what it is sent, in the order it came.
interface Ledger $Troupe.actor(state = "LedgerState") {
  # Refuses 13 until it is lenient; 666 makes it crash. Says how many entries there are.
  enter @0 (amount :Int64) -> (count :UInt32);
  entries @1 () -> (amounts :List(Int64)) $Troupe.readOnly;
  beLenient @2 () -> ();
  # Passes the latch, then enters.
  enterAround @3 (amount :Int64, latch :Text) -> ();
}

struct PosterState {
  posted @0 :UInt32;
  answers @1 :List(Text);
}

# Sends durable messages.
interface Poster $Troupe.actor(state = "PosterState") {
  # One message for each amount, then ends as told.
  post @0 (to :Text, amounts :List(Int64), ending :Text) -> ();
  # The same with an answer wanted, tagged with the amount.
  ask @1 (to :Text, amounts :List(Int64)) -> ();
  posted @2 () -> (count :UInt32) $Troupe.readOnly;
  # "13: refused", "7: 3": what became of each, in the order it was heard.
  answers @3 () -> (answers :List(Text)) $Troupe.readOnly;
  postReadOnly @4 (to :Text) -> () $Troupe.readOnly;
  # A message to a method that changes nothing.
  postNothing @5 (to :Text) -> ();
  # Through the latch: `postAround` waits there with its messages unsent.
  postAround @6 (to :Text, amount :Int64, latch :Text) -> ();
  postNowhere @7 () -> ();
  forgetAll @8 () -> ();
}

# An account that remembers little.
interface Forgetful $Troupe.actor(state = "AccountState", remember = 3) {
  add @0 (amount :Int64) -> (balance :Int64);
}

# Holds turns until it is opened.
interface Latch $Troupe.actor() {
  pass @0 () -> () $Troupe.reentrant;
  open @1 () -> () $Troupe.reentrant;
  # Turns that passed or wait here.
  arrived @2 () -> (count :UInt32) $Troupe.readOnly;
}

# Keeps nothing but what is in its memory.
interface Desk $Troupe.actor() {
  echo @0 (bytes :Data) -> (bytes :Data);
  # Counts, then passes the latch if one is named.
  count @1 (latch :Text) -> (calls :UInt64);
  countAgain @2 (latch :Text) -> (calls :UInt64) $Troupe.retry;
  calls @3 () -> (calls :UInt64) $Troupe.readOnly;
  # Waits for a latch under the deadline of its own call, and remembers how that ended.
  relay @4 (latch :Text) -> ();
  ending @5 () -> (kind :Text) $Troupe.readOnly;
  slow @6 (latch :Text) -> () $Troupe.timeout(60);

  startTimers @7 () -> ();
  cancelTimers @8 () -> ();
  ticks @9 () -> (once :UInt32, every :UInt32) $Troupe.readOnly;
  nap @10 (milliseconds :UInt32) -> (sleptMilliseconds :UInt32);

  # On a thread that may block: doubles `value`, or throws "refuse" or "crash".
  block @11 (value :Int64, ending :Text) -> (value :Int64);
  # Blocks a thread until some call of this kind finds no room any more; how it ended: "done", or the kind of error.
  blockBeside @12 () -> (kind :Text) $Troupe.reentrant;

  # A child that lives with this desk; asks it to count.
  hire @13 () -> (child :Text, calls :UInt64);
  askChild @14 () -> (calls :UInt64);
  crash @15 () -> ();
  # Tries to block on a call inside a turn.
  getInside @16 () -> (kind :Text, message :Text);
  # Awaits a call that another turn made.
  keepCall @17 () -> ();
  awaitKept @18 () -> (kind :Text);
  # Edits a state it does not have.
  hold @19 (latch :Text) -> ();
  readOnlyHold @20 (latch :Text) -> () $Troupe.readOnly;
}

# A child: counts its calls.
interface Clerk $Troupe.actor() {
  count @0 () -> (calls :UInt64);
}

# Crashes while it is activated as long as its key begins with "doomed".
interface Fragile $Troupe.actor() {
  touch @0 () -> ();
}

# Known to no node.
interface Stranger $Troupe.actor() {
  greet @0 () -> ();
}

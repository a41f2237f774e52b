@0xb3f5d7c2a19e8640;
# Actors that fail and slow down on command, and one that calls them.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";

$Cxx.namespace("troupe::resilience_cast");

# Keeps nothing. What it does next is the test's to say.
interface Patient $Troupe.actor() {
  # Counts, then answers as told.
  work @0 () -> (runs :UInt64);
  # The same, and changes nothing.
  look @1 () -> (runs :UInt64) $Troupe.readOnly;
  # The same, and may run twice.
  again @2 () -> (runs :UInt64) $Troupe.retry;
}

struct PurseState {
  coins @0 :UInt64;
}

# Durable; what it does next is the test's to say.
interface Purse $Troupe.actor(state = "PurseState") {
  put @0 (coins :UInt64) -> (coins :UInt64);
  coins @1 () -> (coins :UInt64) $Troupe.readOnly;
}

# Calls a patient and a purse in its turns.
interface Nurse $Troupe.actor() {
  # The patient's runs, and how often it was called before it answered.
  visit @0 (patient :Text) -> (runs :UInt64);
  # The same of a readOnly method.
  look @1 (patient :Text) -> (runs :UInt64);
  # 7, if the patient cannot be seen.
  guess @2 (patient :Text) -> (runs :UInt64);
  # Two calls in one turn: ids of what it calls must not depend on how often each was attempted.
  pay @3 (purse :Text, coins :UInt64) -> (coins :UInt64);
}

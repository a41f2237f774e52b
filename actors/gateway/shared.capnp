# What the gateways of a cluster keep together, so that it holds whichever of them is asked: which requests came under
# which Idempotency-Key, and how many requests somebody may still send. Fields are added at the end and never removed.

@0xa49e16963234beac;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
$Cxx.namespace("troupe::gateway");

# --- Idempotency-Key. An id is a hash of a caller and a key; the actor's key is the first two characters of the ids it
# has, so that there are 4,096 actors, and no more ---

struct IdempotencyKeysState {
  pending @0 :Bool;          # a reminder will look for rows whose time is over
  after @1 :Text;            # the row that it came to the last time; empty: it begins
}

struct UsedKey {
  # Table "keys", by id.
  fingerprint @0 :Data;      # of the request that the key was used for first
  endsMs @1 :UInt64;         # since 1970; then the key is as good as new
}

interface IdempotencyKeys $Troupe.actor(state = "IdempotencyKeysState", remember = 64) {
  # A request is about to run. `run`: which one, a number that no other has. It is in flight until close(), or for `forMs`.
  open @0 (id :Text, run :UInt64, fingerprint :Data, forMs :UInt32, keepMs :UInt64) -> (may :May, inFlightMs :UInt32);
  enum May {
    run @0;
    isInFlight @1;           # the one before is; for `inFlightMs` more at most
    isOther @2;              # the key was used for another request
  }
  struct Flight {
    id @0 :Text;
    run @1 :UInt64;
  }
  # It has ended, whichever way.
  close @1 (id :Text, run :UInt64) -> () $Troupe.retry;
  # These are under way still, and in flight for `forMs` more. Of what is not known nothing becomes.
  renew @2 (flights :List(Flight), forMs :UInt32) -> ();
}

# --- rate limits. A bucket's name begins with the two characters of its actor's key. Nothing is kept on disk: a bucket
# whose node is lost is full again ---

interface RateBuckets $Troupe.actor() {
  # Up to `wanted` tokens, of a bucket that holds `burst` and gets `perMinute`: all that are wanted while there are many,
  # a quarter of what is there when there are not, and one at least if there is one. None: one is there after
  # `retryAfterMs`.
  take @0 (bucket :Text, wanted :UInt32, perMinute :UInt32, burst :UInt32) -> (granted :UInt32, retryAfterMs :UInt32);
}

# Log-ins of browsers at an issuer (see README.md). Times are milliseconds since 1970. Fields are added at the end and never
# removed.

@0xb7d20f6a93c41e58;

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
$Cxx.namespace("troupe::auth::web");

struct SessionsState {
  pending @0 :Bool;             # a reminder will look for rows whose time is over
  after @1 :Data;               # the row that it came to the last time; empty: it begins
}

struct BrowserSession {
  # Table "sessions", by the user's place and the hash of what the browser has.
  user @0 :Text;
  beganMs @1 :UInt64;
  endsMs @2 :UInt64;            # however often it is used
  idleEndsMs @3 :UInt64;        # unless it is used before
  idleMs @4 :UInt64;
}

interface BrowserSessions $Troupe.actor(state = "SessionsState", remember = 64) {
  # The key is the first two characters of a user's place, which session_place() gives: 4,096 actors, and no more.

  open @0 (place :Text, hash :Data $Troupe.secret, user :Text, lifeMs :UInt64, idleMs :UInt64) -> ();
  # Beside a user's others, of which the one that was used least goes when there are too many.
  resume @1 (place :Text, hash :Data $Troupe.secret) -> (good :Bool, user :Text);
  # Whose it is, if it is still good; it is used by that.
  end @2 (place :Text, hash :Data $Troupe.secret) -> ();
  endAll @3 (place :Text) -> (ended :UInt32);
  # All of one user: when their password is another, or they are no more.
}

@0xcc70253f2f86283c;
# What the RPC port offers in its tests: rules of all kinds, errors, waits, large and small results.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Auth = import "/troupe/auth.capnp";
using Http = import "/troupe/http.capnp";

$Cxx.namespace("troupe::jotter");

enum Mood {
  plain @0;
  merry @1;
}

struct Line {
  text @0 :Text;
  mood @1 :Mood;
  before @2 :List(Line);
}

struct JotterState {
  lines @0 :List(Line);
}

interface Jotter $Troupe.actor(state = "JotterState") $Auth.public {
  # Lines, jotted down.

  jot @0 (line :Line) -> (count :UInt32);
  read @1 () -> (lines :List(Line)) $Troupe.readOnly;
  asks @2 () -> (name :Text, roles :Text, traceparent :Text) $Troupe.readOnly;
  own @3 () -> () $Troupe.readOnly $Auth.self $Auth.role("clerk");
  burn @4 () -> () $Auth.role("admin") $Auth.scope("jotters:burn");
  known @5 () -> () $Troupe.readOnly $Auth.user;
  refuse @6 (code :Text) -> ();
  crash @7 () -> ();
  # Until the test opens the gate.
  wait @8 () -> () $Troupe.readOnly;
  # So many bytes.
  swell @9 (bytes :UInt32) -> (data :Data) $Troupe.readOnly;
  # Of any type, and counted by nobody.
  carry @10 (thing :AnyPointer) -> (thing :AnyPointer) $Troupe.readOnly;
}

interface Vault $Troupe.actor() {
  # Without a rule.

  open @0 () -> (asks :Text) $Troupe.readOnly;
}

interface Clerk $Troupe.actor(placement = "pool") $Auth.public {
  # One of many.

  add @0 (left :Int64, right :Int64) -> (sum :Int64);
  seldom @1 () -> () $Http.post("/seldom") $Http.limit(perMinute = 2);
}

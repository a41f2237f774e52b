@0xe2c1a4b3d5f60718;
# What a gateway offers: every verb, every place of a parameter, every type, every way to an actor.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("troupe::bazaar");

enum Colour {
  red @0;
  green @1;
}

struct Maker {
  name @0 :Text;
  since @1 :Int16;
  friends @2 :List(Maker);
  best @3 :Maker;
}

struct Everything {
  yes @0 :Bool;
  tiny @1 :Int8;
  small @2 :UInt16;
  big @3 :Int64;
  huge @4 :UInt64;
  half @5 :Float32;
  real @6 :Float64;
  words @7 :Text;
  bytes @8 :Data;
  colour @9 :Colour;
  maker @10 :Maker;
  numbers @11 :List(Int32);
  rows @12 :List(List(Text));
  renamed @13 :Text $Http.name("re-named");
  must @14 :Text $Http.required;
  union {
    nothing @15 :Void;
    left @16 :Text;
    right @17 :UInt32;
  }
  place :group {
    x @18 :Int32;
    y @19 :Int32;
  }
}

struct ItemState {
  name @0 :Text;
  cents @1 :UInt64;
  edits @2 :UInt32;
}

interface Item $Troupe.actor(state = "ItemState") $Http.key("code") $Auth.public {
  # Goods by their code.

  view @0 () -> (name :Text, cents :UInt64, edits :UInt32 $Http.header("X-Edits")) $Troupe.readOnly $Http.get("/items/{code}");
  put @1 (name :Text $Http.required, cents :UInt64 = 100) -> () $Http.put("/items/{code}");
  raise @2 (by :UInt32) -> (cents :UInt64) $Http.post("/items/{code}/raise/{by}") $Http.status(202);
  remove @3 (reason :Text $Http.header("X-Reason")) -> () $Http.delete("/items/{code}");
  make @4 (name :Text) -> (code :Text) $Http.post("/items") $Http.fresh("i-") $Http.status(201) $Http.location("/items/{code}");
  refuse @5 (because :Text $Http.name("why")) -> () $Http.patch("/items/{code}/refuse");
  crash @6 () -> () $Http.post("/items/{code}/crash");
  secret @7 () -> () ;
}

interface Mirror $Troupe.actor(placement = "pool") $Auth.public {
  # One of many, which keeps nothing.

  show @0 (all :Everything) -> (all :Everything) $Http.post("/mirror") $Http.body("all");
  whole @1 (maker :Maker $Http.required, times :UInt8, to :List(Text)) -> (maker :Maker, times :UInt8, to :List(Text))
    $Http.put("/mirror/whole") $Http.body("maker");
  search @2 (text :Text, limit :UInt32 = 10, colour :List(Colour), exact :Bool $Http.required, mark :Data $Http.header("X-Mark"))
    -> (text :Text, limit :UInt32, colour :List(Colour), exact :Bool, mark :Data)
    $Troupe.readOnly $Http.get("/mirror/search");
  special @3 () -> (said :Text) $Troupe.readOnly $Http.get("/mirror/special/literal");
  any @4 (word :Text) -> (said :Text) $Troupe.readOnly $Http.get("/mirror/special/{word}");
  old @5 () -> () $Http.post("/mirror/old") $Http.deprecated(since = "2026-11-01", sunset = "2027-01-31", instead = "/mirror");
  me @6 () -> (name :Text) $Troupe.readOnly $Http.get("/mirror/me") $Auth.user;
}

struct DiaryState {
  lines @0 :List(Text);
}

interface Diary $Troupe.actor(state = "DiaryState") $Http.version("v2") {
  # Everybody's own.

  write @0 (line :Text) -> (lines :UInt32) $Http.post("/diary") $Http.own $Auth.user;
  read @1 () -> (lines :List(Text)) $Troupe.readOnly $Http.get("/diaries/{key}") $Auth.self $Auth.role("reader admin");
  burn @2 () -> () $Http.delete("/diaries/{key}") $Auth.role("admin") $Auth.scope("diaries:burn");
  amend @4 (line :Text) -> () $Http.put("/diaries/{key}") $Auth.self $Auth.role("admin");
  count @3 () -> (lines :UInt32) $Troupe.readOnly $Http.get("/diaries") $Http.actor("main") $Auth.user;
}

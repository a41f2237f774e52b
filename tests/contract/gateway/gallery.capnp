@0xcb0b38d732b82af8;
# What a gateway offers besides JSON, bytes as they are; and what is done once, and not too often.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";

$Cxx.namespace("troupe::bazaar");

struct PictureState {
  type @0 :Text;
  bytes @1 :Data;
}

interface Picture $Troupe.actor(state = "PictureState") $Http.key("name") $Auth.public {
  # Shown to everybody.

  hang @0 (bytes :Data $Http.required, type :Text $Http.header("Content-Type"), note :Text) -> (size :UInt32, note :Text)
    $Http.put("/pictures/{name}") $Http.body("bytes") $Http.bytes("image/png image/jpeg");
  see @1 () -> (bytes :Data, type :Text $Http.header("Content-Type"), size :UInt32 $Http.header("X-Size"))
    $Troupe.readOnly $Http.get("/pictures/{name}") $Http.bytes("image/png image/jpeg");
  small @2 () -> (bytes :Data) $Troupe.readOnly $Http.get("/pictures/{name}/small") $Http.bytes("image/webp");
  call @3 (type :Text) -> () $Http.post("/pictures/{name}/type");
  turn @4 (bytes :Data) -> (bytes :Data) $Http.post("/pictures/{name}/turned") $Http.body("bytes")
    $Http.bytes("application/octet-stream");
}

struct TillState {
  cents @0 :UInt32;
  times @1 :UInt32;
}

interface Till $Troupe.actor(state = "TillState") $Http.key("till") $Auth.public {
  pay @0 (cents :UInt32, note :Text $Http.header("X-Note")) -> (times :UInt32) $Http.post("/tills/{till}/pay")
    $Http.idempotencyKey;
  tip @1 (cents :UInt32) -> (times :UInt32) $Http.post("/tills/{till}/tip");
  # Waits until the test lets it go on.
  wait @2 () -> (times :UInt32) $Http.post("/tills/{till}/wait");
  look @3 () -> (cents :UInt32) $Troupe.readOnly $Http.get("/tills/{till}") $Http.limit(perMinute = 60, burst = 2);
}

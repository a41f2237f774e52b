# How a gateway offers the methods of a service over HTTP: what capnpc-troupe checks, and the gateway and the API
# documents go by (actors/gateway/doc/routes.md). A schema with a wrong annotation does not build.
#
#   interface Product $Troupe.actor(state = "ProductState") $Http.key("sku") {
#     view @0 () -> (name :Text, cents :UInt64) $Troupe.readOnly $Http.get("/products/{sku}") $Auth.public;
#   }

@0xbd1d5fda9f1d7a3c;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troupe::schema::http");

# --- a method's route: one of these, with the path ---
# A {name} is a whole segment: the actor's key, or a field of the parameters that is no struct and no list. What is not
# in the path comes from the query of a GET or DELETE, and from the JSON body of the others. A GET is readOnly.
annotation get @0xd3e0a0a3d2a41f61 (method) :Text;
annotation post @0xa6b1d5c0a7d0c2e9 (method) :Text;
annotation put @0xc58bd5c3e98a3c15 (method) :Text;
annotation patch @0xf0b9c8d1c1a2c4d7 (method) :Text;
annotation delete @0x97e9a7c6f1b2d3a5 (method) :Text;

# --- which actor is called ---
# The name that the key has in paths. "key" if not said.
annotation key @0xe2d7b4c1a3958f6b (interface) :Text;
# One of these on a method whose path has no key: always this actor; the one whose key is the caller's name; a new one,
# whose key the gateway makes: this prefix, and characters that nobody can guess. The answer's location tells it.
annotation actor @0x8c3f5e2a9d7b1640 (method) :Text;
annotation own @0xb7a6958473625140 (method) :Void;
annotation fresh @0x9f8e7d6c5b4a3928 (method) :Text;

# --- what comes and goes where ---
# The field of the parameters that the whole body is; the others come from the query then.
annotation body @0xd9c8b7a695847362 (method) :Text;
# Bytes go as they are: the body, where $Http.body names a field of type Data, and the answer, where a field of type Data
# is all that the results tell in it. These are the types that are taken and given, parted by spaces: "image/png
# image/jpeg". $Http.header("Content-Type") on another field tells which of them it is.
annotation bytes @0x8d4c2b1a09f8e7d6 (method) :Text;
# A field's name in JSON and in the query.
annotation name @0xe1f2a3b4c5d6e7f8 (field, param) :Text;
# A field of the parameters that comes from the query whatever the verb, or from a header; a field of the results that
# goes out as a header and not in the body.
annotation query @0xc2b3a4958677f8e9 (field, param) :Void;
annotation header @0xf3e2d1c0bfae9d8c (field, param) :Text;
# A request without it is refused. A field that is not required has its default.
annotation required @0xa9b8c7d6e5f40312 (field, param) :Void;
# The status of a success: 200 if not said, or 204 when there is nothing to tell.
annotation status @0xb5c4d3e2f1a0918f (method) :UInt16;
# The Location of a success: a path whose {names} are the key, or fields of the results or of the parameters.
annotation location @0xd1e2f3a4b5c6d7e8 (method) :Text;

# --- once, and not too often ---
# A request without the header Idempotency-Key is refused.
annotation idempotencyKey @0x9b8a7f6e5d4c3b2a (method) :Void;
# How often one caller may send requests to it, or one address where the caller is not known: $Http.limit(perMinute = 60,
# burst = 10). On a service: to each of its methods that says nothing itself.
annotation limit @0xf8881760056795b5 (interface, method) :Limit;

struct Limit @0x86e1da6f2f77541e {
  perMinute @0 :UInt32;  # 1 to 1,000,000, steadily
  burst @1 :UInt32;      # as many at once, after a while without any; 0: as many as perMinute
}

# --- versions ---
# Stands before every path of the file or of the service: "v1" makes "/products" "/v1/products".
annotation version @0xc9d8e7f6a5b4c3d2 (file, interface) :Text;
# Whoever calls it is told so in the headers Deprecation and Sunset, and in the API documents.
annotation deprecated @0xe5d4c3b2a1f0e9d8 (interface, method) :Deprecation;

struct Deprecation @0xa1d2c3b4e5f60718 {
  since @0 :Text;    # "2026-11-01"
  sunset @1 :Text;   # when it ends, the same way; empty: not known
  instead @2 :Text;  # what to call instead, for people
}

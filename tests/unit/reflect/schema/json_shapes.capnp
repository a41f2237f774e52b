# One of everything that can stand in a message, for the tests of JSON.
@0xe4a7c2d19b60f358;

using Troupe = import "/troupe/service.capnp";

enum Colour { red @0; green @1; }

struct Point { x @0 :Int32; y @1 :Int32; }

struct Shapes {
  flag @0 :Bool;
  tiny @1 :Int8;
  count @2 :UInt32;
  large @3 :Int64;
  huge @4 :UInt64;
  ratio @5 :Float64;
  name @6 :Text;
  blob @7 :Data;
  colour @8 :Colour;
  at @9 :Point;
  path @10 :List(Point);
  words @11 :List(Text);
  grid @12 :List(List(Int16));
  union {
    none @13 :Void;
    card @14 :Text;
    cash @15 :UInt32;
  }
  place :group {
    street @16 :Text;
    number @17 :UInt16;
  }
  anything @18 :AnyPointer;
  inner @19 :Shapes;
  next @20 :List(Shapes);
  share @21 :Float32;
  shares @22 :List(Float32);
  small @23 :Int16;
  plain @24 :Int32;
  byte @25 :UInt8;
}

interface Till {
  pay @0 (amount :UInt32, shapes :Shapes) -> (change :Point);
}

# What nobody is to see, in every place where a field can be.
struct Secretive {
  name @0 :Text;
  password @1 :Text $Troupe.secret;
  key @2 :Data $Troupe.secret;
  pin @3 :UInt32 $Troupe.secret;
  points @4 :List(Point) $Troupe.secret;
  at @5 :Point $Troupe.secret;
  colour @6 :Colour $Troupe.secret;
  within @7 :Secretive;
  each @8 :List(Secretive);
  rows @9 :List(List(Secretive));
  union {
    open @10 :Text;
    sealed @11 :Text $Troupe.secret;
  }
  account :group {
    number @12 :Text;
    code @13 :Text $Troupe.secret;
  }
}

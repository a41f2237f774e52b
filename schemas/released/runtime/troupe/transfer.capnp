# troupe/transfer.capnp
@0xc1f6b0a46f0f7d21;
$import "/capnp/c++.capnp".namespace("troupe::transfer::words");
struct Message @0xa9c22b9dcde33d84 {  # 32 bytes, 1 ptrs
  partition @0 :UInt16;  # bits[0, 16)
  epoch @1 :UInt64;  # bits[64, 128)
  move @2 :UInt64;  # bits[128, 192)
  union {  # tag bits [16, 32)
    begin @3 :Void;  # bits[0, 0), union tag = 0
    records @4 :List(Record);  # ptr[0], union tag = 1
    sets @5 :Data;  # ptr[0], union tag = 2
    end @6 :UInt64;  # bits[192, 256), union tag = 3
    lead @7 :Void;  # bits[0, 0), union tag = 4
    give @8 :Text;  # ptr[0], union tag = 5
    ready @9 :Void;  # bits[0, 0), union tag = 6
    stored @10 :UInt64;  # bits[192, 256), union tag = 7
    whole @11 :Void;  # bits[0, 0), union tag = 8
    refused @12 :Text;  # ptr[0], union tag = 9
  }
}
struct Record @0xcc1553ec8cc39169 {  # 0 bytes, 2 ptrs
  key @0 :Data;  # ptr[0]
  value @1 :Data;  # ptr[1]
}

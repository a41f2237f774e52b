# payments.capnp
@0xf91bc9dea09eb467;
$import "/capnp/c++.capnp".namespace("shop");
struct AccountState @0xad14384baed0d648 {  # 16 bytes, 2 ptrs
  balanceCents @0 :UInt64;  # bits[0, 64)
  depositedCents @1 :UInt64;  # bits[64, 128)
  charges @2 :List(Charge);  # ptr[0]
  deposits @3 :List(Text);  # ptr[1]
}
struct Charge @0x8e2bf8d8ab831177 {  # 16 bytes, 1 ptrs
  order @0 :Text;  # ptr[0]
  cents @1 :UInt64;  # bits[0, 64)
  refunded @2 :Bool;  # bits[64, 65)
}
interface Account @0xe99e7b3c8da243e0 $import "/troupe/service.capnp".actor(state = "AccountState", remember = 0, rememberSeconds = 0, history = 0, version = 0, instances = 0) {
  deposit @0 (reference :Text, cents :UInt64) -> (balanceCents :UInt64) $import "/troupe/service.capnp".http("POST /accounts/{key}/deposits");
  charge @1 (order :Text, cents :UInt64) -> ();
  refund @2 (order :Text) -> ();
  view @3 () -> (balanceCents :UInt64, depositedCents :UInt64) $import "/troupe/service.capnp".readOnly(void) $import "/troupe/service.capnp".http("GET /accounts/{key}");
  charges @4 (offset :UInt32, limit :UInt32) -> (charges :List(Charge), total :UInt32) $import "/troupe/service.capnp".readOnly(void);
}

@0xb7a30cf1d9e25846;
# An order that a saga places, and a desk that hears of it.

using Cxx = import "/capnp/c++.capnp";
using Troupe = import "/troupe/service.capnp";
using Http = import "/troupe/http.capnp";
using Auth = import "/troupe/auth.capnp";
using Saga = import "/saga/saga.capnp";
using Topics = import "/topic/topic.capnp";

$Cxx.namespace("app");

struct OrderState {
  paid @0 :Bool;
}
struct OrderPaid {
  amount @0 :Int64;
}
interface Order $Troupe.actor(state = "OrderState") {
  place @0 () -> (saga :Saga.SagaStatus) $Troupe.reentrant;
}

struct DeskState {
  total @0 :Int64;
}
interface Desk $Troupe.actor(state = "DeskState") {
  onEvents @0 Topics.EventBatch -> ();
  total @1 () -> (total :Int64) $Troupe.readOnly $Http.get("/desks/{key}/total") $Auth.public;
}

// Where those come who have no actor of their own yet. A pool: it keeps nothing, and what it calls is idempotent.
#pragma once

#include "reception.capnp.troupe.h"

namespace demo {

class Reception final : public shop::ReceptionActor {
 private:
  troupe::Task<> signUp(SignUpParams::Reader in, SignUpResults::Builder out) override;
  troupe::Task<> offer(OfferParams::Reader in, OfferResults::Builder out) override;
};

}  // namespace demo

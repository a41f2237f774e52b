// The names of all users. One actor, with the key "main".
#pragma once

#include "users.capnp.troupe.h"

namespace demo {

class UserDirectory final : public shop::UserDirectoryActor {
 private:
  troupe::Task<> add(AddParams::Reader in, AddResults::Builder out) override;
  troupe::Task<> list(ListParams::Reader in, ListResults::Builder out) override;
};

}  // namespace demo

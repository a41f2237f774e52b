// What admins did, from the topic `audit` alone. One actor, with the key "main".
#pragma once

#include <troupe/table.h>

#include "views.capnp.troupe.h"

namespace demo {

class AdminLog final : public shop::AdminLogActor {
 private:
  troupe::Task<> onActs(OnActsParams::Reader in, OnActsResults::Builder out) override;
  troupe::Task<> list(ListParams::Reader in, ListResults::Builder out) override;

  [[nodiscard]] troupe::Table<shop::AdminAct> acts() { return table<shop::AdminAct>("acts"); }
};

}  // namespace demo

// The names of all users, and what an admin wants to see in a list of them. One actor, with the key "main".
#pragma once

#include <troupe/table.h>

#include <string>

#include "users.capnp.troupe.h"

namespace demo {

class UserDirectory final : public shop::UserDirectoryActor {
 private:
  troupe::Task<> add(AddParams::Reader in, AddResults::Builder out) override;
  troupe::Task<> list(ListParams::Reader in, ListResults::Builder out) override;
  troupe::Task<> put(PutParams::Reader in, PutResults::Builder out) override;
  troupe::Task<> search(SearchParams::Reader in, SearchResults::Builder out) override;
  void on_activate() override;

  // Names of a build that kept no rows become some.
  void move_names();
  troupe::Task<> moved();
  void require_room_for(const std::string& name);
  [[nodiscard]] troupe::Table<shop::UserEntry> users() { return table<shop::UserEntry>("users"); }
};

}  // namespace demo

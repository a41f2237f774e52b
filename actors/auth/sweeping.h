// An actor of many rows that each have their time: a reminder looks for those whose time is over, a page of them in a
// turn, as long as there are rows.
#pragma once

#include <string>
#include <string_view>

#include "auth/tokens.capnp.troupe.h"
#include "auth/words.h"
#include "troupe/actor.h"
#include "troupe/error.h"
#include "troupe/table.h"

namespace troupe::auth {

// The actor that has the row of this id: its key is the first characters of the id, of which 64 are possible each.
[[nodiscard]] inline std::string_view shard_of(std::string_view id) noexcept { return id.substr(0, 2); }

// `Base`: a generated actor whose state is a SweepState.
template <class Base>
class Sweeping : public Base {
 protected:
  // Throws `invalid` for an id that is another actor's.
  void require_own(std::string_view id) const {
    if (id.size() <= 2 || shard_of(id) != this->key())
      throw Error(ErrorKind::invalid, "no row of that id belongs to " + std::string(this->key()));
  }
  // To be called with each row that is made.
  void sweep_later(Milliseconds period) {
    if (this->state().getPending()) return;
    this->edit().setPending(true);
    this->remind_in("sweep", period);
  }
  // A page: erases those whose time is `over(key, row)`, which may erase what belongs to them.
  template <class Row, class Over>
  void sweep(const char* name, Milliseconds period, Over over) {
    auto rows = this->template table<Row>(name);
    const std::string after = bytes_of(this->state().getAfter());
    const auto page = rows.page({.after = after, .limit = kPageRows});
    for (const auto& row : page)
      if (over(row.key, *row)) rows.erase(row.key);
    auto to = this->edit();
    to.setAfter(data_of(page.more() ? std::string_view(page.back().key) : std::string_view()));
    to.setPending(rows.count() > 0);
    if (rows.count() > 0) this->remind_in("sweep", page.more() ? Milliseconds(std::chrono::seconds(1)) : period);
  }

 private:
  static constexpr std::size_t kPageRows = 1'000;
};

}  // namespace troupe::auth

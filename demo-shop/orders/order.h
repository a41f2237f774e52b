// One order, from draft to its end. The key is the order's id, chosen by whoever orders.
//
// The order decides first and acts afterwards, and a crash at any point is repaired by asking again:
//  - create() commits the lines before anything is reserved or charged, so whatever an order may have taken is known;
//  - place() only takes: it reserves and charges, idempotently by order id, until everything is had or something is
//    refused. That decision is one commit. A crash before it leaves a draft, whose next place() finds what the last
//    one took and takes the rest: one reservation per line, one charge. cancel() gives back what a draft took;
//  - only a committed decision gives back or hands out (settle): stock and account can be told any number of times,
//    and since a decided order takes nothing any more, no echo of place() can undo it.
// There is no shared outbox behind this: between the decision and settle() the order owes its news to stock and
// account, says so in its state, and pays when it is next awake or asked.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "orders.capnp.troupe.h"

namespace demo {

class Order final : public shop::OrderActor {
 private:
  troupe::Task<> create(CreateParams::Reader in, CreateResults::Builder out) override;
  troupe::Task<> update(UpdateParams::Reader in, UpdateResults::Builder out) override;
  troupe::Task<> place(PlaceParams::Reader in, PlaceResults::Builder out) override;
  troupe::Task<> cancel(CancelParams::Reader in, CancelResults::Builder out) override;
  troupe::Task<> ship(ShipParams::Reader in, ShipResults::Builder out) override;
  troupe::Task<> settle(SettleParams::Reader in, SettleResults::Builder out) override;
  troupe::Task<> view(ViewParams::Reader in, ViewResults::Builder out) override;
  void on_activate() override;

  struct Line {
    std::string sku;
    std::uint32_t quantity;
  };
  [[nodiscard]] std::vector<Line> lines() const;
  void require_known() const;
  // The decision. What it makes stock and account owe is settled in a turn of its own, after this one's commit.
  void decide(shop::OrderStatus status);
  void refuse(const troupe::Error& why);
  void answer(PlaceResults::Builder out) const;
  void settle_after(std::chrono::milliseconds delay);
  // Tells stock and account, as far as they have not been told.
  troupe::Task<> carry_out();
  troupe::Task<> carry_out_or_try_later();
};

}  // namespace demo

// One order, from draft to its end. The key is the order's id, chosen by whoever orders.
//
// It comes to be by create(), or of the caller's cart by checkOut() (checkout.cpp).
//
// Placing it is a saga (placing.cpp): every line reserved, the total charged, the order confirmed, each a step in the
// order's journal. Once begun it comes to an end, whoever dies and whether or not anybody waits: confirmed, or refused
// or cancelled with everything given back. What is decided after that (shipped, cancelled) is told to stock and account
// by durable messages of the same commit.
#pragma once

#include <saga/saga.h>
#include <topic/publishing.h>

#include <cstdint>
#include <string>
#include <vector>

#include "orders.capnp.troupe.h"

namespace demo {

class Order final : public troupe::saga::Saga<troupe::topic::Publishing<shop::OrderActor>> {
 private:
  troupe::Task<> create(CreateParams::Reader in, CreateResults::Builder out) override;
  troupe::Task<> update(UpdateParams::Reader in, UpdateResults::Builder out) override;
  troupe::Task<> place(PlaceParams::Reader in, PlaceResults::Builder out) override;
  troupe::Task<> cancel(CancelParams::Reader in, CancelResults::Builder out) override;
  troupe::Task<> ship(ShipParams::Reader in, ShipResults::Builder out) override;
  troupe::Task<> settle(SettleParams::Reader in, SettleResults::Builder out) override;
  troupe::Task<> view(ViewParams::Reader in, ViewResults::Builder out) override;
  troupe::Task<> progress(ProgressParams::Reader in, ProgressResults::Builder out) override;
  troupe::Task<> goOn(GoOnParams::Reader in, GoOnResults::Builder out) override;
  troupe::Task<> decide(DecideParams::Reader in, DecideResults::Builder out) override;
  troupe::Task<> abandon(AbandonParams::Reader in, AbandonResults::Builder out) override;
  troupe::Task<> checkOut(CheckOutParams::Reader in, CheckOutResults::Builder out) override;
  troupe::Task<> remove(RemoveParams::Reader in, RemoveResults::Builder out) override;
  troupe::Task<> forget(ForgetParams::Reader in, ForgetResults::Builder out) override;
  void on_activate() override;
  troupe::Task<> on_answer(const troupe::Answer& answer) override;

  // --- the saga: placing.cpp ---
  troupe::saga::Flow<> run() override;
  bool may_begin() const override;
  void on_phase(troupe::saga::Phase now, const troupe::Error* why) override;
  troupe::Task<> reserve(std::string sku, std::uint32_t quantity);
  troupe::Task<> release(std::string sku);
  troupe::Task<> charge();
  troupe::Task<> refund();
  troupe::Task<> take_from_cart();
  troupe::Task<> give_back_to_cart();
  void confirm();

  struct Line {
    std::string sku;
    std::uint32_t quantity;
  };
  [[nodiscard]] std::vector<Line> lines() const;
  // The order is there, and whoever asks may see it.
  void require_known() const;
  void set_ended();
  void ended_unplaced(const troupe::Error* why);

  // --- from a cart to an order: checkout.cpp ---
  // What a cart becomes, before it is an order.
  struct Draft {
    struct Line {
      std::string sku, name, name_zh;
      std::uint32_t quantity;
      std::uint64_t unit_cents;
    };
    std::string user, address;
    std::vector<Line> lines;
    std::uint64_t total_cents = 0;
  };
  troupe::Task<Draft> draft_of_cart(std::string user, std::string address, std::uint64_t expected_cents);
  // In a turn of its own, for whoever asks now.
  void begin(Draft draft);
  // What an order does after its placing: one commit, with the messages that stock and account get.
  void end_as(shop::OrderStatus status);
  void tell_what_was_decided();
};

}  // namespace demo

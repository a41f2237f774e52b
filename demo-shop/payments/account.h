// One user's money. The key is the user name. At all times deposited = balance + charged and not refunded.
//
// Every method that changes something is idempotent by the order or the reference it is told. A refund closes the
// order: a late echo of its charge is refused, also when there was no charge to give back.
#pragma once

#include <string>
#include <vector>

#include "payments.capnp.troupe.h"
#include "payments/behaviour.h"

namespace demo {

class Account final : public shop::AccountActor {
 private:
  troupe::Task<> deposit(DepositParams::Reader in, DepositResults::Builder out) override;
  troupe::Task<> charge(ChargeParams::Reader in, ChargeResults::Builder out) override;
  troupe::Task<> refund(RefundParams::Reader in, RefundResults::Builder out) override;
  troupe::Task<> view(ViewParams::Reader in, ViewResults::Builder out) override;
  troupe::Task<> charges(ChargesParams::Reader in, ChargesResults::Builder out) override;
  troupe::Task<> behave(BehaveParams::Reader in, BehaveResults::Builder out) override;
  troupe::Task<> behaveAsAll(BehaveAsAllParams::Reader in, BehaveAsAllResults::Builder out) override;
  troupe::Task<> close(CloseParams::Reader in, CloseResults::Builder out) override;

  struct Entry {
    std::string order;
    std::uint64_t cents;
    bool refunded;
  };
  [[nodiscard]] std::vector<Entry> entries() const;
  void keep(const std::vector<Entry>& entries);
  // Into the balance, or out of the shop.
  void come_back(std::uint64_t cents);
  void require_open() const;
  [[nodiscard]] troupe::Task<Behaviour> of_the_shop();
};

}  // namespace demo

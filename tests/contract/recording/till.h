// The actors of till.capnp. A rate of 0 is what the till's author did not think of.
#pragma once

#include <troupe/node.h>
#include <troupe/table.h>

#include <stdexcept>
#include <string>

#include "till.capnp.troupe.h"

namespace tills {

inline std::string text(capnp::Text::Reader from) { return {from.cStr(), from.size()}; }

class TillOf2026 final : public TillActor {
 public:
  troupe::Task<> sell(SellParams::Reader in, SellResults::Builder out) override {
    edit().setTotal(state().getTotal() + in.getAmount());
    edit().setSales(state().getSales() + 1);
    const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch()).count();
    table<Sale>("sales").put(text(in.getArticle()), [&](auto row) {
      row.setAmount(in.getAmount());
      row.setAtMs(static_cast<std::uint64_t>(at));
    });
    out.setTotal(state().getTotal());
    co_return;
  }
  troupe::Task<> exchange(ExchangeParams::Reader in, ExchangeResults::Builder out) override {
    const std::string article = text(in.getArticle());
    auto asked = ref<Bank>(text(in.getBank())).rate([&](auto p) { p.setArticle(in.getArticle()); });
    const auto rate = co_await std::move(asked);
    const auto sale = table<Sale>("sales").get(article);
    if (!sale) throw troupe::Refusal("unknown_sale", "nothing was sold as " + article);
    if (rate->getRate() == 0) throw std::logic_error("a rate of 0 for " + article);
    edit().setTotal(state().getTotal() - (*sale)->getAmount());
    out.setAmount((*sale)->getAmount() / rate->getRate());
  }
  troupe::Task<> refund(RefundParams::Reader, RefundResults::Builder) override {
    throw troupe::Refusal("no_refunds", "what is sold is sold");
    co_return;
  }
  troupe::Task<> unlock(UnlockParams::Reader, UnlockResults::Builder) override { co_return; }
  troupe::Task<> wait(WaitParams::Reader in, WaitResults::Builder) override {
    auto held = ref<Bank>(text(in.getBank())).hold();
    co_await std::move(held);
  }
};

class BankOf2026 final : public BankActor {
 public:
  troupe::Task<> setRate(SetRateParams::Reader in, SetRateResults::Builder) override {
    edit().setRate(in.getRate());
    co_return;
  }
  troupe::Task<> rate(RateParams::Reader, RateResults::Builder out) override {
    out.setRate(state().getRate());
    co_return;
  }
  troupe::Task<> hold(HoldParams::Reader, HoldResults::Builder) override { co_await sleep_for(std::chrono::hours(1)); }
};

inline void host(troupe::Node& node) {
  node.host<TillOf2026>();
  node.host<BankOf2026>();
}

}  // namespace tills

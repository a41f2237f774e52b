#include "payments/account.h"

#include <fmt/format.h>

#include <algorithm>

#include "lists.h"

namespace demo {

using troupe::Refusal;
using troupe::Task;

namespace {

constexpr std::uint64_t kLargestAmountCents = 1'000'000'000'000;
constexpr std::size_t kDeposits = 64;
// The charges are one state, written whole with each.
constexpr std::size_t kMostCharges = 10'000;

void check_amount(std::uint64_t cents) {
  if (cents == 0 || cents > kLargestAmountCents)
    throw Refusal("bad_amount", fmt::format("an amount is 1 to {} cents, not {}", kLargestAmountCents, cents));
}

std::string money(std::uint64_t cents) { return fmt::format("{}.{:02}", cents / 100, cents % 100); }

template <class Entries>
auto of_order(Entries& entries, const std::string& order) {
  return std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.order == order; });
}

}  // namespace

Task<> Account::deposit(DepositParams::Reader in, DepositResults::Builder out) {
  const std::string reference = to_string(in.getReference());
  check_amount(in.getCents());
  require_open();
  auto deposits = to_strings(state().getDeposits());
  if (!holds(deposits, reference)) {
    remember(deposits, reference, kDeposits);
    fill(edit().initDeposits(static_cast<unsigned>(deposits.size())), deposits);
    edit().setDepositedCents(state().getDepositedCents() + in.getCents());
    edit().setBalanceCents(state().getBalanceCents() + in.getCents());
  }
  out.setBalanceCents(state().getBalanceCents());
  co_return;
}

Task<> Account::charge(ChargeParams::Reader in, ChargeResults::Builder) {
  const std::string order = to_string(in.getOrder());
  const auto cents = in.getCents();
  check_amount(cents);

  auto now = entries();
  if (const auto known = of_order(now, order); known != now.end()) {
    if (known->refunded) throw Refusal("order_closed", fmt::format("order {} was refunded", order));
    if (known->cents == cents) co_return;
    throw Refusal("charged_differently",
                  fmt::format("order {} was charged {}, not {}", order, money(known->cents), money(cents)));
  }
  require_open();
  const std::uint64_t balance = state().getBalanceCents();
  Behaviour behaviour;
  if (state().hasBehaviour()) {
    behaviour = behaviour_of(state().getBehaviour());
  } else {
    behaviour = co_await of_the_shop();
  }
  if (behaviour.delay.count() > 0) co_await sleep_for(behaviour.delay);
  if (behaviour.refuses(order))
    throw Refusal("payment_refused", fmt::format("the payment of order {} was refused; pay in another way", order));
  if (balance < cents)
    throw Refusal("insufficient_funds", fmt::format("{} wanted, {} in the account", money(cents), money(balance)));
  if (now.size() >= kMostCharges)
    throw Refusal("too_many_charges", fmt::format("the account of {} has {} charges", key(), now.size()));

  now.push_back({order, cents, false});
  keep(now);
  edit().setBalanceCents(state().getBalanceCents() - cents);
}

Task<> Account::refund(RefundParams::Reader in, RefundResults::Builder) {
  const std::string order = to_string(in.getOrder());
  auto now = entries();
  const auto known = of_order(now, order);
  if (known == now.end()) {
    now.push_back({order, 0, true});
    keep(now);
  } else if (!known->refunded) {
    known->refunded = true;
    const auto cents = known->cents;
    keep(now);
    come_back(cents);
  }
  co_return;
}

Task<> Account::view(ViewParams::Reader, ViewResults::Builder out) {
  out.setBalanceCents(state().getBalanceCents());
  out.setDepositedCents(state().getDepositedCents());
  out.setPaidOutCents(state().getPaidOutCents());
  co_return;
}

Task<> Account::charges(ChargesParams::Reader in, ChargesResults::Builder out) {
  const auto rows = state().getCharges();
  const auto first = std::min(in.getOffset(), rows.size());
  const auto count = std::min(page_size(in.getLimit()), rows.size() - first);
  auto page = out.initCharges(count);
  for (unsigned i = 0; i < count; ++i) page.setWithCaveats(i, rows[first + i]);
  out.setTotal(rows.size());
  co_return;
}

Task<> Account::behave(BehaveParams::Reader in, BehaveResults::Builder) {
  set(edit().initBehaviour(), in.getRefusePercent(), in.getDelayMs());
  co_return;
}

Task<> Account::behaveAsAll(BehaveAsAllParams::Reader, BehaveAsAllResults::Builder) {
  edit().disownBehaviour();
  co_return;
}

Task<> Account::close(CloseParams::Reader, CloseResults::Builder) {
  if (state().getClosed()) co_return;
  const auto cents = state().getBalanceCents();
  auto account = edit();
  account.setClosed(true);
  account.setBalanceCents(0);
  account.setPaidOutCents(state().getPaidOutCents() + cents);
}

void Account::come_back(std::uint64_t cents) {
  if (state().getClosed()) {
    edit().setPaidOutCents(state().getPaidOutCents() + cents);
  } else {
    edit().setBalanceCents(state().getBalanceCents() + cents);
  }
}

void Account::require_open() const {
  if (state().getClosed()) throw Refusal("account_closed", fmt::format("the account of {} is closed", key()));
}

Task<Behaviour> Account::of_the_shop() {
  auto told = co_await ref<shop::Payments>("main").behaviour();
  co_return Behaviour{told->getRefusePercent(), std::chrono::milliseconds(told->getDelayMs())};
}

std::vector<Account::Entry> Account::entries() const {
  std::vector<Entry> entries;
  for (auto row : state().getCharges())
    entries.push_back({to_string(row.getOrder()), row.getCents(), row.getRefunded()});
  return entries;
}

void Account::keep(const std::vector<Entry>& entries) {
  auto list = edit().initCharges(static_cast<unsigned>(entries.size()));
  for (unsigned i = 0; i < entries.size(); ++i) {
    list[i].setOrder(entries[i].order);
    list[i].setCents(entries[i].cents);
    list[i].setRefunded(entries[i].refunded);
  }
}

}  // namespace demo

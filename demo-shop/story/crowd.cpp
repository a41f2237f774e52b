#include "story/crowd.h"

#include <fmt/format.h>

#include <exception>
#include <random>
#include <thread>

#include "audit/report.h"

namespace demo {

namespace {

using shop::OrderStatus;

// Every how many of a shopper's confirmed orders is cancelled, and which stays for a later day.
constexpr unsigned kCancelEvery = 5;
constexpr unsigned kLeaveEvery = 4;

// Numbers below `n` from a generator whose results are the same everywhere, unlike std::uniform_int_distribution's.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_() % n); }

 private:
  std::mt19937_64 engine_;
};

struct Visit {
  std::string line;
  Acknowledged orders;
  std::exception_ptr failure;
};

// One order: fill the cart, check out, place; ship it, cancel it or leave it.
OrderStatus order_once(Shopper& shopper, Clerk& clerk, Dice& dice, const std::string& id, unsigned number) {
  for (std::uint32_t i = 0, lines = 1 + dice.below(3); i < lines; ++i)
    shopper.put(kGoods[dice.below(4)].sku, 1 + dice.below(3));
  (void)shopper.check_out(id, "somewhere");
  const auto status = shopper.place(id).status;
  if (status != OrderStatus::CONFIRMED) return status;
  if (number % kCancelEvery == kCancelEvery - 1) {
    shopper.cancel(id);
    shopper.settle(id);  // the money is back before the next order needs it
    return OrderStatus::CANCELLED;
  }
  if (number % kLeaveEvery == kLeaveEvery - 1) return OrderStatus::CONFIRMED;
  clerk.ship(id);
  return OrderStatus::SHIPPED;
}

Visit visit(troupe::Node& node, const Scene& scene, unsigned who, const Patience& patience,
            const std::function<void()>& on_order) {
  Visit visit;
  Shopper shopper(node, fmt::format("shopper-{}", who + 1), patience);
  Clerk clerk(node, patience);
  Dice dice(scene.seed * 1'000 + who);
  // Every other one is short of money towards the end.
  const std::uint64_t cents = (who % 2 == 0 ? 20'000ull : 6'000ull) * scene.orders_each;
  shopper.sign_up(fmt::format("password of {}", who), fmt::format("Shopper {}", who + 1));
  shopper.deposit(fmt::format("crowd-{}", who + 1), cents);
  unsigned kept = 0;
  unsigned refused = 0;
  for (unsigned i = 0; i < scene.orders_each; ++i) {
    const auto id = fmt::format("{}-{}", shopper.name(), i + 1);
    const auto status = order_once(shopper, clerk, dice, id, i);
    visit.orders[id] = status;
    kept += status == OrderStatus::SHIPPED || status == OrderStatus::CONFIRMED ? 1 : 0;
    refused += status == OrderStatus::REFUSED ? 1 : 0;
    on_order();
  }
  visit.line = fmt::format("{}: {} of {} orders kept, {} refused for want of money, {} left of {}", shopper.name(),
                           kept, scene.orders_each, refused, money(shopper.balance()), money(cents));
  return visit;
}

}  // namespace

Facts shop_together(troupe::Node& node, const Scene& scene, const Patience& patience, const OnOrder& on_order) {
  std::vector<Visit> visits(scene.shoppers);
  std::atomic<unsigned> orders{0};
  const auto count = [&] {
    const unsigned so_far = ++orders;
    if (on_order) on_order(so_far);
  };
  std::vector<std::thread> threads;
  for (unsigned who = 0; who < scene.shoppers; ++who)
    threads.emplace_back([&, who] {
      try {
        visits[who] = visit(node, scene, who, patience, count);
      } catch (...) {
        visits[who].failure = std::current_exception();
      }
    });
  for (auto& thread : threads) thread.join();

  Facts facts;
  for (auto& v : visits) {
    if (v.failure) std::rethrow_exception(v.failure);
    facts.lines.push_back(std::move(v.line));
    facts.orders.merge(v.orders);
  }
  return facts;
}

}  // namespace demo

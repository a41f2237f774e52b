#include "story/script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "audit/report.h"
#include "story/crowd.h"
#include "story/shopper.h"

namespace demo {

namespace {

using shop::OrderStatus;

class Script {
 public:
  Script(troupe::Node& node, const Scene& scene, const Narrator& narrator)
      : node_(node), scene_(scene), narrator_(narrator) {
    patience_.repeats = &asked_again_;
    patience_.on_repeat = &narrator_.asked_again;
  }

  Facts run(const OnOrder& on_order) {
    Clerk clerk(node_, patience_);
    Shopper anna(node_, "anna", patience_);
    Shopper ben(node_, "ben", patience_);
    open_shop(clerk);
    come_in(anna);
    browse(clerk);
    buy(anna, clerk);
    run_out_of_stock(ben, clerk);
    run_out_of_money(ben, clerk);
    change_ones_mind(anna, clerk);
    forget_a_cart(ben);
    let_the_crowd_in(clerk, on_order);
    facts_.asked_again = asked_again_;
    return std::move(facts_);
  }

 private:
  void chapter(const std::string& title) { narrator_.chapter(title); }
  void fact(std::string line) {
    narrator_.line(line);
    facts_.lines.push_back(std::move(line));
  }
  static void expect(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error("the script expected otherwise: " + what);
  }
  // The code with which `attempt` is refused; the script says that it is.
  template <class Attempt>
  std::string refusal_of(Attempt attempt, const std::string& what) {
    try {
      attempt();
    } catch (const troupe::Error& e) {
      if (e.kind() == troupe::ErrorKind::refused) return e.code();
      throw;
    }
    throw std::runtime_error("the script expected a refusal: " + what);
  }
  void show(const StockRow& s) {
    fact(fmt::format("{}: received {} = on hand {} + reserved {} + sold {}", s.sku, s.received, s.on_hand, s.reserved,
                     s.sold));
  }
  // Places an order and settles what was decided.
  Placed place(Shopper& shopper, const std::string& order) {
    const auto placed = shopper.place(order);
    facts_.orders[order] = placed.status;
    shopper.settle(order);
    fact(placed.reason.empty() ? fmt::format("{} places {}: {}", shopper.name(), order, to_string(placed.status))
                               : fmt::format("{} places {}: {} ({}: {})", shopper.name(), order,
                                             to_string(placed.status), placed.reason, placed.explanation));
    return placed;
  }

  void open_shop(Clerk& clerk) {
    chapter("The shop opens");
    for (const auto& goods : kGoods) {
      clerk.offer(goods);
      const auto on_hand = clerk.restock(goods.sku, "opening-" + goods.sku, goods.sku == "lamp" ? 2 : 100'000);
      fact(fmt::format("{} at {}, {} on hand", goods.name, money(goods.price_cents), on_hand));
    }
    clerk.offer({"fax", "Fax machine", "office", 9900});
    clerk.discontinue("fax");
    clerk.reprice("mug", 850);
    fact("the mug now costs 8.50; the fax machine is discontinued");
  }

  void come_in(Shopper& anna) {
    chapter("Anna comes in");
    anna.sign_up("correct horse", "Anna Berg");
    fact("anna signs up");
    fact("a wrong password is refused: " + refusal_of([&] { (void)anna.log_in("wrong horse"); }, "a wrong password"));
    const auto tokens = anna.log_in("correct horse");
    expect(anna.is_known_by(tokens.access), "anna's token says that she is anna");
    fact("anna logs in with the right one, and her token is known");
    fact(fmt::format("anna pays in; her balance is {}", money(anna.deposit("anna-1", 20'000))));
    Shopper other(node_, "anna", patience_);
    fact("another anna is refused: " +
         refusal_of([&] { other.sign_up("battery staple", "Anna Adler"); }, "a name twice"));
  }

  void browse(Clerk& clerk) {
    chapter("She browses");
    fact(fmt::format("on sale: {}", fmt::join(clerk.search(""), ", ")));
    fact(fmt::format("\"kitchen\" finds: {}", fmt::join(clerk.search("kitchen"), ", ")));
  }

  void buy(Shopper& anna, Clerk& clerk) {
    chapter("She orders");
    anna.put("mug", 2);
    anna.put("tea", 3);
    anna.put("book", 1);
    anna.remove("book");
    fact("the cart: two mugs, three teas, and no book after all");
    fact("the fax machine is refused: " + refusal_of([&] { anna.put("fax", 1); }, "a discontinued product"));
    fact(fmt::format("she checks out: {}", money(anna.check_out("anna-1", "1 Elm Street"))));
    expect(place(anna, "anna-1").status == OrderStatus::CONFIRMED, "anna-1 is confirmed");
    show(clerk.level("mug"));
    anna.redirect("anna-1", "2 Elm Street");
    clerk.ship("anna-1");
    anna.settle("anna-1");
    facts_.orders["anna-1"] = OrderStatus::SHIPPED;
    fact("anna-1 is redirected and shipped");
    show(clerk.level("mug"));
    fact("balance: " + money(anna.balance()));
  }

  void run_out_of_stock(Shopper& ben, Clerk& clerk) {
    chapter("Stock runs out");
    ben.sign_up("tr0ub4dor&3", "Ben Ohm");
    ben.deposit("ben-1", 50'000);
    ben.put("tea", 5);
    ben.put("lamp", 3);
    (void)ben.check_out("ben-1", "3 Oak Road");
    expect(place(ben, "ben-1").reason == "out_of_stock", "ben-1 is refused");
    show(clerk.level("tea"));
    show(clerk.level("lamp"));
    fact("his five teas are free again, and nothing is charged: balance " + money(ben.balance()));
  }

  void run_out_of_money(Shopper& ben, Clerk& clerk) {
    chapter("A payment is refused");
    ben.put("kettle", 20);
    fact(fmt::format("twenty kettles cost {}", money(ben.check_out("ben-2", "3 Oak Road"))));
    expect(place(ben, "ben-2").reason == "insufficient_funds", "ben-2 is refused");
    show(clerk.level("kettle"));
    fact("the kettles are free again: balance " + money(ben.balance()));
  }

  void change_ones_mind(Shopper& anna, Clerk& clerk) {
    chapter("Anna changes her mind");
    anna.put("lamp", 1);
    (void)anna.check_out("anna-2", "2 Elm Street");
    expect(place(anna, "anna-2").status == OrderStatus::CONFIRMED, "anna-2 is confirmed");
    fact("balance: " + money(anna.balance()));
    anna.cancel("anna-2");
    anna.settle("anna-2");
    facts_.orders["anna-2"] = OrderStatus::CANCELLED;
    fact("anna-2 is cancelled; balance: " + money(anna.balance()));
    fact("shipping it is refused: " + refusal_of([&] { clerk.ship("anna-2"); }, "shipping a cancelled order"));
    show(clerk.level("lamp"));
  }

  void forget_a_cart(Shopper& ben) {
    chapter("Ben forgets his cart");
    ben.put("kettle", 2);
    ben.keep_cart_for(std::chrono::seconds(1));
    expect(ben.wait_for_empty_cart(std::chrono::seconds(60)), "the cart is emptied by its reminder");
    fact("two kettles, kept for a second: a reminder has emptied the cart");
  }

  void let_the_crowd_in(Clerk& clerk, const OnOrder& on_order) {
    chapter(fmt::format("{} shoppers order {} times each, all at once", scene_.shoppers, scene_.orders_each));
    auto crowd = shop_together(node_, scene_, patience_, on_order);
    for (auto& line : crowd.lines) fact(std::move(line));
    facts_.orders.merge(crowd.orders);
    fact(fmt::format("users: {}", fmt::join(clerk.users(), ", ")));
  }

  troupe::Node& node_;
  const Scene& scene_;
  const Narrator& narrator_;
  std::atomic<std::uint64_t> asked_again_{0};
  Patience patience_;
  Facts facts_;
};

}  // namespace

Facts play(troupe::Node& node, const Scene& scene, const Narrator& narrator, OnOrder on_order) {
  return Script(node, scene, narrator).run(on_order);
}

}  // namespace demo

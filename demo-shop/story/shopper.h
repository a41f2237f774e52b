// A shopper: calls the shop's actors from outside, through any node of the cluster, and asks again when no answer
// comes.
#pragma once

#include <troupe/node.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "audit/books.h"
#include "insist.h"

namespace demo {

// What the shop said of an order.
struct Placed {
  shop::OrderStatus status = shop::OrderStatus::NONE;
  std::string reason;
  std::string explanation;
};

// Not for concurrent use. Its methods throw troupe::Error, a Refusal where the shop says no.
class Shopper {
 public:
  Shopper(troupe::Node& node, std::string name, Patience patience)
      : node_(node), name_(std::move(name)), patience_(patience) {}

  [[nodiscard]] const std::string& name() const { return name_; }

  void sign_up(const std::string& password, const std::string& full_name);
  // What the issuer gives for the password. Throws Refusal bad_credentials.
  struct Tokens {
    std::string access, refresh;
  };
  [[nodiscard]] Tokens log_in(const std::string& password);
  // Whether the issuer's keys say that it is this shopper's.
  [[nodiscard]] bool is_known_by(const std::string& access_token);
  // Throws Refusal invalid_grant for one that is not good any more.
  [[nodiscard]] Tokens refresh(const std::string& refresh_token);
  void log_out(const std::string& refresh_token);
  // `reference` names the deposit: the same one twice is one.
  std::uint64_t deposit(const std::string& reference, std::uint64_t cents);
  [[nodiscard]] std::uint64_t balance();

  void put(const std::string& sku, std::uint32_t quantity);
  void remove(const std::string& sku);
  // From now on, after each change.
  void keep_cart_for(std::chrono::milliseconds time);
  // False: it holds something still.
  [[nodiscard]] bool wait_for_empty_cart(std::chrono::milliseconds time);
  // Makes `order` of the cart; its total.
  std::uint64_t check_out(const std::string& order, const std::string& address);
  Placed place(const std::string& order);
  void redirect(const std::string& order, const std::string& address);
  void cancel(const std::string& order);
  // Waits until stock and account know what became of the order.
  void settle(const std::string& order);

 private:
  using Form = std::vector<std::pair<std::string, std::string>>;
  // What the issuer's endpoint answers to a form.
  [[nodiscard]] Tokens tokens_for(const Form& form, const std::string& refused_as);

  troupe::Node& node_;
  std::string name_;
  Patience patience_;
};

// Those behind the counter.
class Clerk {
 public:
  Clerk(troupe::Node& node, Patience patience) : node_(node), patience_(patience) {}

  struct Goods {
    std::string sku, name, category;
    std::uint64_t price_cents;
  };
  void offer(const Goods& goods);
  void reprice(const std::string& sku, std::uint64_t price_cents);
  void discontinue(const std::string& sku);
  std::uint64_t restock(const std::string& sku, const std::string& delivery, std::uint32_t quantity);
  [[nodiscard]] StockRow level(const std::string& sku);
  // SKUs on sale whose SKU, name or category holds `text`.
  [[nodiscard]] std::vector<std::string> search(const std::string& text);
  [[nodiscard]] std::vector<std::string> users();
  void ship(const std::string& order);

 private:
  troupe::Node& node_;
  Patience patience_;
};

}  // namespace demo

#include "story/shopper.h"

#include <auth/tokens.capnp.troupe.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "cart.capnp.troupe.h"
#include "catalogue.capnp.troupe.h"
#include "lists.h"
#include "orders.capnp.troupe.h"
#include "payments.capnp.troupe.h"
#include "stock.capnp.troupe.h"
#include "users.capnp.troupe.h"
#include "users/issuer.h"

namespace demo {

namespace {

void fill_form(capnp::List<troupe::auth::Parameter>::Builder out,
               const std::vector<std::pair<std::string, std::string>>& form) {
  for (unsigned i = 0; i < form.size(); ++i) {
    out[i].setName(form[i].first);
    out[i].setValue(form[i].second);
  }
}

}  // namespace

void Shopper::sign_up(const std::string& password, const std::string& full_name) {
  insist(
      [&] {
        return node_.ref<shop::User>(name_).signUp([&](auto p) {
          p.setPassword(password);
          p.setFullName(full_name);
        });
      },
      patience_);
}

Shopper::Tokens Shopper::log_in(const std::string& password) {
  return tokens_for(
      {{"grant_type", "password"}, {"client_id", kWebClient}, {"username", name_}, {"password", password}},
      "bad_credentials");
}

bool Shopper::is_known_by(const std::string& access_token) {
  auto claims = shop_issuer().check(node_).check(access_token, std::chrono::system_clock::now());
  return claims.ok() && (*claims)->subject == name_;
}

Shopper::Tokens Shopper::refresh(const std::string& refresh_token) {
  return tokens_for({{"grant_type", "refresh_token"}, {"client_id", kWebClient}, {"refresh_token", refresh_token}},
                    "invalid_grant");
}

void Shopper::log_out(const std::string& refresh_token) {
  insist(
      [&] {
        return node_.ref<troupe::auth::TokenEndpoint>().revoke([&](auto p) {
          fill_form(p.initParameters(2), {{"client_id", kWebClient}, {"token", refresh_token}});
        });
      },
      patience_);
}

Shopper::Tokens Shopper::tokens_for(const Form& form, const std::string& refused_as) {
  auto reply = insist(
      [&] {
        return node_.ref<troupe::auth::TokenEndpoint>().token(
            [&](auto p) { fill_form(p.initParameters(static_cast<unsigned>(form.size())), form); });
      },
      patience_);
  const auto answer = reply->getAnswer();
  const auto json = nlohmann::json::parse(to_string(answer.getBody()), nullptr, false);
  if (answer.getStatus() == 400)
    throw troupe::Refusal(refused_as, json.is_object() ? json.value("error_description", "") : "");
  if (answer.getStatus() != 200 || !json.is_object())
    throw std::runtime_error(fmt::format("the issuer answered {}", answer.getStatus()));
  return {json.value("access_token", ""), json.value("refresh_token", "")};
}

std::uint64_t Shopper::deposit(const std::string& reference, std::uint64_t cents) {
  auto reply = insist(
      [&] {
        return node_.ref<shop::Account>(name_).deposit([&](auto p) {
          p.setReference(reference);
          p.setCents(cents);
        });
      },
      patience_);
  return reply->getBalanceCents();
}

std::uint64_t Shopper::balance() {
  return insist([&] { return node_.ref<shop::Account>(name_).view(); }, patience_)->getBalanceCents();
}

void Shopper::put(const std::string& sku, std::uint32_t quantity) {
  insist(
      [&] {
        return node_.ref<shop::Cart>(name_).put([&](auto p) {
          p.setSku(sku);
          p.setQuantity(quantity);
        });
      },
      patience_);
}

void Shopper::remove(const std::string& sku) {
  insist([&] { return node_.ref<shop::Cart>(name_).remove([&](auto p) { p.setSku(sku); }); }, patience_);
}

void Shopper::keep_cart_for(std::chrono::milliseconds time) {
  insist(
      [&] {
        return node_.ref<shop::Cart>(name_).keepFor(
            [&](auto p) { p.setMilliseconds(static_cast<std::uint64_t>(time.count())); });
      },
      patience_);
}

bool Shopper::wait_for_empty_cart(std::chrono::milliseconds time) {
  const auto end = troupe::later(std::chrono::steady_clock::now(), time);
  for (;;) {
    auto cart = insist([&] { return node_.ref<shop::Cart>(name_).view(); }, patience_);
    if (cart->getItems().size() == 0) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(patience_.pause);
  }
}

std::uint64_t Shopper::check_out(const std::string& order, const std::string& address) {
  auto reply = insist(
      [&] {
        return node_.ref<shop::Cart>(name_).checkOut([&](auto p) {
          p.setOrder(order);
          p.setAddress(address);
        });
      },
      patience_);
  return reply->getTotalCents();
}

Placed Shopper::place(const std::string& order) {
  auto reply = insist([&] { return node_.ref<shop::Order>(order).place(); }, patience_);
  return {reply->getStatus(), to_string(reply->getReason()), to_string(reply->getExplanation())};
}

void Shopper::redirect(const std::string& order, const std::string& address) {
  insist([&] { return node_.ref<shop::Order>(order).update([&](auto p) { p.setAddress(address); }); }, patience_);
}

void Shopper::cancel(const std::string& order) {
  insist([&] { return node_.ref<shop::Order>(order).cancel(); }, patience_);
}

void Shopper::settle(const std::string& order) {
  insist([&] { return node_.ref<shop::Order>(order).settle(); }, patience_);
}

void Clerk::offer(const Goods& goods) {
  insist(
      [&] {
        return node_.ref<shop::Product>(goods.sku).create([&](auto p) {
          p.setName(goods.name);
          p.setCategory(goods.category);
          p.setPriceCents(goods.price_cents);
        });
      },
      patience_);
}

void Clerk::reprice(const std::string& sku, std::uint64_t price_cents) {
  insist([&] { return node_.ref<shop::Product>(sku).update([&](auto p) { p.setPriceCents(price_cents); }); },
         patience_);
}

void Clerk::discontinue(const std::string& sku) {
  insist([&] { return node_.ref<shop::Product>(sku).discontinue(); }, patience_);
}

std::uint64_t Clerk::restock(const std::string& sku, const std::string& delivery, std::uint32_t quantity) {
  auto reply = insist(
      [&] {
        return node_.ref<shop::Stock>(sku).restock([&](auto p) {
          p.setDelivery(delivery);
          p.setQuantity(quantity);
        });
      },
      patience_);
  return reply->getOnHand();
}

StockRow Clerk::level(const std::string& sku) {
  auto level = insist([&] { return node_.ref<shop::Stock>(sku).level(); }, patience_);
  return {sku, level->getReceived(), level->getOnHand(), level->getReserved(), level->getSold(), {}};
}

std::vector<std::string> Clerk::search(const std::string& text) {
  auto found =
      insist([&] { return node_.ref<shop::Catalogue>("main").search([&](auto p) { p.setText(text); }); }, patience_);
  std::vector<std::string> skus;
  for (auto entry : found->getEntries()) skus.push_back(to_string(entry.getSku()));
  return skus;
}

std::vector<std::string> Clerk::users() {
  auto page = insist([&] { return node_.ref<shop::UserDirectory>("main").list([](auto) {}); }, patience_);
  return to_strings(page->getNames());
}

void Clerk::ship(const std::string& order) {
  insist([&] { return node_.ref<shop::Order>(order).ship(); }, patience_);
}

}  // namespace demo

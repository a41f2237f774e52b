#include "load/buyer.h"

#include <fmt/format.h>
#include <troupe/duration.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace demo {

namespace asio = boost::asio;
using asio::awaitable;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

namespace {

// Below what an access token lives.
constexpr std::chrono::seconds kTokenLife{200};
constexpr std::uint64_t kPurseCents = 600'000;
constexpr unsigned kCancelEvery = 5;
constexpr unsigned kAgainEvery = 4;  // every how many orders are sent twice, as if the answer had been lost
constexpr unsigned kGlances = 3;
constexpr std::uint32_t kListed = 24;

std::uint64_t number(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const json& list(const json& object, const char* name) {
  static const json kNone = json::array();
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : kNone;
}

shop::OrderStatus status_of(const std::string& word) {
  using shop::OrderStatus;
  for (const auto status : {OrderStatus::DRAFT, OrderStatus::CONFIRMED, OrderStatus::REFUSED, OrderStatus::CANCELLED,
                            OrderStatus::SHIPPED, OrderStatus::PLACING})
    if (word == to_string(status)) return status;
  return OrderStatus::NONE;
}

}  // namespace

Buyer::Buyer(asio::any_io_executor executor, const std::vector<WebServer>& servers, Place place, LoadCounts& counts,
             Pace& pace)
    : counts_(counts),
      place_(std::move(place)),
      client_(std::move(executor), servers, place_.number, counts, pace),
      dice_(place_.seed * 1'000 + place_.number) {}

awaitable<void> Buyer::live() {
  while (!counts_.over) {
    const bool in = co_await come_in();
    if (!in) {
      // Whatever was wrong is counted; the next shopper may do better, and without haste.
      asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::seconds(1));
      (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    for (unsigned i = 0; i < kOrdersOfOne && !counts_.over; ++i) {
      co_await look_around();
      if (!counts_.over) co_await order_once();
    }
    co_await settle_account();
  }
}

awaitable<bool> Buyer::come_in() {
  ++shopper_;
  name_ = fmt::format("{}-{}-{}", place_.run, place_.number, shopper_);
  password_ = "password of " + name_;
  orders_.clear();
  goods_.clear();
  client_.authorize({});
  ++counts_.totals.shoppers;
  WebRequest sign_up{
      "POST", "/users", {{"name", name_}, {"password", password_}, {"fullName", "Load"}, {"address", "1 Elm Street"}}};
  const Answer known = co_await want(std::move(sign_up), 201);
  if (!known) co_return false;
  const bool logged_in = co_await log_in();
  if (!logged_in) co_return false;

  WebRequest deposit{"POST", "/accounts/" + name_ + "/deposits", {{"reference", "purse"}, {"cents", kPurseCents}}};
  const WebRequest asked = deposit;
  const Answer paid = co_await want(std::move(deposit), 200);
  deposited_ = kPurseCents;
  co_return paid&& check(number(paid->json, "balanceCents") == kPurseCents, asked, "the balance is what was paid in");
}

awaitable<bool> Buyer::log_in() {
  client_.authorize({});
  WebRequest request{"POST", "/login", {{"name", name_}, {"password", password_}}};
  const WebRequest asked = request;
  const Answer known = co_await want(std::move(request), 200);
  if (!known) co_return false;
  const auto token = text(known->json, "accessToken");
  if (!check(!token.empty(), asked, "there is an accessToken")) co_return false;
  client_.authorize(token);
  token_until_ = troupe::later(Clock::now(), kTokenLife);
  co_return true;
}

awaitable<void> Buyer::look_around() {
  static constexpr const char* kSorts[] = {"sku", "name", "priceUp", "priceDown"};
  for (unsigned i = 0; i < kGlances && !counts_.over; ++i) {
    const auto sort = below(4);
    WebRequest request{"GET", fmt::format("/products?sort={}&limit={}", kSorts[sort], kListed)};
    const WebRequest asked = request;
    const Answer page = co_await want(std::move(request), 200);
    if (!page) continue;
    const auto& products = list(page->json, "products");
    const bool sorted = std::is_sorted(products.begin(), products.end(), [&](const json& a, const json& b) {
      return sort == 2   ? number(a, "priceCents") < number(b, "priceCents")
             : sort == 3 ? number(a, "priceCents") > number(b, "priceCents")
             : sort == 1 ? text(a, "name") < text(b, "name")
                         : text(a, "sku") < text(b, "sku");
    });
    const auto fits = std::min<std::uint64_t>(number(page->json, "total"), kListed);
    if (!check(products.size() == fits && sorted, asked, "as many products as fit, and in their order")) continue;
    goods_.clear();
    for (const auto& product : products) goods_.emplace_back(text(product, "sku"), number(product, "priceCents"));
    if (!check(!goods_.empty(), asked, "something for sale")) co_return;

    const auto chosen = goods_[below(static_cast<std::uint32_t>(goods_.size()))];
    WebRequest look{"GET", "/products/" + chosen.first};
    const WebRequest looked = look;
    const Answer product = co_await want(std::move(look), 200);
    if (product) check(text(product->json, "sku") == chosen.first, looked, "the product that was asked for");
  }
}

awaitable<std::uint64_t> Buyer::fill_cart() {
  std::map<std::string, std::uint64_t> wanted;
  for (std::uint32_t i = 0, lines = 1 + below(3); i < lines; ++i) {
    const auto sku = goods_[below(static_cast<std::uint32_t>(goods_.size()))].first;
    wanted[sku] = 1 + below(2);
    WebRequest put{"PUT", "/carts/" + name_ + "/items/" + sku, {{"quantity", wanted[sku]}}};
    const Answer done = co_await want(std::move(put), 204);
    if (!done) co_return 0;
  }
  WebRequest view{"GET", "/carts/" + name_};
  const WebRequest asked = view;
  const Answer cart = co_await want(std::move(view), 200);
  if (!cart) co_return 0;
  std::uint64_t total = 0;
  std::map<std::string, std::uint64_t> there;
  for (const auto& line : list(cart->json, "lines")) {
    there[text(line, "sku")] = number(line, "quantity");
    total += number(line, "quantity") * number(line, "unitCents");
  }
  // A refused order's goods come back a moment after it is refused.
  const bool holds =
      std::all_of(wanted.begin(), wanted.end(), [&](const auto& line) { return there[line.first] >= line.second; });
  check(holds, asked, "what was put in is in the cart");
  const bool sums = check(total == number(cart->json, "totalCents"), asked, "the cart's total is the sum of its lines");
  co_return sums ? total : 0;
}

awaitable<void> Buyer::order_once() {
  if (goods_.empty()) co_return;
  const auto cents = co_await fill_cart();
  if (cents == 0) co_return;
  const auto key = fmt::format("{}-{}", name_, ++keys_);
  WebRequest request{"POST", "/orders", {{"address", "1 Elm Street"}, {"totalCents", cents}}, key};
  const Answer answer = co_await ask(request);
  if (!answer) co_return;
  // Goods of a refused order may come back into the cart between the look and the order.
  if (answer->status == 409 &&
      (text(answer->json, "code") == "price_changed" || text(answer->json, "code") == "cart_empty"))
    co_return;
  if (!check(answer->status == 201, request, fmt::format("201, not {}: {}", answer->status, answer->why))) co_return;
  const auto order = text(answer->json, "order");
  const Told told{text(answer->json, "status"), number(answer->json, "totalCents")};
  if (!check(!order.empty() && told.cents == cents, request, "an order at the total that was agreed on")) co_return;
  if (!check(told.status == "confirmed" || told.status == "refused" || told.status == "placing", request,
             "an order that is decided, or is being placed"))
    co_return;
  orders_[order] = told;
  counts_.totals.acknowledged[order] = status_of(told.status);
  ++counts_.totals.orders;
  ++(told.status == "refused" ? counts_.totals.refused : counts_.totals.confirmed);
  if (orders_.size() % kAgainEvery == 0) co_await order_again(request, order, told);
  if (told.status == "confirmed" && orders_.size() % kCancelEvery == 0) co_await cancel(order);
  if (told.status == "refused") {
    WebRequest clear{"DELETE", "/carts/" + name_};
    (void)co_await want(std::move(clear), 204);
  }
}

awaitable<void> Buyer::order_again(const WebRequest& request, const std::string& order, const Told& told) {
  const Answer again = co_await ask(request);
  if (!again) co_return;
  check(again->status == 201 && text(again->json, "order") == order && number(again->json, "totalCents") == told.cents,
        request,
        fmt::format("under the same key the same order {}, not {} {}", order, again->status,
                    again->json.is_object() ? again->json.dump() : again->why));
}

awaitable<void> Buyer::cancel(const std::string& order) {
  WebRequest request{"POST", "/orders/" + order + "/cancel"};
  const WebRequest asked = request;
  const Answer done = co_await want(std::move(request), 200);
  if (!done || !check(text(done->json, "status") == "cancelled", asked, "the order is cancelled")) co_return;
  orders_[order].status = "cancelled";
  counts_.totals.acknowledged[order] = shop::OrderStatus::CANCELLED;
  ++counts_.totals.cancelled;
}

// Every order that this shopper was told of is there once, and says what it said; then the money adds up.
awaitable<void> Buyer::settle_account() {
  const bool compared = co_await compare_orders();
  if (!compared) co_return;
  std::uint64_t kept = 0;
  for (const auto& [order, told] : orders_)
    if (told.status == "confirmed") kept += told.cents;
  WebRequest view{"GET", "/accounts/" + name_};
  const WebRequest asked = view;
  // What a cancelled order gives back arrives a moment later.
  for (int look = 0;; ++look) {
    WebRequest request = view;
    const Answer account = co_await want(std::move(request), 200);
    if (!account) co_return;
    const auto balance = number(account->json, "balanceCents");
    if (balance + kept == deposited_) co_return;
    if (look == 50) {
      check(false, asked, fmt::format("{} paid in is {} left and {} for orders", deposited_, balance, kept));
      co_return;
    }
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(100));
    (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

awaitable<bool> Buyer::compare_orders() {
  std::map<std::string, Told> there;
  std::uint64_t before = 0;
  const std::string target = "/orders?limit=100";
  for (bool more = true; more;) {
    WebRequest request{"GET", before == 0 ? target : fmt::format("{}&before={}", target, before)};
    const WebRequest asked = request;
    const Answer page = co_await want(std::move(request), 200);
    if (!page) co_return false;
    for (const auto& order : list(page->json, "orders")) {
      const auto id = text(order, "order");
      const bool once = there.emplace(id, Told{text(order, "status"), number(order, "totalCents")}).second;
      check(once, asked, fmt::format("order {} is listed once", id));
    }
    before = number(page->json, "next");
    more = page->json.value("more", false);
  }
  const WebRequest asked{"GET", target};
  for (auto& [order, told] : orders_) {
    const auto found = there.find(order);
    if (!check(found != there.end(), asked, fmt::format("order {}, which was {}, is there", order, told.status)))
      continue;
    // What was being placed has been decided since, or will be.
    if (told.status == "placing") told.status = found->second.status;
    check(found->second.status == told.status && found->second.cents == told.cents, asked,
          fmt::format("order {} is {} at {}, not {} at {}", order, told.status, told.cents, found->second.status,
                      found->second.cents));
    counts_.totals.acknowledged[order] = status_of(told.status);
  }
  check(there.size() == orders_.size(), asked,
        fmt::format("there are {} orders, not {}", orders_.size(), there.size()));
  co_return true;
}

awaitable<Buyer::Answer> Buyer::want(WebRequest request, int status) {
  Answer answer = co_await ask(request);
  if (!answer) co_return std::nullopt;
  const bool good = answer->status == status && (status == 204 || answer->json.is_object());
  if (!check(good, request, fmt::format("{}, not {}: {}", status, answer->status, answer->why))) co_return std::nullopt;
  co_return answer;
}

awaitable<Buyer::Answer> Buyer::ask(const WebRequest& request) {
  if (token_until_ != Clock::time_point{} && Clock::now() >= token_until_) {
    token_until_ = {};
    const bool logged_in = co_await log_in();
    if (!logged_in) co_return std::nullopt;
  }
  WebAnswer answer = co_await client_.ask(request);
  if (answer.status == 0 || answer.status == 429 || answer.status >= 500) co_return std::nullopt;  // counted as failed
  co_return answer;
}

bool Buyer::check(bool holds, const WebRequest& request, const std::string& what) {
  if (holds) return true;
  ++counts_.totals.wrong;
  counts_.complain(fmt::format("{} {} of {}: wanted {}", request.verb, request.target, name_, what));
  return false;
}

}  // namespace demo

#include "audit/erased.h"

#include <troupe/node.h>

#include <chrono>
#include <thread>

#include "cart.capnp.troupe.h"
#include "insist.h"
#include "orders.capnp.troupe.h"
#include "payments.capnp.troupe.h"
#include "users.capnp.troupe.h"

namespace demo {

namespace {

using shop::OrderStatus;
using namespace std::chrono_literals;

constexpr auto kErasurePatience = 30s;
constexpr auto kErasureLook = 50ms;

bool under_way(OrderStatus status) { return status == OrderStatus::PLACING || status == OrderStatus::CONFIRMED; }

void look_at(troupe::Node& node, const std::string& user, const std::vector<OrderRow>& orders,
             std::vector<LeftBehind>& left) {
  const auto cart = insist([&] { return node.ref<shop::Cart>(user).view(); });
  if (cart->getItems().size() > 0) left.push_back({user, "a cart"});
  const auto standing = insist([&] { return node.ref<shop::User>(user).standing(); });
  if (standing->getPassword().size() > 0) left.push_back({user, "a password"});
  const auto account = insist([&] { return node.ref<shop::Account>(user).view(); });
  if (account->getBalanceCents() > 0) left.push_back({user, "money in the account"});
  for (const auto& order : orders) {
    if (order.book != user || order.status == OrderStatus::NONE || under_way(order.status)) continue;
    const auto view = insist([&] { return node.ref<shop::Order>(order.id).view(); });
    if (view->getAddress().size() > 0) left.push_back({user, "the address of order " + order.id});
  }
}

}  // namespace

std::vector<LeftBehind> left_behind(troupe::Node& node, const std::vector<std::string>& erased,
                                    const std::vector<OrderRow>& orders) {
  const auto until = troupe::later(std::chrono::steady_clock::now(), kErasurePatience);
  for (;;) {
    std::vector<LeftBehind> left;
    for (const auto& user : erased) look_at(node, user, orders, left);
    if (left.empty() || std::chrono::steady_clock::now() >= until) return left;
    std::this_thread::sleep_for(kErasureLook);
  }
}

}  // namespace demo

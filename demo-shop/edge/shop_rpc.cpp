#include "edge/shop_rpc.h"

#include <auth/http/callers.h>
#include <auth/issuer.h>
#include <auth/jwt.h>

#include <memory>
#include <utility>

#include "cart.capnp.troupe.h"
#include "catalogue.capnp.troupe.h"
#include "events/order_events.h"
#include "orders.capnp.troupe.h"
#include "payments.capnp.troupe.h"
#include "reception.capnp.troupe.h"
#include "stock.capnp.troupe.h"
#include "users.capnp.troupe.h"
#include "users/issuer.h"
#include "views.capnp.troupe.h"

namespace demo {

namespace {

namespace auth = troupe::auth;
namespace rpc = troupe::rpc;

// By the shop's own tokens, whose keys may have to be asked for.
rpc::CheckToken by_tokens(troupe::Node& node) {
  const auto issuer = shop_issuer({});
  const auto check = std::make_shared<const auth::TokenCheck>(auth::CheckOptions{
      .issuers = {auth::trust(issuer.config().issuer, issuer.keys(node))}, .audience = issuer.config().audience});
  return [check](std::string_view token) -> troupe::Result<rpc::Bearer> {
    const auto claims = check->check(token, std::chrono::system_clock::now());
    if (!claims.ok()) return claims.error();
    auto caller = auth::web::caller_of(*claims.value());
    if (!caller.ok()) return caller.error();
    return rpc::Bearer{.caller = std::move(caller).value(), .until = claims.value()->expires};
  };
}

rpc::ServerOptions options(troupe::Node& node, const RpcConfig& config, troupe::gateway::Audit audit,
                           const troupe::LogSink& log) {
  rpc::ServerOptions out;
  out.address = config.address;
  out.port = config.port;
  out.tls = {.certificate = config.certificate, .key = config.key};
  out.check_token = by_tokens(node);
  out.anonymous = true;  // goods are for everybody to look at
  out.audit = std::move(audit);
  out.log = log;
  return out;
}

}  // namespace

ShopRpc::ShopRpc(troupe::Node& node, const RpcConfig& rpc, const troupe::LogSink& log)
    : audit_(node, kAdminActs, {.log = log}), server_(node, options(node, rpc, audit_.audit(), log)) {
  server_.offer<shop::Reception>().offer<shop::User>().offer<shop::UserDirectory>();
  server_.offer<shop::Product>().offer<shop::Catalogue>().offer<shop::Stock>();
  server_.offer<shop::Cart>().offer<shop::Order>().offer<shop::OrderBook>();
  server_.offer<shop::Account>().offer<shop::Payments>();
  server_.offer<shop::ProductSales>().offer<shop::OrderHistory>().offer<shop::OrderDesk>();
}

}  // namespace demo

#include "edge/shop_gateway.h"

#include <auth/http/callers.h>
#include <fmt/format.h>
#include <gateway/api_pages.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "cart.capnp.troupe.h"
#include "catalogue.capnp.troupe.h"
#include "events.capnp.h"
#include "events/order_events.h"
#include "orders.capnp.troupe.h"
#include "payments.capnp.troupe.h"
#include "reception.capnp.troupe.h"
#include "stock.capnp.troupe.h"
#include "users.capnp.troupe.h"
#include "users/issuer.h"
#include "views.capnp.troupe.h"
#include "who.h"

namespace demo {

namespace {

namespace gateway = troupe::gateway;

troupe::auth::web::EndpointOptions endpoints_of(const WebConfig& web) {
  troupe::auth::web::EndpointOptions options;
  options.public_url = web.url;
  options.log_in_client = kWebClient;
  options.log_in_page = "/login.html";
  return options;
}

template <class... Interfaces>
std::vector<const troupe::ServiceInfo*> services() {
  return {&troupe::ServiceOf<Interfaces>::info()...};
}

}  // namespace

std::vector<const troupe::ServiceInfo*> offered_services() {
  return services<shop::Reception, shop::User, shop::UserDirectory, shop::Product, shop::Catalogue, shop::Stock,
                  shop::Cart, shop::Order, shop::OrderBook, shop::Account, shop::Payments, shop::ProductSales,
                  shop::OrderHistory, shop::OrderDesk, shop::AdminLog>();
}

ShopGateway::ShopGateway(troupe::Node& node, const WebConfig& web, troupe::LogSink log)
    : node_(node),
      web_(web),
      issuer_(shop_issuer(web_urls(web))),
      endpoints_(node, issuer_, endpoints_of(web)),
      audit_(node, kAdminActs, {.log = log}),
      streams_(node),
      gateway_(node, options(web, std::move(log))) {
  endpoints_.serve(gateway_);
  gateway_.serve("GET", "/orders/events", order_events());
  for (const troupe::ServiceInfo* service : offered_services()) gateway_.offer(*service);
}

gateway::ServedStream ShopGateway::order_events() {
  const auto events = [&](gateway::StreamOptions options) {
    return streams_.of<shop::OrderPlaced, shop::OrderCancelled, shop::OrderShipped, shop::OrderRefused>(
        kOrderEvents, std::move(options));
  };
  const auto own = events({.who = {.who = troupe::AccessRule::Who::known},
                           .keys = gateway::StreamKeys::own,
                           .summary = "What becomes of one's orders; of everybody's for an admin"});
  const auto all = events({.who = {.who = troupe::AccessRule::Who::some, .roles = std::string(kAdmin)}});
  gateway::Serve both = [own, all](troupe::http::Request request, troupe::http::Responder&& responder,
                                   gateway::Visit visit) {
    const bool admin = visit.asks.has_role(kAdmin);
    (admin ? all : own)(std::move(request), std::move(responder), std::move(visit));
  };
  return {std::move(both), own.document};
}

gateway::GatewayOptions ShopGateway::options(const WebConfig& web, troupe::LogSink log) {
  gateway::GatewayOptions options;
  options.server.address = web.address;
  options.server.port = web.port;
  options.server.tls = {.certificate = web.certificate, .key = web.key};
  options.server.security = troupe::http::SecurityHeaders::strict();
  options.server.log = std::move(log);
  options.api = {
      .title = "The demo shop", .version = "1", .description = "Users, products, stock, carts, orders, money."};
  options.api.server = web.url;
  options.audit = audit_.audit();
  // A program that was moved to another machine may have left them behind.
  if (std::error_code unknown; std::filesystem::is_directory(gateway::api_pages(), unknown))
    options.docs = gateway::api_pages();
  options.authenticate_patiently = troupe::auth::web::callers(node_, issuer_);
  if (!web.files.empty())
    options.files = web.files;
  else if (const auto pages = shipped_pages())
    options.files = *pages;
  return options;
}

void ShopGateway::start() { gateway_.start(); }

std::string ShopGateway::address() const { return web_.address_of(gateway_.port()); }

void ShopGateway::stop(std::chrono::milliseconds at_most) {
  gateway_.drain(at_most);
  gateway_.stop();
}

}  // namespace demo

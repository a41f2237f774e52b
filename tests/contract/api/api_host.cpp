// A gateway for programs that look at it from outside: the bazaar, the wares in two versions, and, where the demo shop
// is built, the shop's services as they are described. Prints its port; SIGTERM ends it.
//
// api_host [shop] [PAGES]: `shop` alone offers the shop's; PAGES is the directory of the page at /docs.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <signal.h>

#include <cstdio>
#include <exception>
#include <string_view>

#include "../gateway/stage.h"
#include "gateway/api_pages.h"
#include "gateway/streams/topic_streams.h"
#include "wares.h"
#ifdef TROUPE_WITH_SHOP
#include "cart.capnp.troupe.h"
#include "catalogue.capnp.troupe.h"
#include "events.capnp.h"
#include "orders.capnp.troupe.h"
#include "payments.capnp.troupe.h"
#include "reception.capnp.troupe.h"
#include "stock.capnp.troupe.h"
#include "users.capnp.troupe.h"
#include "views.capnp.troupe.h"
#endif

namespace {

using namespace troupe;

template <class... Services>
void offer_where_routed(gateway::Gateway& gateway) {
  const auto one = [&](const ServiceInfo& service) {
    for (std::uint16_t i = 0; i < service.method_count; ++i)
      if (service.methods[i].route) return void(gateway.offer(service));
  };
  (one(ServiceOf<Services>::info()), ...);
}

void offer_shop([[maybe_unused]] gateway::Gateway& gateway, [[maybe_unused]] gateway::TopicStreams& streams) {
#ifdef TROUPE_WITH_SHOP
  gateway.serve("GET", "/orders/events",
                streams.of<shop::OrderPlaced, shop::OrderCancelled, shop::OrderShipped, shop::OrderRefused>(
                    {.name = "orders"}, {.who = {.who = AccessRule::Who::known}, .keys = gateway::StreamKeys::own}));
  offer_where_routed<shop::Cart, shop::Product, shop::Catalogue, shop::Order, shop::OrderBook, shop::Account,
                     shop::Stock, shop::User, shop::UserDirectory, shop::ProductSales, shop::OrderHistory,
                     shop::OrderDesk, shop::Payments, shop::Reception>(gateway);
#endif
}

void offer_bazaar(gateway::Gateway& gateway, gateway::TopicStreams& streams) {
  gateway.offer<bazaar::Item>()
      .offer<bazaar::Mirror>()
      .offer<bazaar::Diary>()
      .offer<wares::WareFirst>()
      .offer<wares::Ware>()
      .serve("GET", "/mirrors/live",
             streams.of<bazaar::Everything, bazaar::Maker>({.name = "mirrors"},
                                                           {.who = {.who = AccessRule::Who::everybody}}))
      .serve("GET", "/mirrors/{key}/live",
             streams.of<bazaar::Maker>({.name = "mirrors"},
                                       {.who = {.who = AccessRule::Who::some, .own = true, .scopes = "mirrors:read"},
                                        .keys = gateway::StreamKeys::named,
                                        .summary = "One mirror's makers"}));
}

}  // namespace

int main(int argc, char** argv) try {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  testing::ScratchDirectory directory;
  Node node({.name = "n", .data_dir = directory / "data", .threads = 2, .admin = false});
  bazaar::host_bazaar(node);
  wares::host_wares(node);
  node.start();

  const bool shop = argc > 1 && argv[1] == std::string_view("shop");
  gateway::GatewayOptions options;
  options.server.security = http::SecurityHeaders::strict();
  options.authenticate = bazaar::believe;
  options.docs = argc > 1 + shop ? argv[1 + shop] : gateway::api_pages();
  options.api = {.title = "Bazaar", .version = "2", .description = "Goods, wares and diaries.", .server = {}};
  gateway::TopicStreams streams(node);
  gateway::Gateway gateway(node, options);
  if (shop)
    offer_shop(gateway, streams);
  else
    offer_bazaar(gateway, streams);
  gateway.start();
  std::printf("%u\n", unsigned{gateway.port()});
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
} catch (const std::exception& e) {
  std::puts(e.what());
  return 1;
}

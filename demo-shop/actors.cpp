#include "actors.h"

#include <auth/http/endpoints.h>
#include <gateway/gateway.h>
#include <troupe/node.h>

#include <utility>

#include "cart/cart.h"
#include "catalogue/catalogue.h"
#include "catalogue/product.h"
#include "events/order_events.h"
#include "orders/order.h"
#include "orders/order_book.h"
#include "payments/account.h"
#include "payments/payments.h"
#include "reception/reception.h"
#include "stock/stock.h"
#include "users/issuer.h"
#include "users/user.h"
#include "users/user_directory.h"
#include "views/admin_log.h"
#include "views/order_desk.h"
#include "views/order_history.h"
#include "views/product_sales.h"

namespace demo {

void host_shop(troupe::Node& node, troupe::topic::LogFactory order_log, const std::vector<std::string>& web_urls) {
  node.host<User>().host<UserDirectory>();
  shop_issuer(web_urls).host(node);
  troupe::auth::web::Endpoints::host(node);
  troupe::gateway::host(node);
  node.host<Product>().host<Catalogue>();
  node.host<Stock>();
  node.host<Cart>();
  node.host<Order>().host<OrderBook>();
  node.host<Account>().host<Payments>();
  node.host<Reception>();
  node.host<ProductSales>().host<OrderHistory>().host<OrderDesk>().host<AdminLog>();
  host_topics(node, std::move(order_log));
}

void prepare_shop(troupe::Node& node, std::chrono::nanoseconds timeout) {
  declare_topics(node, timeout);
  shop_issuer().prepare(node, timeout);
}

}  // namespace demo

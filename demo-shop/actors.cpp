#include "actors.h"

#include <troupe/node.h>

#include <utility>

#include "cart/cart.h"
#include "catalogue/catalogue.h"
#include "catalogue/product.h"
#include "events/order_events.h"
#include "orders/order.h"
#include "orders/order_book.h"
#include "payments/account.h"
#include "stock/stock.h"
#include "users/user.h"
#include "users/user_directory.h"
#include "views/order_history.h"
#include "views/product_sales.h"

namespace demo {

void host_shop(troupe::Node& node, troupe::topic::LogFactory order_log) {
  node.host<User>().host<UserDirectory>();
  node.host<Product>().host<Catalogue>();
  node.host<Stock>();
  node.host<Cart>();
  node.host<Order>().host<OrderBook>();
  node.host<Account>();
  node.host<ProductSales>().host<OrderHistory>();
  host_topics(node, std::move(order_log));
}

}  // namespace demo

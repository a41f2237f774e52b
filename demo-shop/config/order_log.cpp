// The back end of topic `orders` as the configuration names it.
#include "config/shop_config.h"

#ifdef SHOP_JETSTREAM
#include <topic/jetstream/jetstream.h>
#endif

namespace demo {

troupe::topic::LogFactory order_log(const OrdersTopic& topic) {
  if (topic.back_end == OrdersTopic::BackEnd::table) return {};
#ifdef SHOP_JETSTREAM
  return troupe::topic::jetstream::logs({.url = topic.url,
                                         .credentials = topic.credentials.string(),
                                         .prefix = topic.prefix,
                                         .replicas = topic.replicas});
#else
  throw troupe::Error(troupe::ErrorKind::unimplemented,
                      "this shop was built without JetStream: it needs libnats 3.4 (on Debian: apt-get install "
                      "libnats-dev)");
#endif
}

}  // namespace demo

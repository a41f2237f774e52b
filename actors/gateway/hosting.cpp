#include "gateway/gateway.h"
#include "gateway/rate_buckets.h"
#include "gateway/used_keys.h"

namespace troupe::gateway {

void host(Node& node) {
  node.host<IdempotencyKeysRole>();
  node.host<RateBucketsRole>();
}

}  // namespace troupe::gateway

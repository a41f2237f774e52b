// The lines topic_*: events per second, durable.
#pragma once

#include "line.h"

namespace troupe::bench {

double topic_publish(const Effort& effort);
double lmdb_publish(const Effort& effort);

double topic_consume(const Effort& effort);
double lmdb_consume(const Effort& effort);

}  // namespace troupe::bench

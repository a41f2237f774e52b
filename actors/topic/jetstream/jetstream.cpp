#include "topic/jetstream/jetstream.h"

#include <memory>

#include "topic/jetstream/connection.h"
#include "topic/jetstream/jetstream_log.h"

namespace troupe::topic::jetstream {

LogFactory logs(const Config& config) {
  return [connection = std::make_shared<Connection>(config)](LogHome& home) {
    return std::make_unique<JetStreamLog>(home, connection);
  };
}

}  // namespace troupe::topic::jetstream

#include "coordinator/etcd/etcd_coordinator.h"
namespace troupe::coordinator::etcd {
Result<std::unique_ptr<Coordinator>> open_etcd(const CoordinatorConfig&) {
  return Error(ErrorKind::unimplemented, "not yet");
}
}  // namespace troupe::coordinator::etcd

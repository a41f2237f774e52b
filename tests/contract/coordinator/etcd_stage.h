// What the tests of the etcd back end share.
#pragma once

#include <string>

#include "contract/coordinator/ground.h"
#include "coordinator/etcd/calls.h"
#include "support/cut_proxy.h"
#include "support/etcd_server.h"

namespace troupe::coordinator_test {

// A request that the coordinator itself never makes.
inline std::string raw(const testing::EtcdServer& server, const char* path, const std::string& body) {
  etcd::Calls calls(etcd::parse_endpoints({server.url()}).value(), etcd::Network::make({}, false).value(), {});
  return calls.ask({.path = path, .body = body, .tried = path}, std::chrono::steady_clock::now() + kPatience).value();
}

}  // namespace troupe::coordinator_test

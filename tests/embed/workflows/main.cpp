// Places an order with a saga, which publishes an event; prints how the saga ended and what the desk has heard of. An
// HTTP server with an issuer of tokens and an RPC server are up meanwhile.
#include <auth/http/callers.h>
#include <auth/http/endpoints.h>
#include <gateway/api_pages.h>
#include <gateway/audit/audit_topic.h>
#include <gateway/gateway.h>
#include <gateway/streams/topic_streams.h>
#include <rpc/server.h>
#include <saga/saga.h>
#include <topic/payload.h>
#include <topic/publishing.h>
#include <topic/topics.h>
#include <troupe/node.h>
#include <troupe/toml.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <thread>

#include "orders.capnp.troupe.h"

namespace saga = troupe::saga;
namespace topic = troupe::topic;
using troupe::Task;

namespace {

const topic::TopicConfig kPaid{.name = "paid", .partitions = 1};

class Order final : public saga::Saga<topic::Publishing<app::OrderActor>> {
  saga::Flow<> run() override {
    auto pay = step("pay", [this] {
      edit().setPaid(true);
      publish<app::OrderPaid>(kPaid, key(), [](auto event) { event.setAmount(7); });
    });
    pay.retry({.attempts = 3});
    co_await pay;
  }
  Task<> place(PlaceParams::Reader, PlaceResults::Builder out) override {
    co_await to_its_end();
    tell(out.initSaga());
  }
};

class Desk final : public app::DeskActor {
  Task<> onEvents(OnEventsParams::Reader batch, OnEventsResults::Builder) override {
    for (const auto event : batch.getEvents()) {
      const topic::Payload<app::OrderPaid> paid(event);
      edit().setTotal(state().getTotal() + paid->getAmount());
    }
    co_return;
  }
  Task<> total(TotalParams::Reader, TotalResults::Builder out) override {
    out.setTotal(state().getTotal());
    co_return;
  }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) return std::puts("usage: workflows NODE.TOML"), 2;
  auto file = troupe::read_node_file(argv[1]);
  troupe::Node node(std::move(file.config));
  node.host<Order>().host<Desk>();
  topic::Topics topics;
  topics.add(kPaid, {{.name = "desk", .service = "Desk", .method = "onEvents", .key = "d"}});
  topics.host(node);
  const troupe::auth::Issuer issuer({.issuer = "https://workflows.test", .audience = "desk", .clients = {}}, {});
  const troupe::auth::web::Endpoints endpoints(node, issuer);
  issuer.host(node);
  endpoints.host();
  troupe::gateway::host(node);
  if (file.supervision) node.supervise(*file.supervision);
  node.start();
  topics.declare(node);
  issuer.prepare(node);

  troupe::gateway::TopicStreams streams(node);
  const troupe::gateway::audit::AuditTopic audit(node, kPaid);
  troupe::gateway::Gateway gateway(node, {.authenticate_patiently = troupe::auth::web::callers(node, issuer),
                                          .audit = audit.audit(),
                                          .docs = troupe::gateway::api_pages()});
  gateway.offer<app::Desk>();
  gateway.serve("GET", "/paid", streams.of<app::OrderPaid>(kPaid, {.who = {.who = troupe::AccessRule::Who::known}}));
  endpoints.serve(gateway);
  gateway.start();
  if (gateway.port() == 0) return std::puts("the gateway has no port"), 1;
  troupe::rpc::Server calls(node, {.anonymous = true});
  calls.offer<app::Desk>().start();
  if (calls.port() == 0) return std::puts("the RPC server has no port"), 1;

  const auto placed = node.ref<app::Order>("o").place().get();
  const bool done = placed->getSaga().getPhase() == saga::Phase::DONE;
  const auto desk = node.ref<app::Desk>("d");
  // An event arrives some moments after the saga that published it has ended.
  bool heard = false;
  for (int tries = 0; !heard && tries < 1000; ++tries) {
    heard = desk.total().get()->getTotal() == 7;
    if (!heard) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::printf("%s, %s, %s\n", node.name().c_str(), done ? "done" : "not done", heard ? "heard" : "not heard");
} catch (const std::exception& e) {
  std::puts(e.what());
  return 1;
}

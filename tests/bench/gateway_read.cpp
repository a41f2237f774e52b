#include "gateway_read.h"

#include <troupe/node.h>

#include "bench.capnp.troupe.h"
#include "gateway/gateway.h"
#include "http_load.h"

namespace troupe::bench {
namespace {

constexpr int kArticles = 1000;

class Selling final : public ArticleActor {
  Task<> create(CreateParams::Reader in, CreateResults::Builder) override {
    edit().setName(in.getName());
    edit().setDescription(in.getDescription());
    edit().setPriceCents(in.getPriceCents());
    co_return;
  }
  Task<> view(ViewParams::Reader, ViewResults::Builder out) override {
    out.setName(state().getName());
    out.setDescription(state().getDescription());
    out.setPriceCents(state().getPriceCents());
    co_return;
  }
};

}  // namespace

double gateway_reads(const Effort& effort) {
  Node node({.name = "bench", .data_dir = effort.dir, .threads = 2});
  node.host<Selling>();
  node.start();
  std::vector<Call<Article::CreateResults>> calls;
  for (int i = 0; i < kArticles; ++i) {
    calls.push_back(node.ref<Article>("sku-" + std::to_string(i)).create([](auto params) {
      params.setName("A lamp of brass");
      params.setDescription("It stands on three feet, and its shade is green.");
      params.setPriceCents(12'50);
    }));
  }
  for (auto& call : calls) (void)std::move(call).get(std::chrono::seconds(10));
  gateway::Gateway gateway(node, {.server = {.threads = 1, .limits = {.connections_per_peer = 20'000}}});
  gateway.offer<Article>();
  gateway.start();
  return http_requests_per_second(gateway.port(), effort.time, "/articles/sku-500");
}

}  // namespace troupe::bench

// A node made by hand: two services, one actor here, the others elsewhere.
#pragma once

#include <functional>
#include <string>

#include "observe/inspection_source.h"

namespace troupe::observe {

class FakeSource : public InspectionSource {
 public:
  NodeView node() override {
    NodeView view;
    view.name = "shop-1";
    view.cluster = "shop";
    view.incarnation = 18446744073709551615u;
    view.members = {{"shop-1", "127.0.0.1:7101", false, true, true}, {"shop-2", "127.0.0.1:7102", false, false, false}};
    view.store = StoreView{};
    return view;
  }
  std::vector<LinkView> links() override {
    LinkView link;
    link.peer = "shop-2";
    link.last_error = "refused";
    return {link};
  }
  std::vector<ServiceView> services() override {
    return {{"Stock", true, "StockState", 1, {{"reserve", "(order :Text)", "()"}}}};
  }
  std::string schemas() override { return R"({"services":[],"nodes":[]})"; }
  SupervisorView tree() override { return {"node", "one_for_one", "10 restarts in 10 s", 1, 0, 0, {{"Stock"}}}; }
  std::vector<Metric> metrics() override { return {{"troupe_turns_total", "Turns that ended", 12}}; }
  Result<ActorList> list(const ListRequest& request) override {
    listed = request;
    if (!request.service.empty() && request.service != "Stock") return unknown(request.service);
    return ActorList{{{"Stock", "sku-1", "idle", 0, 0, 64}}, "more"};
  }
  Result<std::string> owner(std::string_view service, std::string_view key) override {
    if (service != "Stock") return unknown(service);
    if (key.empty()) return Error(ErrorKind::invalid, "the key is empty");
    return std::string(key == "far" ? "shop-2" : "shop-1");
  }
  Result<ActorView> inspect(std::string_view service, std::string_view key) override {
    if (on_inspect) on_inspect();
    ActorView view;
    view.actor = std::string(service) + "/" + std::string(key);
    view.status = "running";
    view.turns = {{"reserve", "00", 5, true}};
    return view;
  }
  Result<std::optional<std::string>> state(std::string_view, std::string_view key) override {
    if (key == "new") return std::optional<std::string>();
    return std::optional<std::string>(R"({"onHand":5})");
  }
  Result<std::string> call(const CallRequest& request) override {
    called = request;
    if (request.method == "crash") throw std::runtime_error("boom");
    if (request.method == "refuse") return Refusal("out_of_stock", "2 wanted, 1 on hand");
    if (request.method == "lose") return Error(ErrorKind::unknown_outcome, "the node died");
    return std::string(R"({"reserved":2})");
  }

  Result<BackupView> backup(const std::string& directory) override {
    if (directory == "/full") return Error(ErrorKind::unavailable, "No space left on device");
    return BackupView{"shop", "shop-1", 1763635000123, 40, 163840, true};
  }

  ListRequest listed;
  CallRequest called;
  std::function<void()> on_inspect;

 private:
  static Error unknown(std::string_view service) {
    return Error(ErrorKind::not_found, "there is no service '" + std::string(service) + "'; there are: Stock");
  }
};

}  // namespace troupe::observe

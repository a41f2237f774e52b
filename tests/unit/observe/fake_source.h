// A node made by hand: two services, one actor here, the others elsewhere.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "fake_telemetry.h"
#include "observe/inspection_source.h"

namespace troupe::observe {

// What Stock/sku-1 keeps.
class FakeRows : public RowSource {
 public:
  Result<PageOf<MessageLine>> messages(const ActorName&, const PageRequest& page) override {
    asked = page;
    return PageOf<MessageLine>{{message(5)}, "more"};
  }
  Result<PageOf<DeadLetterLine>> dead_letters(const std::optional<ActorName>& sender,
                                              const PageRequest& page) override {
    asked = page;
    of_all = !sender;
    if (page.after.empty()) return PageOf<DeadLetterLine>{{{message(1), 3, "refused", "no such luck", 99}}, "next"};
    return PageOf<DeadLetterLine>{{{message(2), 3, "failed", "crashed", 100}}, ""};
  }
  Result<std::vector<TableLine>> tables(const ActorName&) override {
    return std::vector<TableLine>{{"lines", 2, "OrderLine"}};
  }
  Result<PageOf<RowLine>> rows(const ActorName&, const RowsRequest& request) override {
    wanted = request;
    if (request.table == "none") return Error(ErrorKind::not_found, "no such table");
    return PageOf<RowLine>{{{"sku-1", R"({"quantity":2})"}}, ""};
  }
  Result<PageOf<ActorRowLine>> actor_rows(const ActorRowsRequest& request) override {
    everywhere = request;
    return PageOf<ActorRowLine>{{{"Order/o-1", R"({"phase":"stuck"})"}}, "more"};
  }
  Result<std::vector<ReminderLine>> reminders(const std::optional<ActorName>& actor, std::size_t limit) override {
    of_all = !actor;
    asked.limit = limit;
    return std::vector<ReminderLine>{{"Stock/sku-1", "expire", 1000, 0}};
  }
  Result<PageOf<PastLine>> history(const ActorName&, const PageRequest& page) override {
    asked = page;
    return PageOf<PastLine>{{{7, 1000, "reserve", "00", 1, R"({"onHand":5})"}}, ""};
  }
  Result<std::vector<KindLine>> kinds(const ActorName&) override {
    return std::vector<KindLine>{{"table", 3, 300}, {"outbox", 1, 80}};
  }

  PageRequest asked;
  RowsRequest wanted;
  ActorRowsRequest everywhere;
  bool of_all = false;

 private:
  static MessageLine message(std::uint64_t number) {
    return {"Stock/sku-1", "Order/o-1", "confirm", number, "00ff", 42, "", R"({"order":"o-1"})"};
  }
};

// Stock/sku-1 crashed once, and three actors are quarantined.
class FakeCrashes : public CrashSource {
 public:
  std::vector<CrashView> restarts(const std::string& actor, std::size_t limit) override {
    asked = actor;
    most = limit;
    return {{"Stock/sku-1", 1000, "handler", "reserve", "00ff", "boom", "quarantined", 30000, {"Stock::reserve"}}};
  }
  std::vector<QuarantineView> quarantined(const std::string& after, std::size_t limit) override {
    std::vector<QuarantineView> out;
    for (const char* actor : {"Stock/a", "Stock/b", "Stock/c"})
      if (std::string(actor) > after && out.size() < limit)
        out.push_back({actor, 1000, 2000, "too often", "reserve: boom"});
    return out;
  }
  std::size_t end_quarantine(const std::string& actor) override {
    asked = actor;
    return actor.empty() ? 3 : actor == "Stock/a" ? 1 : 0;
  }

  std::string asked;
  std::size_t most = 0;
};

// Two members: one drains, and gives partition 7 to the other.
class FakeMembers : public MemberSource {
 public:
  MembersView members() override {
    ClusterMemberView one;
    one.name = "shop-1";
    one.address = "127.0.0.1:7101";
    one.state = "draining";
    one.alive = true;
    one.incarnation = 18446744073709551615u;
    one.weight = 10000;
    one.zone = "east";
    one.labels = {{"disk", "fast"}};
    one.store = "5afe";
    one.pid = 4711;
    one.with_rows = 1;
    one.without_rows = 2;
    one.services = {"Order", "Stock"};
    one.refused = {{"shop-2", 3, "an earlier program"}};
    ClusterMemberView desk;
    desk.name = "desk";
    desk.state = "serving";
    desk.client = true;
    return {"shop", true, "the directory /run/shop", {one, desk}};
  }
  PartitionsView partitions() override {
    PartitionsView view;
    view.cluster = "shop";
    view.partitions = {{7, true, 18446744073709551615u, "shop-1", "shop-2", "draining", false, 1207},
                       {300, false, 1, "shop-2", "", "closed"}};
    if (moves) view.moving = {{7, "shop-2", "copies", 40, 4096}};
    view.hand_overs = {12, 3, std::chrono::microseconds(1500), std::chrono::microseconds(90000), "its disk is full"};
    return view;
  }
  Result<OrderedView> order(const std::string& member, MemberOrder order) override {
    if (member == "nobody") return Error(ErrorKind::not_found, "there is no member 'nobody'");
    if (member == "full") return Error(ErrorKind::invalid, "it owns 3 partitions; drain it first");
    ordered = member;
    last = order;
    const char* states[] = {"draining", "serving", "left"};
    return OrderedView{member, "serving", states[static_cast<int>(order)], 128, 127};
  }

  Result<OrderedMove> move(std::uint32_t partition, const std::string& to) override {
    if (to == "nobody") return Error(ErrorKind::not_found, "there is no member 'nobody'");
    ordered = "move " + std::to_string(partition) + " " + to;
    return OrderedMove{partition, "shop-1", to, 18446744073709551615u};
  }
  Result<OrderedMove> force(std::uint32_t partition, const std::string& to) override {
    ordered = "force " + std::to_string(partition) + " " + to;
    return OrderedMove{partition, "shop-1", to, 5};
  }
  Result<std::vector<OrderedMove>> rebalance(bool dry_run) override {
    ordered = dry_run ? "nothing" : "rebalance";
    return std::vector<OrderedMove>{{7, "shop-1", "shop-2", 4}};
  }
  std::shared_ptr<const ClusterDirectory> directory() override {
    auto out = std::make_shared<ClusterDirectory>();
    out->version = 3;
    out->cluster = "shop";
    out->members = {{.name = "shop-1", .host = "127.0.0.1", .port = 7101, .standing = MemberStanding::joining}};
    out->services = {{"Stock", 9, true, {{"shop-1", false, "no disk", 18446744073709551615u, 2}}}};
    return out;
  }

  bool moves = true;
  std::string ordered;
  MemberOrder last = MemberOrder::serve;
};

// One pool of two members, of which one is left out.
class FakePools : public PoolSource {
 public:
  std::vector<PoolView> pools() override { return {pool}; }
  Result<PoolView> spread(const std::string& service, Balance balance) override {
    if (service != pool.service) return Error(ErrorKind::not_found, "node shop-1 calls no pool named " + service);
    pool.balance = balance;
    return pool;
  }

  PoolView pool{"Resizer",
                Balance::round_robin,
                {{"shop-1", true, 100, 2, 41, 1, std::chrono::milliseconds(0)},
                 {"shop-2", true, 300, 0, 7, 7, std::chrono::milliseconds(950)}}};
};

// One method with breakers at two members, and an entry with a bulkhead.
class FakeLimits : public LimitsSource {
 public:
  std::vector<BreakerView> breakers() override {
    return {{"Stock.reserve", "shop-1", "open", 20, 12, 3, 1500, 2, 7}, {"Stock.reserve", "shop-2", "closed", 4}};
  }
  LimitsView limits() override {
    return {{{"Stock", 3, 8, 2, 10, 11, 1, 5, 40, 2, 9, 6, 4}},
            {{"calls that wait for their turn", 17, 250000, "overload.x"}},
            6};
  }
  Result<std::vector<BreakerView>> order(const std::string& method, const std::string& member,
                                         BreakerOrder order) override {
    if (method == "none") return Error(ErrorKind::not_found, "this node has no breaker of none");
    ordered = method + "@" + member + (order == BreakerOrder::open ? " open" : " reset");
    return std::vector<BreakerView>{{method, "shop-1", "closed"}};
  }
  std::string ordered;
};

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
    return {{"Stock", true, "keyed", "StockState", 1, {{"reserve", "(order :Text)", "()"}}}};
  }
  std::string schemas() override { return R"({"services":[],"nodes":[]})"; }
  SupervisorView tree() override { return {"node", "one_for_one", "10 restarts in 10 s", 1, 0, 0, {{"Stock"}}}; }
  HealthView health() override {
    return {{{"commits_stuck", "3 commits wait"}}, 2, {{4711, "Stock/sku-1", "reserve", 6000, "sleeping"}}};
  }
  SlowTurnsView slow_turns() override {
    return {1000, 7, {{"Stock/sku-1", "reserve", "00ff", 1500, "awaits Account/a.charge, called 1400 ms ago"}}};
  }
  std::optional<ChildView> supervision() override { return supervised; }
  Result<void> restart_supervised(const std::string& path) override {
    if (path == "none") return Error(ErrorKind::not_found, "the top supervisor has no child \"none\"");
    restarted = path;
    return {};
  }
  std::vector<MetricFamily> metrics() override {
    return {
        {"troupe_turns_total", "Turns that ended", MetricKind::counter, {{{}, 12, {}}}},
        {"troupe_call_retries_total", "attempts beside the first", MetricKind::counter, {{{{"to", "Stock"}}, 3, {}}}},
        {"troupe_turn_seconds",
         "how long",
         MetricKind::histogram,
         {{{}, 0, {.count = 3, .sum = 4.5, .up_to = {{1, 1}, {2, 2}}}}}}};
  }
  GraphView graph() override {
    GraphView view{.node = "shop-1", .uptime_ms = 60'000};
    view.edges.push_back({.caller = "Order",
                          .service = "Stock",
                          .method = "reserve",
                          .place = "remote",
                          .calls = 5,
                          .errors = {{"refused", 2}},
                          .params_bytes = 80,
                          .results_bytes = 40});
    view.edges[0].took.add(1'000'000);
    view.methods.push_back({.service = "Stock", .method = "reserve", .turns = {{"answered", 3}}});
    return view;
  }
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
  CrashSource& crashes() override { return crashed; }
  EventSource& events() override { return noted; }
  MemberSource& members() override { return cluster; }
  PoolSource& pools() override { return spread; }
  LimitsSource& limits() override { return bounds; }
  TraceSource& traces() override { return traced; }
  RowSource* rows() override { return keeps_rows ? &kept : nullptr; }
  OutboxReport outbox(std::size_t most) override {
    OutboxReport report{{.waiting = 3, .delivered = 7, .repeated = 2, .given_up = 1},
                        {{.from = "Order/o-1", .to = "Stock/sku-1", .waiting = 3, .last_error = "refused"}}};
    report.channels.resize(std::min(most, report.channels.size()));
    return report;
  }
  RemindersView reminders(std::size_t) override {
    RemindersView view;
    view.due = 2;
    view.worst = {{"Cart/c-1", "expire", 1000, 3, 50, "crashed"}};
    return view;
  }
  Result<void> end_dead_letter(const ActorName&, std::uint64_t number, bool send_again) override {
    if (number > 2) return Error(ErrorKind::not_found, "no dead letter");
    ended.push_back(send_again ? static_cast<int>(number) : -static_cast<int>(number));
    return {};
  }
  Result<void> erase(const ActorName& actor) override {
    erased = std::string(actor.key);
    return {};
  }
  Result<std::string> call(const CallRequest& request) override {
    if (on_call) {
      on_call();
      return std::string("{}");
    }
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

  FakeRows kept;
  FakeEvents noted;
  FakeCrashes crashed;
  FakeMembers cluster;
  FakePools spread;
  FakeLimits bounds;
  FakeTraces traced;
  bool keeps_rows = true;
  std::optional<ChildView> supervised;
  std::string restarted;
  std::vector<int> ended;  // numbers of dead letters; negative: dropped
  std::string erased;
  ListRequest listed;
  CallRequest called;
  std::function<void()> on_inspect;
  std::function<void()> on_call;

 private:
  static Error unknown(std::string_view service) {
    return Error(ErrorKind::not_found, "there is no service '" + std::string(service) + "'; there are: Stock");
  }
};

}  // namespace troupe::observe

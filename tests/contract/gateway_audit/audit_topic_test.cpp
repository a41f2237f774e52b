// What an audit log has of acts through a gateway, and what it does while its topic takes nothing.
#include "gateway/audit/audit_topic.h"
#include "contract/gateway/stage.h"
#include "gateway/audit/audit.capnp.h"
#include "topic/payload.h"
#include "topic/topics.h"
#include "unit/http/stage.h"

using namespace troupe;
using namespace troupe::bazaar;
using gateway::audit::AdminEvent;
using gateway::audit::AuditOptions;
using gateway::audit::AuditTopic;

namespace {

// A node with the bazaar and a topic, which a reader of this test's own keeps up with, or does not.
class Shop {
 public:
  explicit Shop(std::uint64_t max_backlog_bytes = 0)
      : config{.name = "audit", .max_backlog_bytes = max_backlog_bytes},
        node(NodeConfig{.name = "n", .data_dir = directory_ / "data", .threads = 2, .admin = false}) {
    topics_.add(config, {{.name = "reader"}});
    topics_.host(node);
    host_bazaar(node);
    node.start();
    topics_.declare(node);
    reader_.emplace(topic::TopicClient(node, config), 0, "reader");
  }
  // "root burn bob ok", each.
  std::vector<std::string> read() {
    std::vector<std::string> out;
    const auto events = reader_->fetch();
    for (const auto event : events->getEvents()) {
      const topic::Payload<AdminEvent> act(event);
      CHECK(event.getKey() == std::string(act->getService()) + "/" + std::string(act->getKey()));
      out.push_back(std::string(act->getWho()) + " " + std::string(act->getMethod()) + " " +
                    std::string(act->getKey()) + " " + std::string(act->getOutcome()));
      last_status = act->getStatus();
      last_roles = act->getRoles();
      last_trace = act->getTraceId();
      last_gateway = act->getGateway();
      last_address = act->getAddress();
    }
    reader_->commit();
    return out;
  }

 private:
  testing::ScratchDirectory directory_;
  topic::Topics topics_;
  std::optional<topic::PullConsumer> reader_;

 public:
  std::string last_roles, last_trace, last_gateway, last_address;
  int last_status = 0;
  const topic::TopicConfig config;
  Node node;
};

class Desk {
 public:
  Desk(Node& node, const AuditTopic& audit) : gateway_(node, {.authenticate = believe, .audit = audit.audit()}) {
    gateway_.offer<Diary>();
    gateway_.start();
  }
  int burn(const std::string& whose, const std::string& who = "root:admin:diaries:burn") {
    http::RawClient client(gateway_.port());
    return client
        .ask("DELETE /v2/diaries/" + whose + " HTTP/1.1\r\nHost: bazaar\r\nAuthorization: Bearer " + who + "\r\n\r\n")
        .status;
  }

 private:
  gateway::Gateway gateway_;
};

std::string refusal(Node& node, const topic::TopicConfig& config, AuditOptions options) {
  try {
    const AuditTopic audit(node, config, std::move(options));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::invalid);
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("acts of administration come into the topic, each once and in their order") {
  Shop shop;
  AuditTopic audit(shop.node, shop.config);
  Desk desk(shop.node, audit);

  for (const char* whose : {"ann", "bob", "eve"}) CHECK(desk.burn(whose) == 204);
  CHECK(desk.burn("ann", "ann") == 403);
  REQUIRE(audit.wait_until_written(http::RawClient::kPatience));

  CHECK(shop.read() == std::vector<std::string>{"root burn ann ok", "root burn bob ok", "root burn eve ok"});
  CHECK(shop.last_status == 204);
  CHECK(shop.last_roles == "admin");
  CHECK(shop.last_trace.size() == 32);
  CHECK(shop.last_gateway == "n");
  CHECK(shop.last_address == "127.0.0.1");
  CHECK(shop.read().empty());
  CHECK(audit.waiting() == 0);
}

TEST_CASE("while the topic takes nothing acts wait, and when no more may wait none is done") {
  http::Box<std::string> said;
  Shop shop(1);
  AuditTopic audit(shop.node, shop.config,
                   {.most_waiting = 2, .try_again = std::chrono::milliseconds(5), .log = [&](const LogLine& line) {
                      said.put(std::string(line.message));
                    }});
  Desk desk(shop.node, audit);

  CHECK(desk.burn("one") == 204);
  REQUIRE(audit.wait_until_written(http::RawClient::kPatience));
  CHECK(desk.burn("two") == 204);  // the reader is behind: the topic holds its publishers back
  CHECK(said.take().find("will be tried again") != std::string::npos);
  CHECK(desk.burn("three") == 204);
  CHECK(audit.waiting() == 2);
  CHECK(desk.burn("four") == 503);
  std::vector<std::string> all;
  CHECK(http::soon([&] {
    for (auto& one : shop.read()) all.push_back(std::move(one));
    return all.size() >= 3;
  }));
  CHECK(all == std::vector<std::string>{"root burn one ok", "root burn two ok", "root burn three ok"});
  REQUIRE(audit.wait_until_written(http::RawClient::kPatience));
  CHECK(desk.burn("four") == 204);
}

TEST_CASE("an audit log ends in its time, and says how many acts are lost") {
  http::Box<std::string> said;
  Shop shop(1);
  gateway::Audit after;
  {
    AuditTopic audit(shop.node, shop.config,
                     {.try_again = std::chrono::milliseconds(5),
                      .time_to_write = std::chrono::milliseconds(50),
                      .log = [&](const LogLine& line) { said.put(std::string(line.message)); }});
    after = audit.audit();
    CHECK(after.ready());
    after.acted({.service = "Diary", .method = "burn", .key = "one"});
    REQUIRE(audit.wait_until_written(http::RawClient::kPatience));
    after.acted({.service = "Diary", .method = "burn", .key = "two"});
    after.acted({.service = "Pool", .method = "sweep", .key = ""});
    CHECK_FALSE(audit.wait_until_written(std::chrono::milliseconds(1)));
  }
  std::string last;
  while (last.find("2 acts of administration could not be written") == std::string::npos) last = said.take();
  CHECK_FALSE(after.ready());
  after.acted({.service = "Diary", .method = "burn", .key = "late"});
  CHECK(said.take().find("after the end of its log") != std::string::npos);
}

TEST_CASE("an audit log of a topic or with options that cannot be is refused") {
  Shop shop;
  CHECK(refusal(shop.node, {.name = "no name"}, {}) != "");
  CHECK(refusal(shop.node, shop.config, {.most_waiting = 0}).find("most_waiting") != std::string::npos);
  CHECK(refusal(shop.node, shop.config, {.most_waiting = gateway::audit::kMaxWaiting + 1}).find("most_waiting") !=
        std::string::npos);
  for (const auto bad : {std::chrono::milliseconds(0), std::chrono::milliseconds(-1)}) {
    CHECK(refusal(shop.node, shop.config, {.try_again = bad}).find("try_again") != std::string::npos);
    CHECK(refusal(shop.node, shop.config, {.time_to_write = bad}).find("time_to_write") != std::string::npos);
  }
  CHECK(refusal(shop.node, shop.config, {.time_to_write = std::chrono::milliseconds::max()}) == "");
}

TEST_CASE("an actor's name that is longer than an event's key is written whole") {
  Shop shop;
  AuditTopic audit(shop.node, shop.config);
  const std::string key(256, 'k');
  audit.audit().acted({.service = "Diary", .method = "burn", .key = key});
  REQUIRE(audit.wait_until_written(http::RawClient::kPatience));
  topic::PullConsumer reader(topic::TopicClient(shop.node, shop.config), 0, "reader");
  const auto events = reader.fetch();
  REQUIRE(events->getEvents().size() == 1);
  const topic::Payload<AdminEvent> act(events->getEvents()[0]);
  CHECK(act->getKey() == key);
}

// `troupe logs`: lines of actors and of the runtime, of several nodes, as they come; and levels that change.
#include <signal.h>
#include <troupe/trace.h>

#include <stdexcept>

#include "stage.h"
#include "support/child_process.h"
#include "support/log_lines.h"

using namespace troupe_tool;
using troupe::LogLevel;
using troupe::testing::ChildProcess;

namespace {

// Says what it does.
class TalkingJar final : public jars::JarActor {
  troupe::Task<> put(PutParams::Reader in, PutResults::Builder out) override {
    const std::string coins = std::to_string(in.getCoins());
    log(LogLevel::warn, "coins came", {{"coins", coins}, {"password", "open sesame"}});
    log(LogLevel::debug, "nobody asked for this");
    log(LogLevel::info, "", {{"", "no name"}, {"empty", ""}});
    edit().setCoins(state().getCoins() + in.getCoins());
    out.setCoins(state().getCoins());
    co_return;
  }
  troupe::Task<> take(TakeParams::Reader, TakeResults::Builder) override {
    log(LogLevel::warn, "a line of a turn that is rolled back");
    throw troupe::Refusal("too_few", "there are not that many");
    co_return;
  }
  troupe::Task<> smash(SmashParams::Reader, SmashResults::Builder) override { throw std::logic_error("shards"); }
  troupe::Task<> count(CountParams::Reader, CountResults::Builder) override { co_return; }
};

struct Talking {
  explicit Talking(troupe::LogSink sink = {})
      : node({.name = "solo", .data_dir = folder / "solo", .log = std::move(sink)}) {
    node.host<TalkingJar>();
    node.start();
  }
  void put(const std::string& key) {
    node.ref<jars::Jar>(key).put([](auto p) { p.setCoins(3), p.setLabel("x"); }).get(10s);
  }
  std::string at() const { return "--node " + (folder / "solo").string() + " "; }

  troupe::testing::ScratchDirectory folder;
  troupe::Node node;
};

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> out;
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    out.push_back(json::parse(text.substr(at, end - at)));
  return out;
}

}  // namespace

TEST_CASE("an actor's own line has its actor, method, request and trace, and never a secret") {
  troupe::testing::LogLines lines;
  Talking stage(lines.sink());
  troupe::TraceContext trace;
  trace.trace_id.fill(0xa1);
  trace.span_id.fill(0xb2);
  {
    const troupe::TraceScope scope(trace);
    stage.put("a");
  }

  REQUIRE(lines.come_to_say("coins came"));
  auto fields = lines.fields_of("coins came");
  CHECK(fields.at("node") == "solo");
  CHECK(fields.at("service") == "Jar");
  CHECK(fields.at("key") == "a");
  CHECK(fields.at("method") == "put");
  CHECK(fields.at("request").size() == 32);
  CHECK(fields.at("trace") == "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1");
  CHECK(fields.at("coins") == "3");
  CHECK(fields.at("password") == "***");
  const auto shown = tool("--json " + stage.at() + "logs --trace a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 --room Jar");
  INFO(shown.out);
  CHECK(shown.code == 0);
  const auto found = lines_of(shown.out);
  REQUIRE(found.size() == 2);
  CHECK(found[0]["node"] == "solo");
  CHECK(found[0]["room"] == "Jar");
  CHECK(found[0]["level"] == "warn");
  CHECK(found[0]["fields"]["key"] == "a");
  CHECK_FALSE(shown.says("sesame"));
}

TEST_CASE("a line that an actor wrote stays when its turn is rolled back, and a crash's line names actor and error") {
  Talking stage;
  CHECK_THROWS((void)stage.node.ref<jars::Jar>("a").take([](auto p) { p.setCoins(1); }).get(10s));
  CHECK_THROWS((void)stage.node.ref<jars::Jar>("b").smash().get(10s));

  CHECK(tool(stage.at() + "logs --actor Jar/a").says("a line of a turn that is rolled back"));
  const auto crash = tool("--json " + stage.at() + "logs --actor Jar/b --level warn --grep shards");
  INFO(crash.out);
  const auto found = lines_of(crash.out);
  REQUIRE(found.size() == 1);
  CHECK(found[0]["room"] == "supervise");
  CHECK(found[0]["fields"]["error"] == "shards");
  CHECK(found[0]["fields"]["kind"] == "failed");
}

TEST_CASE("a program's own lines go through its node, and do nothing when that is gone") {
  troupe::testing::LogLines lines;
  troupe::LogSink own;
  {
    Talking stage(lines.sink());
    own = stage.node.log();
    own({LogLevel::error, "desk", "the printer burns"});
    CHECK(tool(stage.at() + "logs --room desk").says("the printer burns"));
  }
  const auto before = lines.size();
  own({LogLevel::error, "desk", "it still burns"});
  CHECK(lines.size() == before);
}

TEST_CASE("levels are set on every node while it runs, shown, written down, and as configured when it starts again") {
  Cluster cluster;

  const auto set = tool(cluster.data() + "logs level net=debug");
  INFO(set.out);
  CHECK(set.code == 0);
  CHECK(set.says("net"));
  CHECK(set.says("gone when the node starts again"));
  const auto shown = tool("--json " + cluster.data() + "logs level").parsed();
  REQUIRE(shown.size() == 2);
  CHECK(shown[0]["now"]["rooms"]["net"] == "debug");
  CHECK(shown[1]["now"]["rooms"]["net"] == "debug");
  CHECK(shown[1]["configured"]["level"] == "info");
  CHECK(tool(cluster.data() + "logs --room log").says("the log level of net is debug from here on, it was info"));
  CHECK(tool(cluster.data() + "logs level net=configured").code == 0);
  CHECK(tool("--json " + cluster.data() + "logs level").parsed()[0]["now"]["rooms"].empty());
  for (const char* wrong : {"net=loud", "loud", "=debug", "net="})
    CHECK_MESSAGE(tool(cluster.data() + "logs level " + wrong).code == 2, wrong);
}

TEST_CASE("lines of all nodes come merged by time, those of a node that does not answer are said to be missing") {
  Cluster cluster;
  for (auto& node : cluster.nodes) node->log()({LogLevel::info, "desk", "hello from " + node->name()});

  const auto both = tool(cluster.data() + "logs --room desk");
  INFO(both.out);
  CHECK(both.code == 0);
  CHECK(both.out.find("hello from one") < both.out.find("hello from two"));
  cluster.nodes[1]->stop();
  const auto rest = tool(cluster.data() + "logs --room desk");
  INFO(rest.out);
  CHECK(rest.code == 3);
  CHECK(rest.says("hello from one"));
  CHECK(rest.says("two did not answer, and what it writes is missing here"));
  CHECK(tool(cluster.data() + "logs --level loud").code == 2);
  CHECK(tool(cluster.data() + "logs --since yesterday").code == 2);
  CHECK(tool(cluster.data() + "logs --for 1").code == 2);
  CHECK(tool(cluster.data() + "logs --since 1h --room desk").says("hello from one"));
}

TEST_CASE("logs -f shows lines as they are written, of a node that starts again too") {
  troupe::testing::ScratchDirectory folder;
  const auto node_config = [&] { return troupe::NodeConfig{.name = "solo", .data_dir = folder / "solo"}; };
  auto node = std::make_unique<troupe::Node>(node_config());
  node->start();
  ChildProcess following({TROUPE_TOOL, "--data", folder.path().string(), "logs", "-f", "--room", "desk"});

  node->log()({LogLevel::info, "desk", "before it went"});
  REQUIRE(following.says("before it went", 30s));
  node.reset();
  REQUIRE(following.says("solo did not answer", 30s));
  node = std::make_unique<troupe::Node>(node_config());
  node->start();
  node->log()({LogLevel::info, "desk", "after it came"});
  REQUIRE(following.says("after it came", 30s));
  CHECK(following.says("solo answers again", 30s));

  following.send_signal(SIGINT);
  CHECK(following.finish(30s) == 3);
}

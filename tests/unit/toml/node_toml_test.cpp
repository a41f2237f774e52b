// A node's configuration in TOML: every key, and what is wrong said with its line and its table.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <troupe/testing.h>
#include <troupe/toml.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "reading.h"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* kCluster = R"(
[node]
cluster = "shop"

[[node.members]]
name = "one"
port = 7401
data_dir = "data/one"

[[node.members]]
name = "two"
host = "localhost"
port = 7402
data_dir = "/srv/two"

[[node.members]]
name = "desk"
client = true
)";

}  // namespace

TEST_CASE("a node's configuration is read with every key, and what is not there keeps its default") {
  const NodeConfig config = parse(R"(
[node]
name = "solo"
cluster = "shop"
data_dir = "data"
link_secret = "keys/links"
threads = 3
default_timeout_ms = 1500
idle_after_ms = 0
max_mailbox = 7
max_store_bytes = 1048576
admin = false
encryption_keys = { file = "shop.keys" }

[node.tls]
directory = "tls"
certificate = "own.pem"
key = "/keys/own.key"
authority = "all.pem"
denied = "gone"
max_link_age_ms = 31
look_every_ms = 32

[node.restart]
restarts = 2
window_ms = 100
sustained = 9
sustained_window_ms = 200
backoff_ms = 1
max_backoff_ms = 3
jitter = 0.5
cooldown_ms = 400

[node.delivery]
tries = 4
backoff_ms = 5
max_backoff_ms = 6

[node.overload]
max_queued_calls = 11
max_queued_bytes = 12
target_ms = 130
interval_ms = 140
min_queue = 15
max_link_calls = 16
max_link_bytes = 17
max_link_activations = 18

[node.flight_recorder]
bytes = 131072
input_bytes = 33

[node.crash_files]
files = 7
bytes = 1048576

[node.watch]
slow_turn_ms = 21
blocked_thread_ms = 22
stalled_workers_ms = 23
stuck_commits_ms = 0
check_every_ms = 24
slow_check_ms = 25

[node.tracing]
on = false
sample = 0.25
slow_ms = 41
keep = 42
otlp_url = "http://127.0.0.1:4318/v1/traces"
otlp_headers = { "x-tenant" = "shop" }
otlp_ca_file = "ca.pem"
otlp_timeout_ms = 43
otlp_every_ms = 44
otlp_batch = 45
otlp_queue = 46
[node.log]
level = "warn"
levels = { net = "debug", Stock = "error" }
repeats = 0
repeat_window_ms = 33
kept_lines = 34
)");
  const NodeConfig untouched = parse("[node]\n");

  CHECK(config.name == "solo");
  CHECK(config.cluster == "shop");
  CHECK(config.data_dir == "/etc/data");
  CHECK(config.link_secret == "/etc/keys/links");
  CHECK(config.threads == 3);
  CHECK(config.default_timeout == 1500ms);
  CHECK(config.idle_after == 0ms);
  CHECK(config.max_mailbox == 7);
  CHECK(config.max_store_bytes == 1048576);
  CHECK_FALSE(config.admin);
  CHECK(config.encryption_keys.file == "/etc/shop.keys");
  CHECK(config.tls.directory == "/etc/tls");
  CHECK(config.tls.certificate == "/etc/own.pem");
  CHECK(config.tls.key == "/keys/own.key");
  CHECK(config.tls.authority == "/etc/all.pem");
  CHECK(config.tls.denied == "/etc/gone");
  CHECK(config.tls.max_link_age == 31ms);
  CHECK(config.tls.look_every == 32ms);
  CHECK_FALSE(untouched.tls.named());
  CHECK(config.restart.restarts == 2);
  CHECK(config.restart.window == 100ms);
  CHECK(config.restart.sustained == 9);
  CHECK(config.restart.sustained_window == 200ms);
  CHECK(config.restart.backoff == 1ms);
  CHECK(config.restart.max_backoff == 3ms);
  CHECK(config.restart.jitter == 0.5);
  CHECK(config.restart.cooldown == 400ms);
  CHECK(config.delivery.tries == 4);
  CHECK(config.delivery.backoff == 5ms);
  CHECK(config.delivery.max_backoff == 6ms);
  CHECK(config.overload.max_queued_calls == 11);
  CHECK(config.overload.max_queued_bytes == 12);
  CHECK(config.overload.target == 130ms);
  CHECK(config.overload.interval == 140ms);
  CHECK(config.overload.min_queue == 15);
  CHECK(config.overload.max_link_calls == 16);
  CHECK(config.overload.max_link_bytes == 17);
  CHECK(config.overload.max_link_activations == 18);
  CHECK(config.flight_recorder.bytes == 131'072);
  CHECK(config.flight_recorder.input_bytes == 33);
  CHECK(config.crash_files.files == 7);
  CHECK(config.crash_files.bytes == 1'048'576);
  CHECK(config.watch.slow_turn == 21ms);
  CHECK(config.watch.blocked_thread == 22ms);
  CHECK(config.watch.stalled_workers == 23ms);
  CHECK(config.watch.stuck_commits == 0ms);
  CHECK(config.watch.check_every == 24ms);
  CHECK(config.watch.slow_check == 25ms);
  CHECK_FALSE(config.tracing.on);
  CHECK(config.tracing.sample == 0.25);
  CHECK(config.tracing.slow == 41ms);
  CHECK(config.tracing.keep == 42);
  CHECK(config.tracing.otlp.url == "http://127.0.0.1:4318/v1/traces");
  CHECK(config.tracing.otlp.headers.at("x-tenant") == "shop");
  CHECK(config.tracing.otlp.ca_file == "/etc/ca.pem");
  CHECK(config.tracing.otlp.timeout == 43ms);
  CHECK(config.tracing.otlp.every == 44ms);
  CHECK(config.tracing.otlp.batch == 45);
  CHECK(config.tracing.otlp.queue == 46);
  CHECK(untouched.tracing.sample == 0.01);
  CHECK(config.logging.level == LogLevel::warn);
  CHECK(config.logging.levels == std::map<std::string, LogLevel>{{"Stock", LogLevel::error}, {"net", LogLevel::debug}});
  CHECK(config.logging.repeats == 0);
  CHECK(config.logging.repeat_window == 33ms);
  CHECK(config.logging.kept_lines == 34);
  CHECK(untouched.logging.level == LogLevel::info);
  CHECK(untouched.name == NodeConfig{}.name);
  CHECK(untouched.default_timeout == NodeConfig{}.default_timeout);
  CHECK(untouched.data_dir.empty());
}

TEST_CASE("all nodes of a cluster read one file, each its own seat") {
  const NodeConfig one = parse(kCluster, "one");
  const NodeConfig two = parse(kCluster, "two");
  const NodeConfig desk = parse(kCluster, "desk");

  CHECK(one.name == "one");
  CHECK(one.data_dir == "/etc/data/one");
  CHECK(two.data_dir == "/srv/two");
  CHECK(desk.data_dir.empty());
  REQUIRE(one.members.size() == 3);
  CHECK(one.members[0].host == "127.0.0.1");
  CHECK(one.members[1].host == "localhost");
  CHECK(one.members[1].port == 7402);
  CHECK(one.members[2].client);
  CHECK_FALSE(one.members[1].client);
}

TEST_CASE("the page of all keys is right, and shows the defaults") {
  std::ifstream in(TROUPE_DOC "/configuration.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  const auto from = page.find("```toml\n") + 8;
  std::string text = page.substr(from, page.find("\n```", from) - from);
  text.replace(text.find("\"node\""), 6, "\"one\"");

  const NodeConfig config = parse(text);
  const NodeConfig defaults;

  CHECK(config.data_dir == "/etc/data/one");
  CHECK(config.threads == defaults.threads);
  CHECK(config.max_store_bytes == defaults.max_store_bytes);
  CHECK(config.restart.sustained_window == defaults.restart.sustained_window);
  CHECK(config.restart.jitter == defaults.restart.jitter);
  CHECK(config.delivery.max_backoff == defaults.delivery.max_backoff);
  CHECK(config.overload.max_queued_bytes == defaults.overload.max_queued_bytes);
  CHECK(config.overload.max_link_bytes == defaults.overload.max_link_bytes);
  CHECK(config.watch.stuck_commits == defaults.watch.stuck_commits);
  CHECK(config.watch.check_every == defaults.watch.check_every);
  CHECK(config.watch.slow_check == defaults.watch.slow_check);
}

TEST_CASE("the page of all keys has every key of how a node joins") {
  std::ifstream in(TROUPE_DOC "/configuration.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  const std::string error = error_of("[node]\n[node.join]\nkind = 'static'\nzebra = 1\n");
  const std::string known = error.substr(error.find("known here: ") + 12) + ",";

  std::size_t keys = 0;
  for (std::size_t from = 0, to = 0; (to = known.find(',', from)) != std::string::npos; from = to + 2, ++keys)
    CHECK_MESSAGE(page.find("\n# " + known.substr(from, to - from) + " = ") != std::string::npos,
                  known.substr(from, to - from));

  CHECK(keys == 22);
}

TEST_CASE("what is wrong with a node's configuration is said with file, line and table") {
  const std::string at = "invalid: /etc/node.toml:";

  CHECK(
      error_of("[node]\nthread = 3\n").starts_with(at + "2: [node]: unknown key 'thread'; known here: name, cluster"));
  CHECK(error_of("[node]\nthreads = \"3\"\n") ==
        at + "2: [node]: 'threads' must be a whole number from 0 to 4294967295");
  CHECK(error_of("[node]\nidle_after_ms = -1\n") ==
        at + "2: [node]: 'idle_after_ms' must be a whole number from 0 to 31622400000");
  CHECK(error_of("[node]\ndata_dir = ''\n") == at + "2: [node]: 'data_dir' must not be empty");
  CHECK(error_of("[node]\nadmin = 1\n") == at + "2: [node]: 'admin' must be true or false");
  CHECK(error_of("[node]\n[node.restart]\njitter = 2\n") ==
        at + "3: [node.restart]: 'jitter' must be a number from 0 to 1");
  CHECK(error_of("[node]\n\n[node.watch]\nslow = 1\n")
            .starts_with(at + "4: [node.watch]: unknown key 'slow'; known here: "));
  CHECK(error_of("[node]\n[node.log]\nlevel = 'loud'\n") ==
        at + "3: [node.log]: 'level' is one of debug, info, warn, error, not 'loud'");
  CHECK(error_of("[node]\n[node.log]\nlevels = { net = 'loud' }\n") ==
        at + "3: [node.log]: 'levels.net' is one of debug, info, warn, error, not 'loud'");
  CHECK(error_of("[node]\nwatch = 3\n") == at + "2: [node]: 'watch' must be a table");
  CHECK(error_of("[node]\nmembers = 3\n").starts_with(at + "2: [node]: 'members' must be a list of tables"));
  CHECK(error_of("[node]\n[[node.members]]\nport = 1\n") == at + "2: [[node.members]]: key 'name' is missing");
  CHECK(error_of("[node]\n[[node.members]]\nname = 'a'\nport = 70000\n") ==
        at + "4: [[node.members]]: 'port' must be a whole number from 0 to 65535");
  CHECK(error_of("[node]\nencryption_keys = {}\n") ==
        at + "2: [node.encryption_keys]: keys come from 'file' or from 'environment': one of the two");
  CHECK(error_of(kCluster, "three") == at + "5: [node]: there is no member 'three'; there are one, two, desk");
  CHECK(error_of("[node]\nname = 'a'\n", "b") == at + "2: [node]: 'name' is for the file of one node; here it is 'b'");
}

TEST_CASE("a node's file has [node], perhaps [supervision], and nothing else") {
  const testing::ScratchDirectory directory;
  const auto file = directory / "node.toml";
  const auto read = [&](const std::string& text) {
    std::ofstream(file) << text;
    return read_node_file(file);
  };
  const auto wrong = [&](const std::string& text) { return error_when([&] { return read(text); }); };

  const NodeFile both = read("[node]\ndata_dir = 'd'\n[[supervision.children]]\nid = 'c'\nservice = 'Cart'\n");
  CHECK(both.config.data_dir == directory / "d");
  REQUIRE(both.supervision);
  CHECK(both.supervision->children.at(0).id == "c");
  CHECK_FALSE(read("[node]\n").supervision);

  const std::string at = "invalid: " + file.string() + ":";
  CHECK(wrong("[node]\n[nodes]\n") == at + "2: unknown key 'nodes'; known here: node, supervision");
  CHECK(wrong("[supervision]\n") == at + "1: table [node] is missing");
  CHECK(wrong("") == at + "1: table [node] is missing");
  CHECK(wrong("[node]\nzebra = 1\napple = 2\n").starts_with(at + "2: [node]: unknown key 'zebra'"));
  CHECK(wrong("[node]\nname = \n").starts_with(at + "2: "));
  CHECK(error_when([&] { return read_node_file(directory / "none.toml"); }) ==
        "not_found: there is no file " + (directory / "none.toml").string());
  CHECK(error_when([&] { return read_node_file(directory.path()); }).ends_with(" is no file"));
}

// What a node counts of the turns and calls of a program, what the program adds to it, and who may read it over TCP.
#include "troupe/metrics.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

struct Counted {
  explicit Counted(MetricsConfig metrics = {}) {
    node = std::make_unique<Node>(
        NodeConfig{.name = "counted", .data_dir = folder / "data", .threads = 2, .metrics = std::move(metrics)});
    host_cast(*node);
  }
  void add(const std::string& key, std::int64_t amount) {
    (void)node->ref<Account>(key).add([&](auto p) { p.setAmount(amount); }).get();
  }
  void end_as(const std::string& ending) {
    try {
      (void)node->ref<Account>("a").addThen([&](auto p) { p.setEnding(ending); }).get();
    } catch (const Error&) {  // as told
    }
  }
  // What one metric has under these labels; of a histogram, how many; -1: there is none.
  double value(const std::string& name, const MetricLabels& labels = {}) const {
    double found = -1;
    node->metrics().visit([&](const MetricFamily& family) {
      if (family.name != name) return;
      for (const MetricSample& sample : family.samples) {
        const std::map<std::string, std::string> has(sample.labels.begin(), sample.labels.end());
        const bool fits = std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
          return has.contains(label.first) && has.at(label.first) == label.second;
        });
        if (!fits) continue;
        found = std::max(found, 0.0) +
                (family.kind == MetricKind::histogram ? static_cast<double>(sample.buckets.count) : sample.value);
      }
    });
    return found;
  }
  std::size_t series() const {
    std::size_t all = 0;
    node->metrics().visit([&](const MetricFamily& family) { all += family.samples.size(); });
    return all;
  }
  testing::ScratchDirectory folder;
  std::unique_ptr<Node> node;
};

std::string get(std::uint16_t port, const std::string& headers = "") {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET /metrics HTTP/1.0\r\n" + headers + "\r\n";
    (void)::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    char bytes[4096];
    for (ssize_t n; (n = ::read(fd, bytes, sizeof bytes)) > 0;) answer.append(bytes, static_cast<std::size_t>(n));
  }
  ::close(fd);
  return answer;
}

std::string why_not(const MetricsConfig& metrics) {
  try {
    const Node node({.name = "wrong", .metrics = metrics});
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::invalid);
    return error.message();
  }
  return {};
}

}  // namespace

TEST_CASE("turns are counted by method and end, calls by who made them, and what took how long") {
  Counted it;
  it.node->start();
  for (int i = 0; i < 5; ++i) it.add("a", 1);
  it.end_as("refuse");
  it.end_as("error");
  it.end_as("crash");
  (void)it.node->ref<Account>("a")
      .transfer([](auto p) {
        p.setAmount(1);
        p.setTo("b");
      })
      .get();

  const MetricLabels add{{"service", "Account"}, {"method", "add"}};
  const auto with = [](MetricLabels labels, const char* name, const char* value) {
    labels.emplace_back(name, value);
    return labels;
  };
  CHECK(it.value("troupe_turns_total", with(add, "outcome", "answered")) == 6);
  const MetricLabels then{{"service", "Account"}, {"method", "addThen"}};
  CHECK(it.value("troupe_turns_total", with(then, "outcome", "refused")) == 1);
  CHECK(it.value("troupe_turns_total", with(then, "outcome", "crashed")) == 1);
  CHECK(it.value("troupe_turns_total", then) == 3);
  CHECK(it.value("troupe_turn_seconds", add) == 6);
  CHECK(it.value("troupe_mailbox_wait_seconds", add) == 6);
  CHECK(testing::eventually([&] { return it.value("troupe_commit_wait_seconds", add) == 6; }));
  CHECK(it.value("troupe_turn_params_bytes_total", add) > 0);

  CHECK(it.value("troupe_calls_total", with(add, "caller", "(host)")) == 5);
  CHECK(it.value("troupe_calls_total", with(add, "caller", "Account")) == 1);
  CHECK(it.value("troupe_calls_total", with(with(then, "caller", "(host)"), "result", "failed")) == 1);
  CHECK(it.value("troupe_calls_total", with(add, "place", "local")) == 6);
  CHECK(it.value("troupe_call_seconds", with(add, "caller", "(host)")) == 5);
}

TEST_CASE("ten thousand keys of a service add no series") {
  Counted it;
  it.node->start();
  it.add("first", 1);
  (void)it.node->ref<Account>("first").balance().get();
  REQUIRE(testing::eventually([&] { return it.value("troupe_commit_wait_seconds") == 1; }));
  const std::size_t before = it.series();

  for (int key = 0; key < 10'000; ++key) (void)it.node->ref<Account>(std::to_string(key)).balance().get();

  CHECK(it.series() == before);
  CHECK(it.value("troupe_turns_total", {{"method", "balance"}}) == 10'001);
}

TEST_CASE("a node that is told to count nothing of calls shows the rest") {
  Counted it({.calls = false});
  it.node->start();
  it.add("a", 1);

  CHECK(it.value("troupe_turns_total") == -1);
  CHECK(it.value("troupe_calls_total") == -1);
  CHECK(it.value("troupe_activations") == 1);
  CHECK(it.node->admin("GET", "/graph", "").second.find("\"counted\":false") != std::string::npos);
}

TEST_CASE("what a program adds is shown before the node starts, while it runs, and after it has stopped") {
  Counted it;
  const auto counter = it.node->metrics().counter("shop_orders_total", "orders");
  const auto source = it.node->metrics().collect([](MetricSink& sink) { sink.level("shop_open", "open", 1); });
  counter.add(3);
  CHECK(it.value("shop_orders_total") == 3);
  CHECK(it.value("troupe_activations") == -1);

  it.node->start();
  CHECK(it.value("shop_orders_total") == 3);
  CHECK(it.value("shop_open") == 1);
  CHECK(it.value("troupe_activations") == 0);
  CHECK(it.node->admin("GET", "/metrics", "").second.find("shop_orders_total") != std::string::npos);

  it.node->stop();
  counter.add(1);
  CHECK(it.value("shop_orders_total") == 4);
  CHECK(it.value("troupe_activations") == -1);
}

TEST_CASE("metrics are read over TCP where the node is told to listen, and only while it runs") {
  Counted it({.listen = "127.0.0.1:0"});
  CHECK(it.node->metrics().port() == 0);
  it.node->start();
  const std::uint16_t port = it.node->metrics().port();
  REQUIRE(port != 0);
  it.add("a", 1);

  CHECK(get(port).find("troupe_turns_total{service=\"Account\",method=\"add\",outcome=\"answered\"} 1\n") !=
        std::string::npos);
  it.node->stop();
  CHECK(get(port).empty());
  CHECK(it.node->metrics().port() == 0);
}

TEST_CASE("a node that has a token for its metrics gives them to who bears it") {
  testing::ScratchDirectory folder;
  const auto file = folder / "token";
  std::ofstream(file) << "open sesame\n";
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  Counted it({.listen = "127.0.0.1:0", .token_file = file});
  it.node->start();
  const std::uint16_t port = it.node->metrics().port();

  CHECK(get(port).starts_with("HTTP/1.1 401"));
  CHECK(get(port).find("WWW-Authenticate: Bearer") != std::string::npos);
  CHECK(get(port, "Authorization: Bearer wrong\r\n").starts_with("HTTP/1.1 401"));
  CHECK(get(port, "Authorization: Bearer open sesame\r\n").starts_with("HTTP/1.1 200"));
}

TEST_CASE("a wrong configuration of metrics is refused, and says what is wrong") {
  CHECK(why_not({.listen = "9464"}).find("it has no port") != std::string::npos);
  CHECK(why_not({.listen = "0.0.0.0:9464"}).find("token_file") != std::string::npos);
  CHECK(why_not({.token_file = "token"}).find("metrics.listen, which is empty") != std::string::npos);
  Counted first({.listen = "127.0.0.1:0"});
  first.node->start();
  Counted second({.listen = "127.0.0.1:" + std::to_string(first.node->metrics().port())});
  CHECK_THROWS_WITH_AS(second.node->start(), doctest::Contains("cannot listen for metrics on 127.0.0.1"), Error);
}

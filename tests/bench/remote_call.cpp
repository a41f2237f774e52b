#include "remote_call.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <troupe/certificates.h>
#include <troupe/node.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <stdexcept>
#include <system_error>

#include "bench.capnp.troupe.h"
#include "own_process.h"
#include "rounds.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
constexpr std::size_t kPayloadBytes = 64;
constexpr const char* kNear = "near";
constexpr const char* kFar = "far";

class Echoing final : public EchoActor {
 public:
  explicit Echoing(std::string node) : node_(std::move(node)) {}

 private:
  Task<> echo(EchoParams::Reader in, EchoResults::Builder out) override {
    out.setBytes(in.getBytes());
    co_return;
  }
  Task<> where(WhereParams::Reader, WhereResults::Builder out) override {
    out.setNode(node_);
    co_return;
  }

  std::string node_;
};

class PooledEchoing final : public PooledEchoActor {
  Task<> echo(EchoParams::Reader in, EchoResults::Builder out) override {
    out.setBytes(in.getBytes());
    co_return;
  }
};

class EchoCalling final : public EchoCallerActor {
 public:
  explicit EchoCalling(std::string node) : node_(std::move(node)) {}

 private:
  template <class Callee>
  struct Flying {
    Clock::time_point start;
    Call<typename Callee::EchoResults> call;
  };

  // Waits for the oldest and sends another in its place. Replies come in the order of the calls, so that the count in
  // flight never falls.
  Task<> run(RunParams::Reader in, RunResults::Builder out) override {
    const std::string callee = in.getCallee();
    return callee.empty() ? fly(ref<PooledEcho>(), in, out) : fly(ref<Echo>(callee), in, out);
  }
  template <class Callee>
  static Task<> fly(Ref<Callee> callee, RunParams::Reader in, RunResults::Builder out) {
    const auto end = Clock::now() + std::chrono::nanoseconds(in.getNanoseconds());
    std::deque<Flying<Callee>> flying;
    for (std::uint32_t i = 0; i < in.getInFlight(); ++i) flying.push_back(send(callee));
    std::vector<double> took_ns;
    while (!flying.empty()) {
      Flying<Callee> oldest = std::move(flying.front());
      flying.pop_front();
      co_await std::move(oldest.call);
      const auto now = Clock::now();
      took_ns.push_back(std::chrono::duration<double, std::nano>(now - oldest.start).count());
      if (now < end) flying.push_back(send(callee));
    }
    out.setCalls(took_ns.size());
    out.setMedianNanoseconds(static_cast<std::uint64_t>(median(std::move(took_ns))));
  }
  Task<> where(WhereParams::Reader, WhereResults::Builder out) override {
    out.setNode(node_);
    co_return;
  }

  template <class Callee>
  static Flying<Callee> send(const Ref<Callee>& callee) {
    const auto start = Clock::now();
    return {start, callee.echo([](auto params) { params.initBytes(kPayloadBytes); })};
  }

  std::string node_;
};

struct Ports {
  std::uint16_t near;
  std::uint16_t far;
};

void start_node(Node& node) {
  node.host<Echoing>([name = node.name()] { return std::make_unique<Echoing>(name); });
  if (node.name() == kFar) node.host<PooledEchoing>();
  node.host<EchoCalling>([name = node.name()] { return std::make_unique<EchoCalling>(name); });
  node.start();
}

// `certificates` empty: plain links.
NodeConfig config_of(const char* name, const Ports& ports, const std::filesystem::path& certificates) {
  return {.name = name,
          .cluster = "bench",
          .members = {{.name = kNear, .port = ports.near}, {.name = kFar, .port = ports.far}},
          .tls = {.directory = certificates},
          .threads = 2};
}

std::filesystem::path make_certificates(const std::filesystem::path& directory) {
  const auto made = directory / "tls";
  make_authority(made, "bench").value();
  for (const char* name : {kNear, kFar}) make_node_certificate(made, name).value();
  return made;
}

// A port nobody listens on. Another program may take it before a node does; then the node says so.
std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = fd >= 0 && ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!bound) throw std::system_error(error, std::generic_category(), "no free port on loopback");
  return ntohs(address.sin_port);
}

// Where an actor lives is the cluster's business; so this asks actors until one says it lives there.
template <class Service>
std::string key_of_one_on(Node& node, std::string_view name) {
  for (int i = 0; i < 1000; ++i) {
    std::string key = "actor-" + std::to_string(i);
    auto reply = node.ref<Service>(key).where().get(10s);
    if (name == reply->getNode().cStr()) return key;
  }
  throw std::runtime_error("of a thousand actors none lives on node " + std::string(name));
}

}  // namespace

RemoteFigures remote_calls(std::uint32_t in_flight, const Effort& effort, Links links, Callees callees) {
  const Ports ports{free_port(), free_port()};
  std::vector<std::string> words{"--serve", "troupe", std::to_string(ports.near), std::to_string(ports.far)};
  const auto certificates = links == Links::tls ? make_certificates(effort.dir) : std::filesystem::path();
  if (links == Links::tls) words.push_back(certificates.string());
  OwnProcess far(words, effort.apart);
  Node node(config_of(kNear, ports, certificates));
  start_node(node);
  (void)far.read_line(20s);
  if (!node.wait_connected(20s)) throw std::runtime_error("the two nodes did not find each other within 20 s");

  const auto caller = node.ref<EchoCaller>(key_of_one_on<EchoCaller>(node, kNear));
  const std::string callee = callees == Callees::pool ? "" : key_of_one_on<Echo>(node, kFar);
  const auto run = [&](std::chrono::nanoseconds time) {
    return caller
        .run([&](auto params) {
          params.setCallee(callee);
          params.setNanoseconds(static_cast<std::uint64_t>(time.count()));
          params.setInFlight(in_flight);
        })
        .get(10min);
  };
  (void)run(effort.time / 10);
  const auto start = Clock::now();
  auto reply = run(effort.time);
  const std::chrono::duration<double> took = Clock::now() - start;
  return {static_cast<double>(reply->getMedianNanoseconds()) / 1000,
          static_cast<double>(reply->getCalls()) / took.count()};
}

void serve_troupe(const std::vector<std::string>& words) {
  if (words.size() != 2 && words.size() != 3)
    throw std::invalid_argument("--serve troupe: the two ports, and the certificates' directory");
  const auto port = [&](std::size_t i) { return static_cast<std::uint16_t>(std::stoul(words[i])); };
  Node node(config_of(kFar, {port(0), port(1)}, words.size() == 3 ? words[2] : std::string()));
  start_node(node);
  std::puts("started");
  std::fflush(stdout);
  wait_for_end_of_input();
}

}  // namespace troupe::bench

#include "contract/distance.h"

#include "troupe/admin_client.h"

namespace troupe::contract {

const char* to_string(Length length) {
  switch (length) {
    case Length::pointer: return "by pointer";
    case Length::bytes: return "through bytes";
    case Length::spread: return "spread over two owners";
    case Length::processes: return "two processes";
  }
  return "?";
}

Distance::Distance(Length length, const std::function<void(NodeConfig&)>& change) : length_(length) {
  switch (length) {
    case Length::pointer: members_ = {{.name = "solo"}}; break;
    case Length::bytes:
    case Length::processes:
      members_ = {{.name = "owner", .port = testing::free_port()},
                  {.name = "caller", .port = testing::free_port(), .client = true}};
      break;
    case Length::spread:
      members_ = {{.name = "left", .port = testing::free_port()},
                  {.name = "right", .port = testing::free_port()},
                  {.name = "caller", .port = testing::free_port(), .client = true}};
      break;
  }
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (length == Length::processes && i == 0) {
      start_owner();
    } else {
      start_node(i, change);
    }
  }
  caller_ = nodes_.back().get();
  for (const auto& node : nodes_) REQUIRE(node->wait_connected(10s));
}

Distance::~Distance() {
  // Turns may still wait at a latch that nobody opened.
  for (auto& node : nodes_) node->stop(20ms);
}

void Distance::start_node(std::size_t member, const std::function<void(NodeConfig&)>& change) {
  NodeConfig config{.name = members_[member].name, .data_dir = directory_ / members_[member].name};
  if (members_.size() > 1) config.members = members_;
  config.threads = 2;
  config.tracing.sample = 0;  // a trace that a call begins by chance would be seen where none is expected
  if (change) change(config);
  auto node = std::make_unique<Node>(std::move(config));
  host_cast(*node);
  node->start();
  nodes_.push_back(std::move(node));
}

void Distance::start_owner() {
  owner_ = std::make_unique<testing::SecondProcess>(std::vector<std::string>{
      "--owner", (directory_ / "owner").string(), std::to_string(members_[0].port), std::to_string(members_[1].port)});
}

void Distance::kill_owner() { owner_->kill(); }

int run_owner(const std::vector<std::string>& arguments) {
  const auto port = [&](std::size_t i) { return static_cast<std::uint16_t>(std::stoi(arguments.at(i))); };
  return serve_cast(
      {.name = "owner",
       .data_dir = arguments.at(0),
       .members = {{.name = "owner", .port = port(1)}, {.name = "caller", .port = port(2), .client = true}},
       .threads = 2});
}

std::int64_t Distance::balance(const std::string& key) const { return account(key).balance().get()->getBalance(); }

void Distance::add(const std::string& key, std::int64_t amount) const {
  (void)account(key).add([&](auto p) { p.setAmount(amount); }).get();
}

void Distance::open(const std::string& key) const { (void)latch(key).open().get(); }

void Distance::wait_for_arrivals(const std::string& key, std::uint32_t count) const {
  REQUIRE(eventually([&] { return latch(key).arrived().get()->getCount() >= count; }));
}

std::vector<std::string> Distance::ask_all(const std::string& path) const {
  std::vector<std::string> out;
  for (const auto& node : nodes_) {
    const auto [status, body] = node->admin("GET", path, "");
    REQUIRE(status == 200);
    out.push_back(body);
  }
  if (owner_) {
    auto reply = AdminClient(directory_ / "owner").request("GET", path);
    REQUIRE(reply.ok());
    REQUIRE(reply->status == 200);
    out.push_back(reply->json);
  }
  return out;
}

void at_every_distance(const std::function<void(Distance&)>& body, const std::function<void(NodeConfig&)>& change) {
  for (const Length length : {Length::pointer, Length::bytes, Length::spread, Length::processes}) {
    SUBCASE(to_string(length)) {
      Distance distance(length, change);
      body(distance);
    }
  }
}

}  // namespace troupe::contract

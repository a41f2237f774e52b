#include "stage.h"

#include <algorithm>

namespace troupe::ticker {
namespace {

using gateway::StreamKeys;

}  // namespace

topic::TopicConfig prices(std::uint32_t partitions) { return {.name = "prices", .partitions = partitions}; }

Result<Caller> believe(const http::Request& request) {
  const auto token = request.headers.find("Authorization");
  if (!token) return Caller();
  const std::string said(token->substr(std::string_view("Bearer ").size()));
  Caller out;
  out.name = said.substr(0, said.find(':'));
  out.roles = said.size() > out.name.size() ? said.substr(out.name.size() + 1) : std::string();
  return out;
}

// --- a client ---

EventClient::EventClient(std::uint16_t port, const std::string& target, const std::string& headers, int receive_buffer)
    : client_(std::make_unique<http::RawClient>(port, receive_buffer)) {
  client_->send(http::get(target, headers));
  auto head = client_->read_head();
  REQUIRE(head.has_value());
  head_ = std::move(*head);
  INFO(head_.head);
  REQUIRE(head_.status == 200);
  for (Shown shown; id_.empty();) REQUIRE(read_block(shown));  // where it begins comes first
}

bool EventClient::read_line(std::string& line) {
  std::size_t end;
  while ((end = text_.find('\n')) == std::string::npos) {
    if (ended_) return false;
    const auto piece = client_->read_chunk();
    if (!piece) ended_ = true;
    if (piece) text_ += *piece;
  }
  line = text_.substr(0, end);
  text_.erase(0, end + 1);
  return true;
}

// Up to the next empty line. False: the stream has ended.
bool EventClient::read_block(Shown& shown) {
  shown = {};
  std::string data;
  for (std::string line; read_line(line);) {
    if (line.empty()) {
      shown.id = id_;
      if (!data.empty()) shown.data = json::parse(data);
      return true;
    }
    const auto colon = line.find(": ");
    const std::string field = line.substr(0, colon), value = colon == line.npos ? "" : line.substr(colon + 2);
    if (field == "id") id_ = value;
    if (field == "event") shown.name = value;
    if (field == "data") data += value;
    if (field == "retry") retry_ = value;
  }
  return false;
}

Shown EventClient::next() {
  const auto end = std::chrono::steady_clock::now() + http::RawClient::kPatience;
  for (Shown shown;;) {
    REQUIRE(read_block(shown));
    if (!shown.data.is_null()) return shown;
    REQUIRE(std::chrono::steady_clock::now() < end);  // heartbeats alone are no event
  }
}

bool EventClient::ends() {
  for (Shown shown; read_block(shown);) {
  }
  return ended_;
}

void EventClient::await_other_id() {
  const std::string before = id_;
  for (Shown shown; id_ == before;) REQUIRE(read_block(shown));
}

// --- the server's side ---

Stage::Stage(Options options) : options_(std::move(options)) {
  const bool apart = options_.nodes.size() > 1;
  edge_ = apart ? "edge" : options_.nodes.front();
  auto topics = std::make_shared<topic::Topics>();
  topics->add(options_.topic);
  cluster_ = std::make_unique<testing::TestCluster>(
      testing::TestClusterOptions{.nodes = options_.nodes,
                                  .clients = apart ? std::vector<std::string>{"edge"} : std::vector<std::string>{},
                                  .host = [topics](Node& node) { topics->host(node); },
                                  .time = testing::Time::runs});
  topics->declare(node());
  streams_ = std::make_unique<gateway::TopicStreams>(node(), options_.limits);
  gateway_ = std::make_unique<gateway::Gateway>(
      node(), gateway::GatewayOptions{.server = {.limits = options_.http}, .authenticate = believe});
  using Who = AccessRule::Who;
  gateway_->serve("GET", "/prices", streams_->of<Price>(options_.topic, {.who = {.who = Who::everybody}}));
  gateway_->serve("GET", "/prices/mine",
                  streams_->of<Price>(options_.topic, {.who = {.who = Who::known}, .keys = StreamKeys::own}));
  gateway_->serve(
      "GET", "/prices/of/{key}",
      streams_->of<Price, Whisper>(options_.topic, {.who = {.who = Who::some, .own = true, .roles = "clerk"},
                                                    .keys = StreamKeys::named,
                                                    .origins = {"https://shop.example"}}));
  gateway_->start();
}

Stage::~Stage() {
  gateway_.reset();
  streams_.reset();
}

void Stage::publish(const std::string& key, unsigned count, const std::string& note) {
  topic::NewEvents events(options_.topic);
  for (unsigned i = 0; i < count; ++i)
    events.add<Price>(key, [&](auto price) {
      price.setNumber(number_++);
      price.setNote(note);
    });
  topic::TopicClient(node(), options_.topic).publish(events);
}

void Stage::whisper(const std::string& key) {
  topic::NewEvents events(options_.topic);
  events.add<Whisper>(key, [](auto whisper) { whisper.setText("psst"); });
  events.add(key, "Bytes", "as they are");
  topic::TopicClient(node(), options_.topic).publish(events);
}

std::pair<int, std::string> Stage::refusal(const std::string& target, const std::string& headers) {
  http::RawClient client(port());
  const auto answer = client.ask(http::get(target, headers));
  INFO(target << " -> " << answer.head << answer.body);
  REQUIRE(answer.headers.find("Content-Type") == "application/problem+json");
  return {answer.status, json::parse(answer.body)["detail"]};
}

}  // namespace troupe::ticker

// A collector in the test: an HTTP server on loopback that takes OTLP's JSON and keeps what it was sent. What does not
// keep to the rules of OTLP's JSON mapping it says in broken().
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace troupe::contract {

class CollectorServer {
 public:
  // Its first answers have these statuses; later ones 200.
  explicit CollectorServer(std::vector<int> first = {}) : statuses_(std::move(first)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("the collector of the test got no port");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~CollectorServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1/traces"; }
  [[nodiscard]] std::vector<nlohmann::json> spans() const {
    const std::lock_guard lock(mutex_);
    return spans_;
  }
  [[nodiscard]] std::vector<nlohmann::json> resources() const {
    const std::lock_guard lock(mutex_);
    return resources_;
  }
  [[nodiscard]] std::vector<std::string> broken() const {
    const std::lock_guard lock(mutex_);
    return broken_;
  }
  [[nodiscard]] std::size_t requests() const {
    const std::lock_guard lock(mutex_);
    return heads_.size();
  }
  [[nodiscard]] std::string head(std::size_t number) const {
    const std::lock_guard lock(mutex_);
    return heads_.at(number);
  }

 private:
  void serve() {
    for (;;) {
      const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) return;
      std::string bytes;
      char room[4096];
      std::size_t wanted = std::string::npos;
      while (bytes.size() < wanted) {
        const auto got = ::recv(peer, room, sizeof room, 0);
        if (got <= 0) break;
        bytes.append(room, static_cast<std::size_t>(got));
        const auto end = bytes.find("\r\n\r\n");
        if (end == std::string::npos || wanted != std::string::npos) continue;
        std::smatch length;
        const std::string head = bytes.substr(0, end);
        if (std::regex_search(head, length, std::regex("Content-Length: ([0-9]+)", std::regex::icase)))
          wanted = end + 4 + std::stoul(length[1]);
      }
      const std::string answer = take(bytes);
      (void)!::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(peer);
    }
  }

  std::string take(const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) return "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    heads_.push_back(bytes.substr(0, end));
    int status = 200;
    if (!statuses_.empty()) {
      status = statuses_.front();
      statuses_.erase(statuses_.begin());
    }
    if (status == 200) read(bytes.substr(end + 4));
    return "HTTP/1.1 " + std::to_string(status) +
           " Said\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
  }

  void read(const std::string& body) {
    const auto request = nlohmann::json::parse(body, nullptr, false);
    if (request.is_discarded()) return broken_.push_back("no JSON");
    only(request, {"resourceSpans"});
    for (const auto& of_resource : request["resourceSpans"]) {
      only(of_resource, {"resource", "scopeSpans", "schemaUrl"});
      only(of_resource["resource"], {"attributes", "droppedAttributesCount"});
      attributes(of_resource["resource"]["attributes"]);
      resources_.push_back(of_resource["resource"]);
      for (const auto& of_scope : of_resource["scopeSpans"]) {
        only(of_scope, {"scope", "spans", "schemaUrl"});
        for (const auto& span : of_scope["spans"]) check(span);
      }
    }
  }

  // https://github.com/open-telemetry/opentelemetry-proto: trace.proto, by protobuf's JSON mapping with OTLP's
  // exceptions.
  void check(const nlohmann::json& span) {
    only(span, {"traceId", "spanId", "traceState", "parentSpanId", "flags", "name", "kind", "startTimeUnixNano",
                "endTimeUnixNano", "attributes", "droppedAttributesCount", "events", "droppedEventsCount", "links",
                "droppedLinksCount", "status"});
    id(span, "traceId", 32);
    id(span, "spanId", 16);
    if (span.contains("parentSpanId")) id(span, "parentSpanId", 16);
    if (!span["name"].is_string() || span["name"].get<std::string>().empty()) broken_.push_back("a span without name");
    if (!span["kind"].is_number_integer() || span["kind"] < 1 || span["kind"] > 5) broken_.push_back("kind");
    if (!span["flags"].is_number_unsigned()) broken_.push_back("flags");
    for (const char* time : {"startTimeUnixNano", "endTimeUnixNano"})
      if (!span[time].is_string() || !std::regex_match(span[time].get<std::string>(), std::regex("[1-9][0-9]{18}")))
        broken_.push_back(std::string(time) + ": " + span[time].dump());
    if (span["startTimeUnixNano"].get<std::string>() > span["endTimeUnixNano"].get<std::string>())
      broken_.push_back("a span that ends before it begins");
    attributes(span["attributes"]);
    for (const auto& link : span["links"]) {
      only(link, {"traceId", "spanId", "traceState", "attributes", "droppedAttributesCount", "flags"});
      id(link, "traceId", 32);
      id(link, "spanId", 16);
    }
    only(span["status"], {"code", "message"});
    if (span["status"].contains("code") && (span["status"]["code"] < 0 || span["status"]["code"] > 2))
      broken_.push_back("status.code");
    spans_.push_back(span);
  }

  void attributes(const nlohmann::json& all) {
    static const std::set<std::string> kValues{"stringValue", "boolValue", "intValue", "doubleValue"};
    for (const auto& attribute : all) {
      only(attribute, {"key", "value"});
      const auto& value = attribute["value"];
      if (value.size() != 1 || !kValues.count(value.begin().key())) broken_.push_back("value " + value.dump());
      if (value.contains("intValue") && !value["intValue"].is_string()) broken_.push_back("intValue is no text");
    }
  }

  void id(const nlohmann::json& holder, const char* name, std::size_t digits) {
    const auto& value = holder[name];
    const bool good = value.is_string() && value.get<std::string>().size() == digits &&
                      value.get<std::string>().find_first_not_of("0123456789abcdef") == std::string::npos &&
                      value.get<std::string>().find_first_not_of('0') != std::string::npos;
    if (!good) broken_.push_back(std::string(name) + ": " + value.dump());
  }

  void only(const nlohmann::json& object, const std::set<std::string>& known) {
    for (const auto& [name, value] : object.items())
      if (!known.count(name)) broken_.push_back("unknown field " + name);
  }

  int listener_ = -1;
  unsigned port_ = 0;
  mutable std::mutex mutex_;
  std::vector<int> statuses_;
  std::vector<nlohmann::json> spans_;
  std::vector<nlohmann::json> resources_;
  std::vector<std::string> heads_;
  std::vector<std::string> broken_;
  std::thread thread_;
};

}  // namespace troupe::contract

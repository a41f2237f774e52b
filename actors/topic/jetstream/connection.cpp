#include "topic/jetstream/connection.h"

#include <nats/nats.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <utility>

#include "troupe/duration.h"
#include "troupe/error.h"

namespace troupe::topic::jetstream {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kConnecting{2000};
constexpr std::chrono::milliseconds kReconnecting{100};
// How soon a server that went away without a word is given up: three times this.
constexpr std::chrono::milliseconds kPing{5000};
// How often somebody who waits for answers looks whether the link still stands.
constexpr std::chrono::milliseconds kLook{100};
constexpr std::size_t kMaxPrefixBytes = 64;
constexpr std::chrono::milliseconds kMostPatience = std::chrono::hours(1);

// What libnats allocates, freed by the function it has for that.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* thing) const noexcept {
    Free(thing);
  }
};
using Options = std::unique_ptr<natsOptions, Freed<natsOptions_Destroy>>;
using Msg = std::unique_ptr<natsMsg, Freed<natsMsg_Destroy>>;
using Subscribed = std::unique_ptr<natsSubscription, Freed<natsSubscription_Destroy>>;
using Inbox = std::unique_ptr<natsInbox, Freed<natsInbox_Destroy>>;
using StreamInfo = std::unique_ptr<jsStreamInfo, Freed<jsStreamInfo_Destroy>>;
using PubAck = std::unique_ptr<jsPubAck, Freed<jsPubAck_Destroy>>;

// "nats://user:secret@host" without what nobody should read.
std::string without_secrets(std::string url) {
  for (std::size_t at = url.find('@'); at != url.npos; at = url.find('@', at)) {
    const auto scheme = url.rfind("//", at);
    const auto from = scheme == url.npos ? 0 : scheme + 2;
    url.erase(from, at + 1 - from);
    at = from;
  }
  return url;
}

std::vector<std::string> servers_of(const std::string& url) {
  std::vector<std::string> servers;
  for (std::size_t from = 0; from <= url.size();) {
    const auto comma = std::min(url.find(',', from), url.size());
    servers.push_back(url.substr(from, comma - from));
    from = comma + 1;
  }
  return servers;
}

[[noreturn]] void refuse(const Config& config, const std::string& why) {
  throw Error(ErrorKind::invalid, "topics cannot lie at the NATS server '" + without_secrets(config.url) + "': " + why);
}

void check_server(const Config& config, std::string_view server) {
  const auto scheme = server.find("://");
  const auto name = server.substr(0, scheme);
  if (scheme == server.npos || (name != "nats" && name != "tls"))
    refuse(config, "an address looks like nats://host:4222 or tls://host:4222");
  auto place = server.substr(scheme + 3);
  if (const auto at = place.rfind('@'); at != place.npos) place.remove_prefix(at + 1);
  const auto colon = place.rfind(':');
  const auto host = place.substr(0, colon);
  if (host.empty() || place.find_first_of("/ ") != place.npos) refuse(config, "an address wants a host");
  if (colon == place.npos || (host.front() == '[' && place.back() == ']')) return;
  const auto port = place.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number == 0)
    refuse(config, "'" + std::string(port) + "' is no port");
}

void check(const Config& config) {
  for (const auto& server : servers_of(config.url)) check_server(config, server);
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (config.prefix.empty() || config.prefix.size() > kMaxPrefixBytes ||
      !std::all_of(config.prefix.begin(), config.prefix.end(), fits))
    refuse(config, "the prefix '" + config.prefix + "' is not 1 to 64 letters, digits, '_' and '-'");
  if (config.replicas < 1 || config.replicas > 5) refuse(config, "a stream has 1 to 5 replicas");
  if (config.patience.count() < 1 || config.patience > kMostPatience)
    refuse(config, "patience is " + std::to_string(config.patience.count()) + " ms; 1 ms to 1 hour is allowed");
}

std::uint64_t number_of(natsMsg* message, const char* header) {
  const char* text = nullptr;
  std::uint64_t number = 0;
  if (natsMsgHeader_Get(message, header, &text) != NATS_OK || !text) return 0;
  (void)std::from_chars(text, text + std::strlen(text), number);
  return number;
}

Message message_of(natsMsg* message) {
  const auto bytes = static_cast<std::size_t>(natsMsg_GetDataLength(message));
  auto words = kj::heapArray<capnp::word>((bytes + sizeof(capnp::word) - 1) / sizeof(capnp::word));
  if (words.size() > 0) {
    words.back() = {};
    std::memcpy(words.begin(), natsMsg_GetData(message), bytes);
  }
  return {number_of(message, "Nats-Sequence"), std::move(words)};
}

}  // namespace

struct Connection::NatsHandles {
  ~NatsHandles() {
    jsCtx_Destroy(js);
    natsConnection_Destroy(connection);
  }
  [[nodiscard]] bool stands() const { return natsConnection_Status(connection) == NATS_CONN_STATUS_CONNECTED; }

  natsConnection* connection = nullptr;
  jsCtx* js = nullptr;
};

namespace {

// What a request came to, in words that say what to do.
[[nodiscard]] Error failure(const Config& config, const std::string& tried, natsStatus status, int code) {
  natsStatus last = NATS_OK;
  const char* detail = nats_GetLastError(&last);
  std::string why = natsStatus_GetText(status);
  if (last == status && detail && *detail) why += ": " + std::string(detail);
  if (status == NATS_NO_RESPONDERS || code == JSNotEnabledErr || code == JSNotEnabledForAccountErr)
    why = "it has no JetStream now; its configuration wants jetstream {}, or `nats-server -js` (" + why + ")";
  return {ErrorKind::unavailable,
          tried + " at the NATS server " + without_secrets(config.url) + " came to nothing: " + why};
}

std::string direct_subject(const StreamName& name) { return "$JS.API.DIRECT.GET." + name.stream; }

}  // namespace

Connection::Connection(Config config) : config_(std::move(config)) { check(config_); }

Connection::~Connection() = default;

std::shared_ptr<Connection::NatsHandles> Connection::link() {
  const std::lock_guard lock(mutex_);
  if (!link_ || natsConnection_IsClosed(link_->connection)) link_ = connect();
  if (link_->stands()) return link_;
  throw Error(ErrorKind::unavailable,
              "the link to the NATS server " + without_secrets(config_.url) + " is lost; it is being made again");
}

std::shared_ptr<Connection::NatsHandles> Connection::connect() const {
  natsOptions* made = nullptr;
  natsStatus status = natsOptions_Create(&made);
  const Options options(made);
  const auto servers = servers_of(config_.url);
  std::vector<const char*> names;
  for (const auto& server : servers) names.push_back(server.c_str());
  const auto with = [&](auto set, auto... values) {
    if (status == NATS_OK) status = set(made, values...);
  };
  with(natsOptions_SetServers, names.data(), static_cast<int>(names.size()));
  with(natsOptions_SetName, "troupe topics");
  with(natsOptions_SetTimeout, kConnecting.count());
  with(natsOptions_SetSendAsap, true);  // every request is waited for
  with(natsOptions_SetMaxReconnect, -1);
  with(natsOptions_SetReconnectWait, kReconnecting.count());
  with(natsOptions_SetPingInterval, kPing.count());
  // An append that waited here would be sent when nobody waits for it any more.
  with(natsOptions_SetFailRequestsOnDisconnect, true);
  if (config_.url.find("tls://") != std::string::npos) with(natsOptions_SetSecure, true);
  if (!config_.credentials.empty())
    with(natsOptions_SetUserCredentialsFromFiles, config_.credentials.c_str(), static_cast<const char*>(nullptr));
  auto link = std::make_shared<NatsHandles>();
  if (status == NATS_OK) status = natsConnection_Connect(&link->connection, made);
  jsOptions js_options;
  (void)jsOptions_Init(&js_options);
  js_options.Wait = config_.patience.count();
  if (status == NATS_OK) status = natsConnection_JetStream(&link->js, link->connection, &js_options);
  if (status != NATS_OK) throw failure(config_, "a connection", status, 0);
  return link;
}

Sequences Connection::open(const StreamName& name, Absent absent) {
  const auto link = this->link();
  jsStreamInfo* got = nullptr;
  jsErrCode code{};
  natsStatus status = js_GetStreamInfo(&got, link->js, name.stream.c_str(), nullptr, &code);
  if (status != NATS_OK && code == JSStreamNotFoundErr) {
    if (absent == Absent::leave) return {};
    const char* subject = name.subject.c_str();
    jsStreamConfig wanted;
    (void)jsStreamConfig_Init(&wanted);
    wanted.Name = name.stream.c_str();
    wanted.Description = "One partition of a topic of Troupe's; only its owner may write";
    wanted.Subjects = &subject;
    wanted.SubjectsLen = 1;
    wanted.Storage = js_FileStorage;
    wanted.Discard = js_DiscardNew;  // no limit of the server's takes events away by itself
    wanted.Replicas = config_.replicas;
    wanted.AllowDirect = true;
    status = js_AddStream(&got, link->js, &wanted, nullptr, &code);
  }
  const StreamInfo info(got);
  if (status != NATS_OK) throw failure(config_, "opening the stream " + name.stream, status, code);
  if (!info->Config->AllowDirect || info->Config->SubjectsLen != 1 || name.subject != info->Config->Subjects[0])
    refuse(config_, "there is a stream " + name.stream +
                        " that was not made for this; choose another prefix, or give that stream another name");
  return {info->State.FirstSeq, info->State.LastSeq, info->State.Msgs};
}

std::optional<std::uint64_t> Connection::publish(const StreamName& name, std::uint64_t after,
                                                 const std::string& bytes) {
  const auto link = this->link();
  if (const auto most = natsConnection_GetMaxPayload(link->connection);
      most > 0 && bytes.size() > static_cast<std::size_t>(most)) {
    refuse(config_, "an append of " + std::to_string(bytes.size()) + " bytes is one message, and the server takes " +
                        std::to_string(most) + "; raise its max_payload, or publish less at once");
  }
  jsPubOptions options;
  (void)jsPubOptions_Init(&options);
  options.ExpectStream = name.stream.c_str();
  options.ExpectLastSeq = after;
  options.ExpectNoMessage = after == 0;
  jsPubAck* got = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_Publish(&got, link->js, name.subject.c_str(), bytes.data(), static_cast<int>(bytes.size()), &options, &code);
  const PubAck ack(got);
  if (status == NATS_OK) return ack->Sequence;
  if (code == JSStreamWrongLastSequenceErr) return std::nullopt;
  const bool refused = code != 0 || status == NATS_NO_RESPONDERS;
  throw failure(config_, "an append to the stream " + name.stream, status, code).may_have_run(!refused);
}

std::vector<Message> Connection::read(const StreamName& name, std::uint64_t from, std::uint64_t count) {
  const auto link = this->link();
  natsInbox* address = nullptr;
  natsSubscription* subscription = nullptr;
  natsStatus status = natsInbox_Create(&address);
  const Inbox inbox(address);
  if (status == NATS_OK) status = natsConnection_SubscribeSync(&subscription, link->connection, address);
  const Subscribed subscribed(subscription);
  if (status == NATS_OK) status = natsSubscription_SetPendingLimits(subscription, -1, -1);
  const std::string subject = direct_subject(name);
  for (std::uint64_t i = 0; status == NATS_OK && i < count; ++i) {
    const std::string request = "{\"seq\":" + std::to_string(from + i) + "}";
    status = natsConnection_PublishRequest(link->connection, subject.c_str(), address, request.data(),
                                           static_cast<int>(request.size()));
  }
  std::vector<Message> messages;
  const auto until = later(steady_clock::now(), config_.patience);
  for (std::uint64_t answers = 0; status == NATS_OK && answers < count;) {
    natsMsg* got = nullptr;
    status = natsSubscription_NextMsg(&got, subscription, kLook.count());
    const Msg message(got);
    if (status == NATS_TIMEOUT && link->stands() && steady_clock::now() < until) {
      status = NATS_OK;
      continue;
    }
    if (status != NATS_OK) break;
    if (natsMsg_IsNoResponders(got)) status = NATS_NO_RESPONDERS;
    ++answers;
    if (number_of(got, "Nats-Sequence") > 0) messages.push_back(message_of(got));
  }
  if (status != NATS_OK) throw failure(config_, "reading the stream " + name.stream, status, 0);
  std::sort(messages.begin(), messages.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  return messages;
}

void Connection::remove_before(const StreamName& name, std::uint64_t sequence) {
  const auto link = this->link();
  jsOptions options;
  (void)jsOptions_Init(&options);
  options.Wait = config_.patience.count();
  options.Stream.Purge.Sequence = sequence;
  jsErrCode code{};
  const natsStatus status = js_PurgeStream(link->js, name.stream.c_str(), &options, &code);
  if (status != NATS_OK) throw failure(config_, "removing from the stream " + name.stream, status, code);
}

}  // namespace troupe::topic::jetstream

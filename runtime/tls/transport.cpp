#include "tls/transport.h"

#include <utility>

#include "base/clock.h"

namespace troupe::tls {
namespace {

// A certificate that runs out this soon is told of when it is read.
constexpr std::chrono::hours kSoon{24 * 7};

void tell(const LogSink& log, LogLevel level, const std::string& what) {
  if (log) log({level, "tls", what});
}

void tell_of(const LogSink& log, const Credentials& now, const char* how) {
  const bool soon = now.until() - std::chrono::system_clock::now() < kSoon;
  tell(log, soon ? LogLevel::warn : LogLevel::info,
       std::string(how) + now.summary() + ", good until " + text_of(now.until()) +
           (soon ? "; renew it: troupe cert node --renew" : "") + "; " + std::to_string(now.denied().size()) +
           " on the deny list");
}

}  // namespace

Result<std::shared_ptr<const TlsTransport>> TlsTransport::load(const TlsConfig& config, const PeerName& self,
                                                               LogSink log) {
  auto files = Files::of(config, self.node);
  if (!files) return files.error();
  auto first = Credentials::load(*files, self);
  if (!first) return first.error();
  tell_of(log, **first, "links are TLS 1.3 with the certificate ");
  return std::make_shared<const TlsTransport>(std::move(*files), std::move(*first), config.look_every, std::move(log));
}

TlsTransport::TlsTransport(Files files, std::shared_ptr<const Credentials> first, std::chrono::milliseconds look_every,
                           LogSink log)
    : files_(std::move(files)), log_(std::move(log)), seen_(first->stamps()), look_every_(look_every) {
  present_->credentials.store(std::move(first));
  thread_ = std::jthread([this](const std::stop_token& stop) { look_again(stop); });
}

TlsTransport::~TlsTransport() = default;

Result<void> TlsTransport::check_address(const std::string& host) const {
  if (!host.empty()) return {};
  return Error(ErrorKind::invalid, "a link needs an address; 0.0.0.0 and :: listen on all of this machine's");
}

Result<std::unique_ptr<net::SecureSession>> TlsTransport::session_to(const std::string& peer,
                                                                     wire::Bytes& to_socket) const {
  auto session = std::make_unique<Session>(present_, peer);
  if (auto begun = session->begin(to_socket); !begun) return begun.error();
  return std::unique_ptr<net::SecureSession>(std::move(session));
}

Result<std::unique_ptr<net::SecureSession>> TlsTransport::session_from_anyone() const {
  return std::unique_ptr<net::SecureSession>(std::make_unique<Session>(present_, std::nullopt));
}

void TlsTransport::look_again(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_until(lock, stop, later(std::chrono::steady_clock::now(), look_every_),
                           [&] { return stop.stop_requested(); })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

// Certificate and key are two files: between their replacements they do not fit, and the next look finds both.
void TlsTransport::look() {
  const Stamps now = stamps_of(files_);
  if (now == seen_) return;
  auto next = Credentials::load(files_, present_->credentials.load()->self());
  if (!next) {
    // Without `seen_ = now`: a file that was read while it was written is read again.
    const std::string why = next.error().message();
    if (std::exchange(said_, why) == why) return;
    return tell(log_, LogLevel::error, why + "; links go on with the certificates of before");
  }
  seen_ = (*next)->stamps();
  said_.clear();
  tell_of(log_, **next, "new links are with the certificate ");
  present_->credentials.store(std::move(*next));
}

}  // namespace troupe::tls

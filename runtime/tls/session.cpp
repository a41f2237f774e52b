#include "tls/session.h"

#include <openssl/err.h>
#include <openssl/tls1.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace troupe::tls {
namespace {

constexpr std::size_t kRecordBytes = SSL3_RT_MAX_PLAIN_LENGTH;

// Whose fault it is that a handshake ended, as far as OpenSSL's reason tells. Alerts are what the other side says.
bool is_about_identity(int reason) {
  switch (reason) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE: return true;
    default: return false;
  }
}

std::string advice_for(int reason) {
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_BAD_RECORD_TYPE: return "; what it says is no TLS: was it given NodeConfig::tls?";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "; links are TLS 1.3 and no other version";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return "; both sides show one";
    default: return {};
  }
}

bool is_alert(int reason) { return reason >= SSL_AD_REASON_OFFSET; }

}  // namespace

Session::Session(std::shared_ptr<const Present> present, std::optional<std::string> peer)
    : present_(std::move(present)), credentials_(present_->credentials.load()), wanted_(std::move(peer)) {
  ERR_clear_error();
  ssl_.reset(SSL_new(credentials_->context()));
  Bio bio(BIO_new(bio_method()));
  if (!ssl_ || !bio) {
    over_ = Error(ErrorKind::unavailable, "TLS cannot begin: " + take_error());
    return;
  }
  BIO_set_data(bio.get(), &pipe_);
  BIO_set_init(bio.get(), 1);
  BIO* const both = bio.release();
  SSL_set_bio(ssl_.get(), both, both);
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_msg_callback(ssl_.get(), on_message);
  SSL_set_msg_callback_arg(ssl_.get(), this);
  if (wanted_) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

Result<void> Session::begin(wire::Bytes& to_socket) {
  if (over_) return *over_;
  return shake(to_socket);
}

Result<void> Session::open(std::span<const char> from_socket, wire::Bytes& plain, wire::Bytes& to_socket) {
  if (over_) return *over_;
  pipe_ = {from_socket, &to_socket};
  if (!established_) {
    if (auto ok = shake(to_socket); !ok || !established_) return ok;
  }
  char record[kRecordBytes];  // not cleared: most are short
  while (true) {
    ERR_clear_error();
    std::size_t length = 0;
    const int returned = SSL_read_ex(ssl_.get(), record, sizeof record, &length);
    if (returned == 1) {
      ++records_in_;
      plain.insert(plain.end(), record, record + length);
    }
    // A peer that asks for new keys again and again costs an answer and a derivation each time.
    if (key_updates_in_ > kMostKeyUpdates + records_in_ / kRecordsPerKeyUpdate) {
      over_ = Error(ErrorKind::corrupt, "the peer asks for new keys without end");
      return *over_;
    }
    if (returned != 1) return outcome(returned, "its bytes cannot be opened");
    // To ask OpenSSL for what cannot be there costs a third of what a short record does.
    if (pipe_.in.empty() && SSL_has_pending(ssl_.get()) == 0) return {};
  }
}

Result<void> Session::seal(std::span<const char> plain, wire::Bytes& to_socket) {
  if (over_) return *over_;
  TROUPE_CHECK(established_);
  pipe_ = {{}, &to_socket};
  while (!plain.empty()) {
    const std::size_t length = std::min(plain.size(), kRecordBytes);
    ERR_clear_error();
    std::size_t sealed = 0;
    if (const int returned = SSL_write_ex(ssl_.get(), plain.data(), length, &sealed); returned != 1) {
      if (auto ok = outcome(returned, "bytes cannot be sealed"); !ok) return ok;
      over_ = Error(ErrorKind::corrupt, "TLS waits for bytes where it should write some");
      return *over_;
    }
    plain = plain.subspan(sealed);
    if (++records_out_ < records_per_key_) continue;
    // The answer gives the other direction new keys as well.
    if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) != 1) return *(over_ = failure("no new keys"));
    records_out_ = 0;
    ++keys_taken_;
  }
  return {};
}

void Session::close(wire::Bytes& to_socket) {
  // After an error OpenSSL has said its alert, and says no more.
  if (over_ || !ssl_) return;
  pipe_ = {{}, &to_socket};
  ERR_clear_error();
  if (established_) (void)SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

Result<void> Session::standing() const {
  if (!peer_) return {};
  const auto now = present_->credentials.load();
  if (now != credentials_ && now->denied().denies(serial_, *peer_))
    return Error(ErrorKind::denied, "its certificate (serial " + serial_ + ") is on the deny list");
  if (std::chrono::system_clock::now() >= until_)
    return Error(ErrorKind::unavailable, "its certificate has run out at " + text_of(until_));
  return {};
}

Result<void> Session::shake(wire::Bytes& to_socket) {
  pipe_.out = &to_socket;
  ERR_clear_error();
  const int returned = SSL_do_handshake(ssl_.get());
  if (returned != 1) return outcome(returned, "its handshake failed");
  established_ = true;
  TROUPE_CHECK(peer_.has_value());  // verify() has been passed
  return {};
}

Result<void> Session::outcome(int returned, const char* what) {
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_NONE:
    case SSL_ERROR_WANT_READ: return {};
    case SSL_ERROR_ZERO_RETURN: over_ = Error(ErrorKind::unavailable, "the other side ended TLS"); return *over_;
    default: return *(over_ = failure(what));
  }
}

Error Session::failure(const char* what) {
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  const std::string text = take_error();
  if (!refused_.empty()) return Error(ErrorKind::denied, "TLS: the other side's certificate is refused: " + refused_);
  const ErrorKind kind = is_about_identity(reason) ? ErrorKind::denied : ErrorKind::corrupt;
  if (is_alert(reason)) return Error(kind, "TLS: the other side refuses: " + text + advice_for(reason));
  return Error(kind, std::string("TLS: ") + what + ": " + text + advice_for(reason));
}

// --- OpenSSL calls back ---

// 1: the peer's certificate is good, and of whom it should be.
int Session::verify(X509_STORE_CTX* look, void*) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(look, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& self = *static_cast<Session*>(SSL_get_app_data(ssl));
  X509* const certificate = X509_STORE_CTX_get0_cert(look);
  const auto refuse = [&](int code, const std::string& why) {
    X509_STORE_CTX_set_error(look, code);
    self.refused_ = why + " (" + summary_of(*certificate) + ")";
    return 0;
  };
  if (X509_verify_cert(look) != 1) {
    const int code = X509_STORE_CTX_get_error(look);
    return refuse(code, verify_text(code));
  }
  auto peer = self.credentials_->judge(*certificate);
  if (!peer) return refuse(X509_V_ERR_CERT_REVOKED, peer.error().message());
  if (self.wanted_ && *peer != *self.wanted_)
    return refuse(X509_V_ERR_HOSTNAME_MISMATCH,
                  "node '" + *self.wanted_ + "' was called, and it is of node '" + *peer + "'");
  self.peer_ = std::move(*peer);
  self.serial_ = serial_of(*certificate);
  self.until_ = valid_until(*certificate);
  return 1;
}

void Session::on_message(int is_written, int, int type, const void* bytes, size_t length, SSL*, void* self) {
  if (is_written || type != SSL3_RT_HANDSHAKE || length == 0) return;
  if (*static_cast<const unsigned char*>(bytes) == SSL3_MT_KEY_UPDATE) ++static_cast<Session*>(self)->key_updates_in_;
}

int Session::read(BIO* bio, char* to, int size) {
  Pipe& pipe = *static_cast<Pipe*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (pipe.in.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t length = std::min(pipe.in.size(), static_cast<std::size_t>(std::max(size, 0)));
  std::memcpy(to, pipe.in.data(), length);
  pipe.in = pipe.in.subspan(length);
  return static_cast<int>(length);
}

int Session::write(BIO* bio, const char* from, int size) {
  Pipe& pipe = *static_cast<Pipe*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (size > 0) pipe.out->insert(pipe.out->end(), from, from + size);
  return size;
}

long Session::control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* Session::bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "a link's bytes");
    TROUPE_CHECK(made != nullptr);
    BIO_meth_set_read(made, read);
    BIO_meth_set_write(made, write);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

}  // namespace troupe::tls

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "gateway/http/tls_context.h"
#include "gateway/http/tls_session.h"

namespace troupe::http {
namespace {

constexpr std::size_t kRecordBytes = 16u << 10;

std::string last_error() {
  const unsigned long code = ERR_peek_last_error();
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  return code == 0 ? "an unknown error" : text.data();
}

Error cannot_use(const char* what, const std::filesystem::path& file, const std::string& why) {
  return Error(ErrorKind::invalid,
               std::string("cannot take the server's ") + what + " from " + file.string() + ": " + why);
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned in_size,
                    void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int how = SSL_select_next_proto(&chosen, size, kOurs, sizeof kOurs - 1, in, in_size);
  *out = chosen;
  // A peer that offers others alone would not understand what comes.
  return how == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsFiles& files) {
  const FileMarks marks = marks_of(files);
  ERR_clear_error();
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> made(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!made) return Error(ErrorKind::unavailable, "OpenSSL makes no context: " + last_error());
  SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(made.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(made.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_cipher_list(made.get(), "ECDHE+AESGCM:ECDHE+CHACHA20");  // of TLS 1.2; 1.3 has good ones alone
  SSL_CTX_set_alpn_select_cb(made.get(), choose_protocol, nullptr);
  // Nobody waits for a word of a passphrase that a terminal would have to give.
  SSL_CTX_set_default_passwd_cb(made.get(), [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_certificate_chain_file(made.get(), files.certificate.c_str()) != 1)
    return cannot_use("certificate", files.certificate, last_error() + "; it is PEM, the server's own first");
  if (SSL_CTX_use_PrivateKey_file(made.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return cannot_use("key", files.key, last_error() + "; it is PEM, without a passphrase, and of the certificate");
  if (SSL_CTX_check_private_key(made.get()) != 1)
    return cannot_use("key", files.key, "it is not that of the certificate: " + last_error());
  return std::shared_ptr<const TlsContext>(new TlsContext(made.release(), marks));
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

// --- a connection: OpenSSL reads and writes the bytes of one call, and keeps none between two ---

int TlsSession::read(bio_st* bio, char* to, int size) {
  Pipe& pipe = *static_cast<Pipe*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (pipe.in.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t length = std::min(pipe.in.size(), static_cast<std::size_t>(std::max(size, 0)));
  std::memcpy(to, pipe.in.data(), length);
  pipe.in.remove_prefix(length);
  return static_cast<int>(length);
}

int TlsSession::write(bio_st* bio, const char* from, int size) {
  Pipe& pipe = *static_cast<Pipe*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (size > 0 && pipe.out != nullptr) pipe.out->append(from, static_cast<std::size_t>(size));
  return size;
}

long TlsSession::control(bio_st*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context)
    : context_(std::move(context)), ssl_(SSL_new(context_->context())) {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "a connection's bytes");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(made, read);
    BIO_meth_set_write(made, write);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  BIO* const bio = ssl_ == nullptr ? nullptr : BIO_new(method);
  if (bio == nullptr) {
    SSL_free(ssl_);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, &pipe_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

TlsSession::~TlsSession() {
  SSL_free(ssl_);
  ERR_clear_error();  // the thread is a host's
}

TlsSession::State TlsSession::open(std::string_view from_socket, std::string& plain, std::string& to_socket) {
  ERR_clear_error();
  pipe_ = {from_socket, &to_socket};
  int returned = 1;
  if (!established_) {
    returned = SSL_do_handshake(ssl_);
    established_ = returned == 1;
  }
  while (established_) {
    const std::size_t before = plain.size();
    plain.resize(before + kRecordBytes);
    returned = SSL_read(ssl_, plain.data() + before, static_cast<int>(kRecordBytes));
    plain.resize(before + static_cast<std::size_t>(returned > 0 ? returned : 0));
    if (returned <= 0) break;
  }
  const int error = SSL_get_error(ssl_, returned);
  ERR_clear_error();
  pipe_ = {};
  if (error == SSL_ERROR_WANT_READ) return State::good;
  return error == SSL_ERROR_ZERO_RETURN ? State::ended : State::broken;
}

bool TlsSession::seal(std::string_view plain, std::string& to_socket) {
  ERR_clear_error();
  pipe_.out = &to_socket;
  while (!plain.empty()) {
    const int returned = SSL_write(ssl_, plain.data(), static_cast<int>(std::min(plain.size(), kRecordBytes)));
    if (returned <= 0) break;
    plain.remove_prefix(static_cast<std::size_t>(returned));
  }
  pipe_ = {};
  ERR_clear_error();
  return plain.empty();
}

void TlsSession::close(std::string& to_socket) {
  ERR_clear_error();
  pipe_.out = &to_socket;
  SSL_shutdown(ssl_);
  pipe_ = {};
  ERR_clear_error();
}

}  // namespace troupe::http

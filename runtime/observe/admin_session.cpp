#include "observe/admin_session.h"

#include <boost/asio/post.hpp>

#include "observe/views_json.h"

namespace troupe::observe {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kFirstBytes = 4096;
constexpr std::uint32_t kMaxHeaderBytes = 16u << 10;

AdminAnswer refusal(int status, ErrorKind kind, const std::string& message) {
  return {status, Json({{"error", to_json(Error(kind, message))}}).dump(), "application/json"};
}

}  // namespace

void AdminSession::await_request() {
  request_.emplace();
  request_->header_limit(kMaxHeaderBytes);
  request_->body_limit(limits_.request_bytes);
  if (buffer_.size() > 0) return read_request();
  // Waiting for a request to begin is one matter, waiting for it to arrive another.
  stream_.expires_after(limits_.idle_timeout);
  stream_.async_read_some(buffer_.prepare(kFirstBytes), [self = shared_from_this()](error_code code, std::size_t size) {
    if (code) return self->finish();
    self->buffer_.commit(size);
    self->read_request();
  });
}

void AdminSession::read_request() {
  stream_.expires_after(limits_.read_timeout);
  http::async_read(stream_, buffer_, *request_, [self = shared_from_this()](error_code code, std::size_t) {
    code ? self->turn_away(code) : self->have_request();
  });
}

void AdminSession::have_request() {
  stream_.expires_never();
  host_.work([self = shared_from_this()] {
    const auto& request = self->request_->get();
    const auto method = request.method_string();
    const auto target = request.target();
    const auto accept = request[http::field::accept], authorization = request[http::field::authorization];
    AdminAnswer made = self->host_.answer({{method.data(), method.size()},
                                           {target.data(), target.size()},
                                           request.body(),
                                           {authorization.data(), authorization.size()},
                                           {accept.data(), accept.size()}});
    const bool keep_alive = request.keep_alive();
    asio::post(self->stream_.get_executor(), [self, made = std::move(made), keep_alive]() mutable {
      self->respond(std::move(made), keep_alive && !self->host_.closed());
    });
  });
}

void AdminSession::turn_away(error_code code) {
  if (code == http::error::body_limit)
    return respond(refusal(413, ErrorKind::invalid,
                           "the request is larger than " + std::to_string(limits_.request_bytes) + " bytes"),
                   false);
  if (code == http::error::header_limit)
    return respond(refusal(431, ErrorKind::invalid,
                           "the request's header is larger than " + std::to_string(kMaxHeaderBytes) + " bytes"),
                   false);
  const bool malformed = code.category() == http::make_error_code(http::error::bad_method).category();
  if (malformed && code != http::error::end_of_stream && code != http::error::partial_message)
    return respond(refusal(400, ErrorKind::invalid, "this is not HTTP/1.1: " + code.message()), false);
  finish();
}

void AdminSession::refuse() {
  respond(refusal(503, ErrorKind::overloaded, "too many connections to the admin socket; close some"), false);
}

void AdminSession::respond(AdminAnswer answer, bool keep_alive) {
  response_ = {};
  response_.version(11);
  response_.result(static_cast<unsigned>(answer.status));
  response_.set(http::field::content_type, answer.content_type);
  if (response_.result() == http::status::unauthorized) response_.set(http::field::www_authenticate, "Bearer");
  response_.body() = std::move(answer.json);
  if (!response_.body().ends_with('\n')) response_.body() += '\n';
  response_.keep_alive(keep_alive);
  response_.prepare_payload();
  stream_.expires_after(limits_.read_timeout);
  http::async_write(stream_, response_, [self = shared_from_this(), keep_alive](error_code code, std::size_t) {
    code || !keep_alive ? self->finish() : self->await_request();
  });
}

void AdminSession::finish() {
  abandon();
  host_.ended(shared_from_this());
}

void AdminSession::abandon() {
  error_code ignored;
  stream_.socket().shutdown(asio::socket_base::shutdown_both, ignored);
  stream_.close();
}

}  // namespace troupe::observe

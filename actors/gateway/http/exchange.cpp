#include "gateway/http/exchange.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/http/gzip.h"
#include "gateway/http/websocket_link.h"

namespace troupe::http {
namespace {

// Of a file or a stream, that lie in the wire at once: each connection's share of memory.
constexpr std::size_t kWireAhead = 64u << 10;

void append_chunk(Output& output, std::string piece) {
  std::array<char, 16> size;
  const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
  output.add(std::string_view(size.data(), static_cast<std::size_t>(end - size.data())));
  output.add(std::string_view("\r\n"));
  output.add(std::move(piece));
  output.add(std::string_view("\r\n"));
}

bool is_key(std::string_view text) noexcept {
  return text.size() == 24 && text.ends_with("==") && std::all_of(text.begin(), text.end() - 2, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/';
         });
}

}  // namespace

UpgradeFacts upgrade_of(const Request& request) {
  UpgradeFacts out;
  const auto refuse = [&out](int status, std::string_view why) {
    out.refused = status;
    out.why = why;
    return out;
  };
  if (request.method != "GET" || !request.http11 || !request.body.empty())
    return refuse(400, "a WebSocket begins with GET and HTTP/1.1");
  if (!list_has(request.headers.joined("Connection"), "upgrade")) return refuse(400, "Connection does not say Upgrade");
  if (request.headers.find("Sec-WebSocket-Version") != "13")
    return refuse(426, "WebSockets of version 13 are spoken here");
  out.key = request.headers.joined("Sec-WebSocket-Key");
  if (!is_key(out.key)) return refuse(400, "Sec-WebSocket-Key is not 16 bytes in base64");
  out.host = request.host;
  out.target = request.target.raw;
  out.offered = request.headers.joined("Sec-WebSocket-Protocol");
  return out;
}

Exchange::Exchange(std::shared_ptr<Connection> connection, AnswerFacts what)
    : facts(what), connection_(std::move(connection)) {}

// --- any thread ---

void Exchange::add_always(Headers& to) const {
  if (!always_) return;
  for (std::size_t i = 0; i < always_->size(); ++i) {
    const Field field = (*always_)[i];
    if (same_name(field.name, "Vary") || !to.has(field.name)) to.add(field.name, field.value);
  }
}

bool Exchange::answer(Response response, std::shared_ptr<void> leftovers) {
  if (answered_.exchange(true)) return false;
  const Shared& shared = *connection_->shared();
  add_always(response.headers);
  bool sound = true;
  if (const std::string wrong = why_not_sent(response); !wrong.empty()) {
    shared.log(LogLevel::error, "an answer was not sent: " + wrong);
    ++connection_->shared()->counts.refused_answers;
    response = shared.refusal(500, "the answer could not be sent");
    add_always(response.headers);
    sound = false;
  }
  if (!heard_) return false;
  compress(response, facts.takes_gzip, shared.options.compression);
  if (connection_->worker()->is_this_thread()) return put(std::move(response), false), sound;
  coming_ = std::move(response);
  const bool posted = connection_->worker()->post(
      [self = shared_from_this(), leftovers = std::move(leftovers)] { self->put(std::move(self->coming_), false); });
  return posted && sound;
}

void Exchange::run(std::function<void(Exchange&)> step) {
  if (connection_->worker()->is_this_thread()) return step(*this);
  connection_->worker()->post([self = shared_from_this(), step = std::move(step)] { step(*self); });
}

bool Exchange::open_stream(Response head, StreamEvents events) {
  const std::string wrong = why_not_sent(head);
  if (!wrong.empty() || head.file || has_no_body(head.status)) {
    const Shared& shared = *connection_->shared();
    if (answered_) return false;
    shared.log(LogLevel::error, "a stream was not begun: " + (wrong.empty() ? "its head allows no body" : wrong));
    ++connection_->shared()->counts.refused_answers;
    answer(shared.refusal(500, "the answer could not be sent"));
    return false;
  }
  if (answered_.exchange(true) || !heard_) return false;
  add_always(head.headers);
  waiting_bytes_ = head.body.size();
  auto moved = std::make_shared<std::pair<Response, StreamEvents>>(std::move(head), std::move(events));
  run([moved](Exchange& self) {
    self.events_ = std::move(moved->second);
    if (!self.heard_) {
      const StreamEvents lost = std::exchange(self.events_, {});
      if (lost.gone && !self.ended_) guarded(*self.connection_->shared(), "the event gone", lost.gone);
      return;
    }
    if (!moved->first.body.empty()) self.pieces_.push_front(std::exchange(moved->first.body, {}));
    self.put(std::move(moved->first), true);
  });
  return true;
}

Sent Exchange::send(std::string piece) {
  if (!heard_ || ended_) return Sent::gone;
  if (piece.empty()) return Sent::yes;
  const std::size_t most = connection_->shared()->options.limits.stream_bytes;
  if (const std::size_t waiting = waiting_bytes_;
      waiting > 0 && (piece.size() > most || waiting > most - piece.size())) {
    wants_room_ = true;
    // All may have been written just before: the event then comes at once.
    run([](Exchange& self) { self.connection_->answer_came(); });
    return Sent::full;
  }
  waiting_bytes_ += piece.size();
  auto moved = std::make_shared<std::string>(std::move(piece));
  run([moved](Exchange& self) {
    if (!self.heard_) return;
    self.pieces_.push_back(std::move(*moved));
    self.connection_->answer_came();
  });
  return Sent::yes;
}

void Exchange::end(bool whole) {
  if (ended_.exchange(true)) return;
  run([whole](Exchange& self) {
    if (!self.heard_) return;
    self.end_ = whole ? Phase::ended : Phase::cut;
    if (self.phase_ != Phase::streaming) return;  // put() is on its way
    self.phase_ = self.end_;
    self.connection_->answer_came();
  });
}

WebSocket Exchange::accept(WebSocketOptions options, WebSocketEvents events) {
  if (answered_) return WebSocket();
  const auto refuse = [this](int status, std::string_view why) {
    Response response = connection_->shared()->refusal(status, why);
    if (status == 426) response.headers.set("Sec-WebSocket-Version", "13");
    answer(std::move(response));
    return WebSocket();
  };
  if (!upgrade) return refuse(426, "a WebSocket is served here");
  if (upgrade->refused != 0) return refuse(upgrade->refused, upgrade->why);
  if (!options.subprotocol.empty() &&
      (!is_token(options.subprotocol) || !list_has(upgrade->offered, options.subprotocol))) {
    ++connection_->shared()->counts.refused_answers;
    connection_->shared()->log(LogLevel::error, "a WebSocket was not accepted: the peer offered no such subprotocol");
    return refuse(500, "the WebSocket could not be accepted");
  }
  if (answered_.exchange(true) || !heard_) return WebSocket();
  auto link = WebSocketLink::make(connection_, *upgrade, std::move(options), std::move(events));
  run([link](Exchange& self) {
    if (!self.heard_) return link->lose();
    self.link_ = link;
    self.connection_->answer_came();
  });
  return WebSocket(std::move(link));
}

void Exchange::abandon() {
  if (answered_ || !heard_) return;
  answer(connection_->shared()->refusal(500, "the request was not answered"));
}

// --- the connection's thread ---

void Exchange::refuse(Response response) {
  answered_ = true;
  response_ = std::move(response);
  phase_ = Phase::answered;
}

void Exchange::put(Response response, bool streams) {
  if (!heard_) return;
  if (list_has(response.headers.joined("Connection"), "close")) closes = true;
  response_ = std::move(response);
  streams_ = streams;
  phase_ = streams ? end_ : Phase::answered;
  connection_->answer_came();
}

bool Exchange::has_body() const noexcept { return !facts.is_head && !has_no_body(response_.status); }

void Exchange::write_head(Wire& wire) {
  head_written_ = true;
  status_ = response_.status;
  HeadFrame frame;
  if (connection_->shared()->draining) closes = true;
  if (streams_) {
    chunked_ = facts.http11;
    closes |= !facts.http11;
    frame.chunked = chunked_;
  } else if (!has_no_body(response_.status)) {
    frame.length = response_.file ? response_.file->size : response_.body.size();
  }
  frame.close = closes;
  frame.says_keep_alive = !facts.http11 && !closes;
  append_head(wire.output().tail(), response_, frame, connection_->worker()->date(), connection_->shared()->common);
  response_.headers.clear();
}

bool Exchange::write(Wire& wire) {
  if (phase_ == Phase::waiting) return false;
  if (phase_ == Phase::cut) return connection_->close(), false;
  if (!head_written_) write_head(wire);
  if (!streams_) {
    if (!has_body()) return true;
    if (response_.file) return write_file(wire);
    bytes_ += response_.body.size();
    wire.output().add(std::move(response_.body));
    return true;
  }
  if (!has_body()) {
    pieces_.clear();
    waiting_bytes_ = 0;
    return phase_ == Phase::ended;
  }
  write_pieces(wire);
  if (phase_ != Phase::ended || !pieces_.empty()) return false;
  if (chunked_) wire.output().add(std::string_view("0\r\n\r\n"));
  return true;
}

// True: the last of it lies in the wire.
bool Exchange::write_file(Wire& wire) {
  FilePart& part = *response_.file;
  while (part.size > 0 && wire.waiting() < kWireAhead) {
    std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(part.size, kWireAhead)), '\0');
    const ssize_t size = ::pread(part.file->descriptor(), piece.data(), piece.size(), static_cast<off_t>(part.from));
    if (size <= 0) return connection_->close(), false;  // it has become shorter: no length that was told would be true
    piece.resize(static_cast<std::size_t>(size));
    part.from += piece.size();
    part.size -= piece.size();
    bytes_ += piece.size();
    wire.output().add(std::move(piece));
  }
  return part.size == 0;
}

void Exchange::write_pieces(Wire& wire) {
  const std::size_t most = connection_->shared()->options.limits.stream_bytes;
  do {
    while (!pieces_.empty() && wire.waiting() < kWireAhead) {
      std::string piece = std::move(pieces_.front());
      pieces_.pop_front();
      waiting_bytes_ -= piece.size();
      bytes_ += piece.size();
      if (chunked_) {
        append_chunk(wire.output(), std::move(piece));
      } else {
        wire.output().add(std::move(piece));
      }
    }
    if (waiting_bytes_ > most / 2 || !wants_room_.exchange(false)) break;
    if (events_.writable) guarded(*connection_->shared(), "the event writable", StreamEvents(events_).writable);
  } while (!pieces_.empty() && wire.waiting() < kWireAhead);
}

void Exchange::tell_access(int status) {
  const auto facts_of = std::exchange(access, nullptr);
  if (!facts_of) return;
  const Shared& shared = *connection_->shared();
  guarded(shared, "the access log", [&] {
    shared.options.access({.address = facts_of->address,
                           .method = facts_of->method,
                           .path = facts_of->path,
                           .status = status,
                           .bytes = bytes_,
                           .took = std::chrono::steady_clock::now() - facts_of->since});
  });
}

void Exchange::lose() {
  if (!heard_.exchange(false)) return;
  tell_access(status_);
  const StreamEvents events = std::exchange(events_, {});
  if (streams_ && !ended_ && events.gone) guarded(*connection_->shared(), "the event gone", events.gone);
  if (const auto link = std::exchange(link_, nullptr)) link->lose();
  pieces_.clear();
  response_ = {};
}

void Exchange::drain() {
  if (phase_ == Phase::streaming && events_.draining)
    guarded(*connection_->shared(), "the event draining", StreamEvents(events_).draining);
}

// --- what programs hold ---

Responder::Responder(std::shared_ptr<Exchange> exchange) noexcept : exchange_(std::move(exchange)) {}
Responder::Responder(Responder&&) noexcept = default;
Responder& Responder::operator=(Responder&& other) noexcept {
  if (this == &other) return *this;
  if (exchange_) exchange_->abandon();
  exchange_ = std::move(other.exchange_);
  return *this;
}
Responder::~Responder() {
  if (exchange_) exchange_->abandon();
}
bool Responder::answer(Response response, std::shared_ptr<void> leftovers) {
  return exchange_ && exchange_->answer(std::move(response), std::move(leftovers));
}
Stream Responder::stream(Response head, StreamEvents events) {
  const bool begun = exchange_ && exchange_->open_stream(std::move(head), std::move(events));
  return begun ? Stream(exchange_) : Stream();
}
WebSocket Responder::accept(WebSocketOptions options, WebSocketEvents events) {
  return exchange_ ? exchange_->accept(std::move(options), std::move(events)) : WebSocket();
}
void Responder::always(Headers fields) {
  if (exchange_) exchange_->always(std::move(fields));
}
bool Responder::is_heard() const noexcept { return exchange_ && exchange_->is_heard(); }

Stream::Stream(std::shared_ptr<Exchange> exchange) noexcept : exchange_(std::move(exchange)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&& other) noexcept {
  if (this == &other) return *this;
  end();
  exchange_ = std::move(other.exchange_);
  return *this;
}
Stream::~Stream() { end(); }
Sent Stream::send(std::string piece) { return exchange_ ? exchange_->send(std::move(piece)) : Sent::gone; }
void Stream::end() {
  if (const auto exchange = std::exchange(exchange_, nullptr)) exchange->end(true);
}
void Stream::cut() {
  if (const auto exchange = std::exchange(exchange_, nullptr)) exchange->end(false);
}

std::string to_text(const ServerEvent& event) {
  std::string out;
  const auto field = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(": ");
    std::copy_if(value.begin(), value.end(), std::back_inserter(out),
                 [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
    out += '\n';
  };
  if (!event.name.empty()) field("event", event.name);
  if (!event.id.empty()) field("id", event.id);
  std::string_view rest = event.data;
  for (bool more = !rest.empty(); more;) {
    const std::size_t end = rest.find_first_of("\r\n");
    field("data", rest.substr(0, end));
    more = end != std::string_view::npos;
    if (more) rest.remove_prefix(end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return out + "\n";
}

}  // namespace troupe::http

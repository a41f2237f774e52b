#include "gateway/http/connection.h"

#include <new>

#include "gateway/http/exchange.h"
#include "gateway/http/gzip.h"
#include "gateway/http/websocket_link.h"

namespace troupe::http {
namespace {

// How long a peer may take to close after the last answer, and how much it may send until then: a socket that is closed
// with bytes unread would take the answer back.
constexpr std::chrono::seconds kLinger{1};
constexpr std::size_t kMostDiscarded = 256u << 10;
// Answers that wait to be written; no further request is read while there are more.
constexpr std::size_t kMostUnwritten = 256u << 10;
// Requests that wait for their turn as bytes.
constexpr std::size_t kMostUnparsed = 16u << 10;

// After so many writes of one connection that the socket took whole, others have a turn.
constexpr int kWritesInTurn = 8;

Moment now() noexcept { return std::chrono::steady_clock::now(); }

}  // namespace

Connection::Connection(std::shared_ptr<Worker> worker, boost::asio::ip::tcp::socket socket, Peer peer)
    : worker_(std::move(worker)),
      wire_(*worker_, std::move(socket), *this),
      peer_(std::move(peer)),
      reader_(worker_->shared->options.limits) {}

void Connection::start() {
  place_ = worker_->keep(shared_from_this());
  began_ = now();
  try {
    if (auto context = shared()->tls.load()) wire_.secure(std::move(context));
  } catch (const std::bad_alloc&) {
    return close();
  }
  wire_.want_bytes(true);
  set_deadline();
}

void Connection::close() {
  if (std::exchange(closed_, true)) return;
  const auto keep = shared_from_this();
  if (wire_.shakes_hands()) ++shared()->counts.failed_handshakes;
  wire_.close();
  held_.reset();
  for (const auto& exchange : std::exchange(exchanges_, {})) exchange->lose();
  if (const auto link = std::exchange(link_, nullptr)) link->lose();
  in_ = {};
  worker_->forget(place_);
  shared()->attendance.leave(peer_.address);
}

void Connection::drain() {
  if (closed_ || finishing_ || lingering_) return;
  if (link_) return link_->drain();
  if (exchanges_.empty() && !reader_.has_begun()) return finish();
  // Those that are read; the last of them says `Connection: close`.
  if (!reader_.has_begun() && !exchanges_.empty()) {
    last_read_ = true;
    exchanges_.back()->closes = true;
  }
  for (const auto& exchange : std::deque(exchanges_)) exchange->drain();
}

// --- reading ---

void Connection::on_bytes(std::string_view bytes) {
  if (lingering_) {
    discarded_ += bytes.size();
    if (discarded_ > kMostDiscarded) close();
    return;
  }
  if (link_) {
    in_.append(bytes);
    return link_->on_bytes();
  }
  if (last_read_) return;
  if (in_.empty()) {
    read_requests(bytes);
    if (closed_ || bytes.empty() || (last_read_ && !link_)) return;
    in_.append(bytes);
    if (link_) link_->on_bytes();
  } else {
    in_.append(bytes);
    go_on();
  }
}

bool Connection::may_read() const {
  return !closed_ && !last_read_ && !link_ && !held_ && exchanges_.size() < limits().pipelined &&
         wire_.output().size() < kMostUnwritten && (exchanges_.empty() || !exchanges_.back()->facts.wants_websocket);
}

void Connection::read_requests(std::string_view& bytes) {
  if (std::exchange(busy_, true)) return;
  while (may_read() && !bytes.empty()) {
    const bool had_begun = reader_.has_begun();
    std::size_t taken = 0;
    const RequestReader::State state = reader_.read(bytes, taken);
    bytes.remove_prefix(taken);
    if (state == RequestReader::State::more) {
      if (!had_begun && reader_.has_begun()) began_ = now();
      break;
    }
    if (state == RequestReader::State::body) {
      began_ = now();
      continue_due_ = reader_.expects_continue();
      if (continue_due_ && exchanges_.empty()) say_continue();
    } else if (state == RequestReader::State::request) {
      take_request();
      write_answers();
    } else {
      refuse(reader_.refused().status, reader_.refused().why);
      write_answers();
    }
  }
  busy_ = false;
}

void Connection::say_continue() {
  continue_due_ = false;
  began_ = now();
  wire_.output().add(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
}

void Connection::take_request() {
  continue_due_ = false;
  Request request = reader_.take();
  request.peer = peer_;
  request.secure = wire_.is_secure();
  AnswerFacts facts;
  facts.http11 = request.http11;
  facts.is_head = request.method == "HEAD";
  facts.is_safe = request.is_safe();
  facts.takes_gzip = takes_gzip(request.headers.joined("Accept-Encoding"));
  facts.wants_websocket = request.wants_websocket();
  auto exchange = std::make_shared<Exchange>(shared_from_this(), facts);
  if (facts.wants_websocket) exchange->upgrade = std::make_unique<UpgradeFacts>(upgrade_of(request));
  if (shared()->options.access)
    exchange->access = std::make_unique<AccessFacts>(
        AccessFacts{peer_.address, request.method, request.target.raw.substr(0, request.target.raw.find('?')), now()});
  if (!reader_.keeps_alive() || ++requests_ >= limits().requests_per_connection || shared()->draining) {
    exchange->closes = true;
    last_read_ = true;
  }
  const bool runs = next_may_run() && (exchanges_.empty() || facts.is_safe);
  exchanges_.push_back(exchange);
  if (runs) return dispatch(std::move(request), std::move(exchange));
  held_ = std::make_unique<std::pair<Request, std::shared_ptr<Exchange>>>(std::move(request), std::move(exchange));
}

// Whether those before the next one allow it to run beside them: all of them are safe.
bool Connection::next_may_run() const { return exchanges_.empty() || exchanges_.front()->facts.is_safe; }

void Connection::dispatch(Request request, std::shared_ptr<Exchange> exchange) {
  ++shared()->counts.requests;
  worker()->gather_calls();
  guarded(*shared(), "the handler", [&] { shared()->handler(std::move(request), Responder(std::move(exchange))); });
}

void Connection::refuse(int status, std::string_view why) {
  ++shared()->counts.bad_requests;
  last_read_ = true;
  in_ = {};
  auto exchange = std::make_shared<Exchange>(shared_from_this(), AnswerFacts{});
  exchange->closes = true;
  if (shared()->options.access)
    exchange->access = std::make_unique<AccessFacts>(AccessFacts{peer_.address, {}, {}, now()});
  Response response = shared()->refusal(status, why);
  if (status == 405) response.headers.set("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  if (status == 415) response.headers.set("Accept-Encoding", "identity");
  exchange->refuse(std::move(response));
  exchanges_.push_back(std::move(exchange));
}

// --- answering ---

void Connection::answer_came() {
  if (busy_ || closed_) return;  // whoever is busy looks afterwards
  go_on();
  after_event();
}

void Connection::write_answers() {
  while (!closed_ && !finishing_ && !exchanges_.empty()) {
    const std::shared_ptr<Exchange> front = exchanges_.front();
    if (front->is_upgraded()) return upgrade(front->take_link());
    if (!front->write(wire_)) return;
    exchanges_.pop_front();
    front->lose();  // all is said: it hears nothing more
    if (front->closes) return finish();
    began_ = now();
    if (held_ && (exchanges_.size() == 1 || (held_->first.is_safe() && next_may_run()))) {
      auto next = std::exchange(held_, nullptr);
      dispatch(std::move(next->first), std::move(next->second));
    } else if (exchanges_.empty() && continue_due_) {
      say_continue();
    }
  }
}

// Writes the answers that there are, then reads the requests that may be read now, which may have answers.
void Connection::go_on() {
  if (busy_ || closed_) return;
  busy_ = true;
  write_answers();
  busy_ = false;
  if (in_.empty() || !may_read()) return;
  std::string rest = std::exchange(in_, {});
  std::string_view bytes(rest);
  read_requests(bytes);
  if (closed_ || bytes.empty() || (last_read_ && !link_)) return;
  if (bytes.size() == rest.size()) {
    in_ = std::move(rest);
  } else {
    in_.assign(bytes);
  }
  if (link_) link_->on_bytes();
}

void Connection::upgrade(std::shared_ptr<WebSocketLink> link) {
  exchanges_.front()->tell_access(101);
  exchanges_.clear();
  last_read_ = true;
  link_ = std::move(link);
  link_->start();
}

void Connection::finish() {
  if (std::exchange(finishing_, true)) return;
  last_read_ = true;
  for (const auto& exchange : std::exchange(exchanges_, {})) exchange->lose();
  held_.reset();
  if (!busy_) after_event();
}

// --- events of the wire ---

void Connection::on_written() {
  if (link_) return link_->on_written();
  go_on();
}

void Connection::on_peer_ended() {
  peer_ended_ = true;
  if (link_) return link_->on_peer_ended();
  if (lingering_) return close();
  // It may have closed its half alone, and wait for answers; who streams would never hear of its end otherwise.
  for (const auto& exchange : exchanges_) {
    if (exchange->is_streaming()) return close();
  }
}

void Connection::after_event() {
  if (closed_) return;
  // When the wire takes all of it, pieces of a file or a stream may follow, and requests that waited for room.
  for (int turn = 0; !closed_; ++turn) {
    wire_.flush();
    if (closed_ || busy_ || link_ || wire_.waiting() > 0 || (exchanges_.empty() && in_.empty())) break;
    if (turn == kWritesInTurn) {
      wire_.await_writable();
      break;
    }
    go_on();
    if (wire_.waiting() == 0) break;
  }
  if (closed_) return;
  if (peer_ended_ && exchanges_.empty() && !link_ && !busy_) finishing_ = last_read_ = true;
  if (finishing_ && !lingering_ && wire_.waiting() == 0) {
    lingering_ = true;
    began_ = now();
    if (peer_ended_) return close();
    wire_.end_writing();
    if (closed_) return;
  }
  // What is being read has bounds of its own, which may be larger.
  wire_.want_bytes(lingering_ || may_read() || in_.size() < kMostUnparsed);
  set_deadline();
}

// --- deadlines ---

void Connection::set_deadline_of_link(Moment moment) {
  link_deadline_ = moment;
  set_deadline();
}

Moment Connection::reading_deadline() const {
  if (lingering_) return later(began_, kLinger);
  if (wire_.shakes_hands()) return later(began_, limits().tls_handshake);
  if (link_) return link_deadline_;
  if (continue_due_) return Moment::max();  // it waits for us
  if (reader_.in_body()) return may_read() ? later(began_, limits().body) : Moment::max();
  if (reader_.has_begun()) return may_read() ? later(began_, limits().headers) : Moment::max();
  if (!exchanges_.empty() || finishing_) return Moment::max();
  return later(began_, requests_ == 0 ? limits().first_byte : limits().idle);
}

void Connection::set_deadline() {
  if (closed_) return;
  deadline_ = reading_deadline();
  if (wire_.waiting() > 0) deadline_ = std::min(deadline_, later(wire_.progress(), limits().write));
  worker_->due(deadline_);
}

void Connection::look_at_deadline(Moment now) {
  if (closed_) return;
  set_deadline();
  if (now < deadline_) return;
  const auto keep = shared_from_this();
  if (wire_.waiting() > 0 && now >= later(wire_.progress(), limits().write)) {
    ++shared()->counts.timeouts;
    return close();
  }
  if (link_) return link_->look_at_deadline(now);
  if (lingering_) return close();
  const bool idles = !reader_.has_begun() && requests_ > 0;
  if (!idles) ++shared()->counts.timeouts;
  if (wire_.shakes_hands()) return close();
  if (idles) return finish();
  refuse(408, reader_.in_body()     ? "the body did not arrive in time (limit body)"
              : reader_.has_begun() ? "the header did not arrive in time (limit headers)"
                                    : "no request came in time (limit first_byte)");
  go_on();
  after_event();
}

}  // namespace troupe::http

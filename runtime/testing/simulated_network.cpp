#include "testing/simulated_network.h"

#include <utility>

namespace troupe::testing {
namespace {

using net::ConnectionId;

}  // namespace

void SimulatedNetwork::break_connections(End& end) {
  for (auto& [id, half] : end.halves_) {
    end.lose(*half);
    if (const auto other = half->other.lock()) end.lose(*other);
  }
}

SimulatedNetwork::End::End(SimulatedNetwork& network, Steps& steps, std::string node)
    : network_(network), steps_(steps), node_(std::move(node)) {
  add_steps();
}

SimulatedNetwork::End::~End() {
  network_.clock_.drop(this);
  steps_.drop(this);
}

// Each is what one event of the multiplexer would be.
void SimulatedNetwork::End::add_steps() {
  const auto one_if = [](bool some) { return some ? std::size_t{1} : std::size_t{0}; };
  steps_.add(this, {.name = "the links do what was posted",
                    .ways = [this, one_if] { return one_if(!work_.empty()); },
                    .take =
                        [this](std::size_t) {
                          const auto work = std::move(work_.front());
                          work_.pop_front();
                          work();
                        }});
  steps_.add(this, {.name = "the links are rung",
                    .ways = [this, one_if] { return one_if(rung_ && events_); },
                    .take =
                        [this](std::size_t) {
                          rung_ = false;
                          const auto events = events_;
                          events->on_notified();
                        }});
  steps_.add(this, {.name = "the links tick",
                    .ways = [this, one_if] { return one_if(tick_due_ && events_); },
                    .take =
                        [this](std::size_t) {
                          tick_due_ = false;
                          tick_later();
                          const auto events = events_;
                          events->on_tick();
                        }});
  steps_.add(this, {.name = "a connection is accepted",
                    .ways = [this, one_if] { return one_if(!accepting_.empty() && events_); },
                    .take = [this](std::size_t) { accept_one(); }});
  steps_.add(this, {.name = "bytes arrive",
                    .ways = [this] { return events_ ? with_news().size() : 0; },
                    .take = [this](std::size_t which) { arrive(which); }});
  steps_.add(this, {.name = "the links end",
                    .ways = [this, one_if] { return one_if(stopped_ != nullptr); },
                    .take = [this](std::size_t) { std::exchange(stopped_, nullptr)(); }});
}

void SimulatedNetwork::End::cut_power() {
  network_.break_connections(*this);
  has_power_ = false;
  for (auto& [id, half] : halves_) half->arriving.clear();
  for (const HalfPtr& half : std::exchange(accepting_, {})) {
    if (const auto other = half->other.lock()) lose(*other);
  }
  std::erase_if(network_.listeners_, [this](const auto& listener) { return listener.second == this; });
}

void SimulatedNetwork::End::power_up() {
  has_power_ = true;
  rung_ = tick_due_ = false;
  work_.clear();
  halves_.clear();
}

void SimulatedNetwork::End::start(std::shared_ptr<net::SocketEvents> events, std::chrono::milliseconds tick) {
  running_ = true;
  tick_ = tick;
  post([this, events = std::move(events)] {
    events_ = events;
    tick_later();
  });
}

void SimulatedNetwork::End::tick_later() {
  network_.clock_.ring_at(later(network_.clock_.now(), tick_), this, [this] { tick_due_ = true; });
}

Result<std::uint16_t> SimulatedNetwork::End::listen(std::uint16_t port) {
  if (!network_.listeners_.emplace(port, this).second)
    return Error(ErrorKind::unavailable, "port " + std::to_string(port) + " is in use");
  return std::uint16_t{port};
}

void SimulatedNetwork::End::connect(std::uint16_t port, std::function<void(Result<ConnectionId>)> done) {
  post([this, port, done = std::move(done)] { connect_now(port, done); });
}

void SimulatedNetwork::End::connect_now(std::uint16_t port, const std::function<void(Result<ConnectionId>)>& done) {
  const auto listener = network_.listeners_.find(port);
  if (network_.holds()) return done(Error(ErrorKind::unavailable, "no answer from port " + std::to_string(port)));
  if (!has_power_ || listener == network_.listeners_.end())
    return done(Error(ErrorKind::unavailable, "nobody listens at port " + std::to_string(port)));
  End& there = *listener->second;
  auto mine = std::make_shared<Half>(), theirs = std::make_shared<Half>();
  mine->id = ++last_id_;
  theirs->id = ++there.last_id_;
  mine->other = theirs;
  theirs->other = mine;
  halves_.emplace(mine->id, mine);
  there.accepting_.push_back(theirs);
  done(ConnectionId{mine->id});
}

void SimulatedNetwork::End::accept_one() {
  const HalfPtr half = accepting_.front();
  accepting_.pop_front();
  const auto events = events_;
  if (events->on_accepted(half->id, "the network")) {
    halves_.emplace(half->id, half);
  } else if (const auto other = half->other.lock()) {
    other->ends = true;
  }
}

void SimulatedNetwork::End::post(std::function<void()> work) {
  if (!running_) return;
  work_.push_back(std::move(work));
}

std::vector<char>* SimulatedNetwork::End::out(ConnectionId id) {
  const auto found = halves_.find(id);
  return found == halves_.end() ? nullptr : &found->second->out;
}

void SimulatedNetwork::End::flush(ConnectionId id) {
  const auto found = halves_.find(id);
  if (found == halves_.end()) return;
  const auto bytes = std::exchange(found->second->out, {});
  const auto other = found->second->other.lock();
  if (has_power_ && other && !other->ends) other->arriving.insert(other->arriving.end(), bytes.begin(), bytes.end());
}

void SimulatedNetwork::End::close(ConnectionId id, bool at_once) {
  const auto found = halves_.find(id);
  if (found == halves_.end()) return;
  if (const auto other = found->second->other.lock()) {
    if (at_once) {
      lose(*other);
    } else {
      other->ends = true;
    }
  }
  halves_.erase(found);
}

void SimulatedNetwork::End::lose(Half& half) {
  if (!half.ends && !half.arriving.empty()) half.arriving.resize(network_.dice_.below(half.arriving.size() + 1));
  half.ends = true;
}

std::vector<SimulatedNetwork::End::HalfPtr> SimulatedNetwork::End::with_news() const {
  std::vector<HalfPtr> out;
  if (network_.holds()) return out;
  for (const auto& [id, half] : halves_) {
    if (half->ends || !half->arriving.empty()) out.push_back(half);
  }
  return out;
}

void SimulatedNetwork::End::arrive(std::size_t which) {
  const HalfPtr half = with_news()[which];
  const auto events = events_;
  if (half->arriving.empty()) {
    halves_.erase(half->id);
    return events->on_closed(half->id);
  }
  std::size_t length = half->arriving.size();
  if (network_.dice_.one_in(4)) length = 1 + network_.dice_.below(length);
  const auto past = half->arriving.begin() + static_cast<std::ptrdiff_t>(length);
  const std::vector<char> bytes(half->arriving.begin(), past);
  half->arriving.erase(half->arriving.begin(), past);
  if (network_.on_arrival) network_.on_arrival(node_, bytes);
  events->on_bytes(half->id, bytes);
  if (events_) events->on_notified();
}

void SimulatedNetwork::End::stop(std::function<void()> done) {
  running_ = false;
  events_.reset();
  network_.clock_.drop(this);
  work_.clear();
  std::erase_if(network_.listeners_, [this](const auto& listener) { return listener.second == this; });
  for (auto& [id, half] : std::exchange(halves_, {})) {
    if (const auto other = half->other.lock()) other->ends = true;
  }
  stopped_ = std::move(done);
}

}  // namespace troupe::testing

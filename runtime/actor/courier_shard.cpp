// The way of a message: taken, sent, answered, tried again, given up, erased.
#include "actor/courier_shard.h"

#include <algorithm>

#include "actor/activation.h"
#include "actor/outbox.h"
#include "actor/registry.h"
#include "base/limits.h"
#include "base/log_fields.h"
#include "engine/function_mail.h"

namespace troupe::actor {

namespace {

// Acknowledged rows wait for company, so that many go with one commit; at the latest when nothing else is to do.
constexpr std::size_t kErasuresAtOnce = 256;
// How often calls that are under way are looked at for their deadline.
constexpr std::chrono::milliseconds kLook{250};
constexpr std::uint64_t kLookToken = 0;
constexpr std::size_t kLargePage = std::size_t{1} << 20;

enum class Fate { retry, refused, failed };

// What an error means for a message: come again, come again a few times, or never.
Fate fate_of(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::unavailable:
    case ErrorKind::overloaded:
    case ErrorKind::deadline:
    case ErrorKind::unknown_outcome: return Fate::retry;
    case ErrorKind::failed:
    case ErrorKind::cancelled:  // some call of the receiver's own
    case ErrorKind::corrupt: return Fate::failed;
    default: return Fate::refused;
  }
}

}  // namespace

// --- mail ---

void CourierShard::receive(Mail* mail) noexcept {
  switch (mail->kind()) {
    case Mail::Kind::call: {
      auto* take_mail = static_cast<TakeMail*>(mail);
      for (Sent& message : take_mail->messages) take(std::move(message));
      delete take_mail;
      break;
    }
    case Mail::Kind::reply: answered(wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail))); break;
    case Mail::Kind::timer: {
      const auto token = static_cast<engine::TimerMail*>(mail)->token;
      mail->discard();
      on_timer(token);
      break;
    }
    case Mail::Kind::control: engine::FunctionMail::run(mail); break;
  }
  if (erasing_ > 0 && (erasing_ >= kErasuresAtOnce || waiting() == 0)) flush();
}

Channel& CourierShard::channel_of(const wire::AddressPtr& sender, std::string_view rows) {
  const std::string prefix(rows);
  auto known = by_row_.find(prefix);
  if (known != by_row_.end()) return *channels_.at(known->second);
  auto channel = std::make_unique<Channel>();
  channel->number = ++last_channel_;
  channel->sender = sender;
  channel->prefix = prefix;
  Channel& out = *channel;
  by_row_.emplace(prefix, channel->number);
  channels_.emplace(channel->number, std::move(channel));
  return out;
}

void CourierShard::take(Sent message) {
  if (!open_.contains(message.sender->partition)) {  // it is found in the store when the partition opens
    context_.outbox_messages.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  Channel& channel = channel_of(message.sender, actor::channel_of(message.row));
  ++channel.waiting;
  if (channel.behind || channel.messages.size() >= Channel::kMostHeld) {
    channel.behind = true;  // it is read from the store when its time comes
    return;
  }
  if (message.sequence <= channel.last_read) {  // met in the store before its mail came
    if (running_) advance(channel);             // which may be all that it waited for
    return;
  }
  channel.last_read = message.sequence;
  channel.messages.push_back({.sequence = message.sequence,
                              .sent_ms = message.sent_ms,
                              .answer = std::move(message.answer),
                              .fresh = std::move(message.call)});
  if (running_) advance(channel);
}

void CourierShard::open_partition(PartitionId partition, Epoch epoch) { open_[partition] = {.epoch = epoch}; }

void CourierShard::found(const std::string& prefix, const WaitingChannel& waiting) {
  context_.outbox_messages.fetch_add(waiting.messages, std::memory_order_relaxed);
  auto parsed = store::parse_row_key(prefix).value();
  auto sender = context_.registry.intern(parsed.service, parsed.key);
  if (!sender.ok()) {
    open_.at(parsed.partition).not_hosted += waiting.messages;
    if (context_.log)
      context_.log({LogLevel::error, "outbox", "messages of an actor wait, but " + sender.error().message(),
                    LogFields{{"key", parsed.key}, {"error", sender.error().message()}}});
    return;
  }
  Channel& channel = channel_of(*sender, prefix);
  channel.waiting += static_cast<std::int64_t>(waiting.messages);
  channel.oldest_ms = waiting.oldest_ms;
  channel.behind = true;
  if (running_) advance(channel);
}

void CourierShard::close_partition(PartitionId partition) noexcept {
  const auto open = open_.find(partition);
  if (open == open_.end()) return;
  flush();
  context_.outbox_messages.fetch_sub(open->second.not_hosted, std::memory_order_relaxed);
  open_.erase(open);
  for (auto at = channels_.begin(); at != channels_.end();) {
    Channel& channel = *at->second;
    if (channel.sender->partition != partition) {
      ++at;
      continue;
    }
    abandon(channel);
    // What it is counted for, be that less than nothing.
    context_.outbox_messages.fetch_sub(static_cast<std::uint64_t>(channel.waiting), std::memory_order_relaxed);
    by_row_.erase(channel.prefix);
    at = channels_.erase(at);
  }
}

// Nobody hears how its calls end.
void CourierShard::let_go(Channel& channel) noexcept {
  for (auto& message : channel.messages) {
    if (message.under_way) message.under_way->turn = nullptr;
  }
}

// A call that has not run must not do so later: whoever opens the partition next sends the message again, and may have
// told the sender by then that it was refused.
void CourierShard::abandon(Channel& channel) noexcept {
  let_go(channel);
  for (auto& message : channel.messages) {
    if (message.under_way && message.under_way->settle()) message.under_way->target->sink.cancel(message.under_way);
  }
}

void CourierShard::start() {
  running_ = true;
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, channel] : channels_) numbers.push_back(number);
  for (const auto number : numbers) {
    if (auto at = channels_.find(number); at != channels_.end()) advance(*at->second);
  }
}

void CourierShard::stop() noexcept {
  running_ = false;
  for (auto& [number, channel] : channels_) let_go(*channel);
  flush();
  channels_.clear();
  by_row_.clear();
  close();
}

// --- one channel ---

// Sends what may be sent: in order, up to the window, nothing past a message whose answer is wanted and not yet taken
// in.
void CourierShard::advance(Channel& channel) {
  if (!running_ || channel.resting) return;
  while (!channel.messages.empty() && channel.messages.front().done) channel.messages.pop_front();
  if (channel.behind && channel.messages.size() < Channel::kMostHeld / 2) read_more(channel);
  std::uint64_t after = 0;
  std::size_t under_way = 0;
  const std::size_t window = channel.rests > 0 ? 1 : limits::kMessageWindow;  // a receiver in trouble is asked by one
  for (auto& message : channel.messages) {
    if (under_way >= window) break;
    if (!message.done) {
      if (!message.under_way) {
        if (!message.answer.empty() && after != 0) break;
        send(channel, message, after);
        if (channel.resting) return;
        if (message.done) continue;  // it was erased with its sender
      }
      ++under_way;
      after = message.sequence;
      if (!message.answer.empty()) break;
    }
  }
  const bool all_done = std::all_of(channel.messages.begin(), channel.messages.end(), [](auto& m) { return m.done; });
  if (!all_done) return;
  if (channel.behind) return advance(channel);  // all that were held had been erased: on to what is behind them
  // The mail of a message that was met in the store, and is done, is still to come: it must not be taken for a new one.
  if (channel.waiting < 0) return;
  by_row_.erase(channel.prefix);
  channels_.erase(channel.number);
}

void CourierShard::read_more(Channel& channel) {
  auto range = store::prefix_range(channel.prefix);
  store::append_u64(range.first = channel.prefix, channel.last_read + 1);
  auto rows = context_.store->read_range(range, Channel::kMostHeld);
  if (!rows.ok()) return try_later(channel, rows.error());
  std::size_t bytes_read = 0;
  for (auto& record : *rows) {
    bytes_read += record.key.size() + record.value.size();
    Channel::Message message{.sequence = sequence_of(record.key)};
    auto bytes = std::make_shared<const std::vector<std::byte>>(std::move(record.value));
    auto row = RowReader::open(std::move(bytes), record.key);
    if (!row.ok()) return try_later(channel, row.error());
    const auto stored = row->get<rows::Message>();
    const auto tag = stored.getAnswer();
    message.sent_ms = stored.getSentMs();
    message.tried_before = true;
    message.answer.assign(tag.begin(), tag.end());
    channel.last_read = message.sequence;
    channel.messages.push_back(std::move(message));
  }
  // A page of the store ends early when it is large.
  channel.behind = rows->size() == Channel::kMostHeld || bytes_read > kLargePage;
}

void CourierShard::send(Channel& channel, Channel::Message& message, std::uint64_t after) {
  wire::EnvelopePtr call = std::move(message.fresh);
  if (message.outcome || message.failure) return give_answer(channel, message);
  const bool stored = !call;
  if (stored) {
    std::string key = channel.prefix;
    store::append_u64(key, message.sequence);
    auto bytes = context_.store->read(key);
    if (!bytes.ok()) return try_later(channel, bytes.error());
    if (!*bytes) return finished(channel, message);  // erased with its sender
    auto row = RowReader::open(std::make_shared<const std::vector<std::byte>>(std::move(**bytes)), key);
    if (!row.ok()) return try_later(channel, row.error());
    auto revived = revive(context_.registry, row->get<rows::Message>());
    if (!revived.ok()) return try_later(channel, revived.error());
    call = std::move(*revived);
  }
  const wire::Address& sender = *channel.sender;
  call->delivery =
      std::make_unique<wire::Delivery>(wire::DurableMessage{.channel = hash_of(sender.service_id, sender.key),
                                                            .sender = sender.text(),
                                                            .sender_service = sender.service_id,
                                                            .sequence = message.sequence,
                                                            .after = after,
                                                            .keep_reply = !message.answer.empty()});
  const MethodInfo& method = call->target->service.methods[std::min<std::uint16_t>(
      call->method, static_cast<std::uint16_t>(call->target->service.method_count - 1))];
  const auto timeout =
      method.timeout_ms > 0 ? std::chrono::milliseconds(method.timeout_ms) : context_.origin.default_timeout;
  call->sent = context_.clock.now();
  call->deadline = later(call->sent, timeout);
  call->attempt = ++message.attempts + (message.tried_before ? 1 : 0);
  if (message.attempts == 1) message.first_try_ms = context_.origin.time.at(call->sent);
  call->first_sent_ms = call->attempt > message.attempts ? wire::kNobodyKnows : message.first_try_ms;
  if (message.attempts > 1) repeated.fetch_add(1, std::memory_order_relaxed);
  if (channel.to.empty()) channel.to = call->target->text();
  call->in_actor = true;
  call->turn = &channel;
  call->ticket = message.sequence;
  call->reply_to = Ptr<Recipient>(Ptr<CourierShard>::share(this));
  message.under_way = call;
  if (!looking_) {
    looking_ = true;
    context_.engine.wake_at(later(context_.clock.exact_now(), kLook), *this, kLookToken);
  }
  if (stored) {  // by an earlier build, perhaps, whose schema was another
    auto fits = context_.origin.shapes.fits(call->target->service, call->method, wire::ShapeBook::Part::params,
                                            call->params.read());
    if (!fits.ok())
      return wire::answer(std::move(call), Error(ErrorKind::invalid, "the stored message: " + fits.error().message()));
  }
  begin_span(*call, message.sent_ms);
  auto& sink = call->target->sink;
  sink.deliver(std::move(call));
}

// The sender's turn that takes the answer in also erases the message.
void CourierShard::give_answer(Channel& channel, Channel::Message& message) {
  auto call = make_counted<wire::Envelope>();
  call->target = channel.sender;
  call->method = wire::kNoMethod;
  call->id = context_.origin.new_id();
  call->take_along(message.passengers);
  call->sent = context_.clock.now();
  call->deadline = TimePoint::max();
  call->in_actor = true;
  call->turn = &channel;
  call->ticket = message.sequence;
  call->reply_to = Ptr<Recipient>(Ptr<CourierShard>::share(this));
  std::string row = channel.prefix;
  store::append_u64(row, message.sequence);
  call->delivery = std::make_unique<wire::Delivery>(
      wire::MessageAnswer{.tag = message.answer,
                          .row = std::move(row),
                          .to = channel.to,
                          .error = message.failure ? std::make_shared<const Error>(*message.failure) : nullptr,
                          .outcome = message.outcome});
  message.under_way = call;
  context_.registry.deliver_here(std::move(call));
}

void CourierShard::answered(wire::EnvelopePtr call) {
  auto* channel = static_cast<Channel*>(std::exchange(call->turn, nullptr));
  if (!channel) return;
  Channel::Message* message = channel->find(call->ticket);
  if (!message || message->under_way.get() != call.get()) return;
  message->under_way = nullptr;
  const bool was_answer = std::holds_alternative<wire::MessageAnswer>(*call->delivery);
  if (!was_answer) message->passengers.take_along(*call);
  const Error* error = call->caller_error ? call->caller_error.get() : call->error.get();
  if (!error) {
    channel->succeeded();
    if (was_answer || message->answer.empty()) {
      finished(*channel, *message);
    } else {
      message->outcome = std::move(call);
    }
    return advance(*channel);
  }
  if (error->code() == "out_of_order") {  // what it follows is being tried again, or will be
    if (message->sequence == channel->first_open()) return try_later(*channel, *error);
    return;
  }
  const Fate fate = fate_of(*error);
  if (fate != Fate::retry && message->sequence != channel->first_open()) return;  // its turn will come, then it counts
  if (fate == Fate::retry) return try_later(*channel, *error);
  ++message->tries;
  const bool last_try = message->tries >= context_.delivery.tries;
  if (was_answer) return last_try ? give_up(*channel, *error) : try_later(*channel, *error);
  if (!message->answer.empty() && (fate == Fate::refused || last_try)) {
    message->failure = std::make_unique<Error>(*error);
    message->tries = 0;
    return advance(*channel);
  }
  if (last_try) return give_up(*channel, *error);
  try_later(*channel, *error);
}

// The channel rests; what is under way behind may still come back, and is sent again if it fails.
void CourierShard::try_later(Channel& channel, const Error& why) {
  channel.last_error = why.message();
  if (channel.resting) return;
  channel.resting = true;
  const auto rested_before = channel.rests++;
  // An overloaded receiver says itself when to come again.
  const auto backoff = std::max(doubled(context_.delivery.backoff, rested_before, context_.delivery.max_backoff),
                                std::min(why.retry_after(), kMostRetryAfter));
  // Up to a quarter more, so that channels which failed together do not come back together.
  const auto jitter = mix(channel.number * 977 + channel.rests) % (static_cast<std::uint64_t>(backoff.count()) / 4 + 1);
  const TimePoint again = later(later(context_.clock.exact_now(), backoff), std::chrono::milliseconds(jitter));
  context_.engine.wake_at(again, *this, channel.number);
}

// --- time ---

void CourierShard::on_timer(std::uint64_t token) {
  if (!running_) return;
  if (token == kLookToken) return look(context_.clock.now());
  auto at = channels_.find(token);
  if (at == channels_.end()) return;
  at->second->resting = false;
  advance(*at->second);
}

// Nobody else watches the deadlines of these calls.
void CourierShard::look(TimePoint now) {
  looking_ = false;
  bool any = false;
  std::vector<wire::EnvelopePtr> late;
  for (auto& [number, channel] : channels_) {
    for (auto& message : channel->messages) {
      if (!message.under_way) continue;
      any = true;
      if (message.under_way->deadline <= now) late.push_back(message.under_way);
    }
  }
  for (auto& call : late) {
    if (!call->settle()) continue;  // the answer waits in the inbox
    call->caller_error = std::make_unique<Error>(wire::late(*call));
    call->ends.tell(*call, call->caller_error.get());
    answered(std::move(call));
  }
  if (!any) return;
  looking_ = true;
  context_.engine.wake_at(later(context_.clock.exact_now(), kLook), *this, kLookToken);
}

}  // namespace troupe::actor

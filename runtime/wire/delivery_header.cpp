#include "wire/delivery_header.h"

#include "wire/monitor_request.h"

namespace troupe::wire {
namespace {

constexpr std::size_t kMessageWords = 9;
constexpr std::size_t kWatchWords = 4;

constexpr std::size_t text_words(std::size_t bytes) { return (bytes + 8) / 8; }

std::string text(capnp::Text::Reader reader) { return {reader.cStr(), reader.size()}; }

}  // namespace

void fill_message(header::Message::Builder message, const Delivery& delivery) {
  message.setChannelHi(delivery.channel.hi);
  message.setChannelLo(delivery.channel.lo);
  message.setSequence(delivery.sequence);
  message.setAfter(delivery.after);
  message.setKeepReply(delivery.keep_reply);
  message.setSenderService(delivery.sender_service);
  message.setSender({delivery.sender.c_str(), delivery.sender.size()});
}

std::unique_ptr<Delivery> message_of(header::Message::Reader message) {
  auto delivery = std::make_unique<Delivery>();
  delivery->channel = {message.getChannelHi(), message.getChannelLo()};
  delivery->sequence = message.getSequence();
  delivery->after = message.getAfter();
  delivery->keep_reply = message.getKeepReply();
  delivery->sender = text(message.getSender());
  delivery->sender_service = message.getSenderService();
  return delivery;
}

void fill_watch(header::Watch::Builder into, const MonitorRequest& watch) {
  into.setEnds(!watch.begins);
  into.setLinked(watch.linked);
  into.setWatcherDown(static_cast<std::uint8_t>(watch.watcher_down));
  into.setWatcher({watch.watcher.c_str(), watch.watcher.size()});
  into.setWhy({watch.why.c_str(), watch.why.size()});
}

std::unique_ptr<Delivery> watch_from(header::Watch::Reader from) {
  auto delivery = std::make_unique<Delivery>();
  delivery->kind = Delivery::Kind::watch;
  delivery->watch = std::make_shared<const MonitorRequest>(
      MonitorRequest{.begins = !from.getEnds(),
                     .linked = from.getLinked(),
                     .watcher = text(from.getWatcher()),
                     .watcher_down = static_cast<DownReason>(from.getWatcherDown()),
                     .why = text(from.getWhy())});
  return delivery;
}

std::size_t delivery_words(const Envelope& call) {
  if (!call.delivery) return 0;
  if (const MonitorRequest* watch = wire::watch_of(call))
    return kWatchWords + text_words(watch->watcher.size()) + text_words(watch->why.size());
  return kMessageWords + text_words(call.delivery->sender.size());
}

}  // namespace troupe::wire

#include "wire/delivery_header.h"

#include "wire/monitor_request.h"

namespace troupe::wire {
namespace {

constexpr std::size_t kMessageWords = 9;
constexpr std::size_t kWatchWords = 4;

constexpr std::size_t text_words(std::size_t bytes) { return (bytes + 8) / 8; }

std::string text(capnp::Text::Reader reader) { return {reader.cStr(), reader.size()}; }

}  // namespace

void fill_message(header::Message::Builder into, const DurableMessage& message) {
  into.setChannelHi(message.channel.hi);
  into.setChannelLo(message.channel.lo);
  into.setSequence(message.sequence);
  into.setAfter(message.after);
  into.setKeepReply(message.keep_reply);
  into.setSenderService(message.sender_service);
  into.setSender({message.sender.c_str(), message.sender.size()});
}

DurableMessage message_from(header::Message::Reader from) {
  return {.channel = {from.getChannelHi(), from.getChannelLo()},
          .sender = text(from.getSender()),
          .sender_service = from.getSenderService(),
          .sequence = from.getSequence(),
          .after = from.getAfter(),
          .keep_reply = from.getKeepReply()};
}

void fill_watch(header::Watch::Builder into, const MonitorRequest& watch) {
  into.setEnds(!watch.begins);
  into.setLinked(watch.linked);
  into.setWatcherDown(static_cast<std::uint8_t>(watch.watcher_down));
  into.setWatcher({watch.watcher.c_str(), watch.watcher.size()});
  into.setWhy({watch.why.c_str(), watch.why.size()});
}

MonitorRequest watch_from(header::Watch::Reader from) {
  return {.begins = !from.getEnds(),
          .linked = from.getLinked(),
          .watcher = text(from.getWatcher()),
          .watcher_down = static_cast<DownReason>(from.getWatcherDown()),
          .why = text(from.getWhy())};
}

std::size_t delivery_words(const Envelope& call) {
  if (const MonitorRequest* watch = wire::watch_of(call))
    return kWatchWords + text_words(watch->watcher.size()) + text_words(watch->why.size());
  if (const DurableMessage* message = message_of(call)) return kMessageWords + text_words(message->sender.size());
  return 0;
}

}  // namespace troupe::wire

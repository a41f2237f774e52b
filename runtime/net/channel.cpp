// That no two channels are taken for each other.
#include "net/channel.h"

#include <bit>
#include <bitset>

namespace troupe::net {

Result<wire::Offer> offer_with(const std::vector<ChannelOffer>& channels, wire::Offer offer) {
  std::bitset<256> kinds;
  for (const ChannelOffer& channel : channels) {
    if (!std::has_single_bit(channel.feature) || (offer.features & channel.feature))
      return Error(ErrorKind::invalid,
                   "a channel needs a feature of its own, one bit; it has " + std::to_string(channel.feature));
    offer.features |= channel.feature;
    for (const wire::FrameKind kind : channel.kinds) {
      const auto number = static_cast<std::uint8_t>(kind);
      if (kind <= wire::kLastKindOfEveryLink || kinds.test(number))
        return Error(ErrorKind::invalid,
                     "a channel needs kinds of frames of its own; another one has kind " + std::to_string(number));
      kinds.set(number);
    }
  }
  return offer;
}

}  // namespace troupe::net

// What a group writes on a message to know its answer by: text, as it lies in the outbox.
//
//   part    "p<epoch>:<first offset>:<events>"   of a round
//   single  "s<epoch>:<offset>:1"                an event that is delivered alone, after its batch failed
//   dead    "d0:<offset>:1"                      a dead event that is tried once more
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "troupe/error.h"

namespace troupe::topic {

struct Tag {
  enum class Kind : char { part = 'p', single = 's', dead = 'd' };
  Kind kind = Kind::part;
  std::uint32_t epoch = 0;
  std::uint64_t first = 0;
  std::uint64_t events = 1;
};

[[nodiscard]] inline std::string text_of(const Tag& tag) {
  return static_cast<char>(tag.kind) + std::to_string(tag.epoch) + ":" + std::to_string(tag.first) + ":" +
         std::to_string(tag.events);
}

// Throws `corrupt` for what is none.
[[nodiscard]] inline Tag parse_tag(std::string_view text) {
  Tag tag;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto read = [&](auto& number) {
    const auto [stop, error] = std::from_chars(at < end ? at + 1 : end, end, number);
    if (error != std::errc())
      throw Error(ErrorKind::corrupt, "'" + std::string(text) + "' is no tag of a group's message");
    at = stop;
  };
  tag.kind = text.empty() ? Tag::Kind::part : static_cast<Tag::Kind>(text[0]);
  read(tag.epoch);
  read(tag.first);
  read(tag.events);
  return tag;
}

}  // namespace troupe::topic

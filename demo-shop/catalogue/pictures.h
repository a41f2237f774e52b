// Which bytes are a picture that the shop shows: what a type says and what the bytes begin with have to agree, so that
// nothing else is handed out under the name of a picture. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace demo {

inline constexpr std::uint8_t kMostPictures = 6;
inline constexpr std::size_t kLargestPicture = std::size_t{256} * 1024;

[[nodiscard]] inline bool is_picture(std::string_view type, std::string_view bytes) {
  using namespace std::string_view_literals;
  if (type == "image/png") return bytes.starts_with("\x89PNG\r\n\x1a\n"sv);
  if (type == "image/jpeg") return bytes.starts_with("\xff\xd8\xff"sv);
  if (type == "image/webp") return bytes.size() > 12 && bytes.starts_with("RIFF"sv) && bytes.substr(8, 4) == "WEBP"sv;
  return false;
}

}  // namespace demo

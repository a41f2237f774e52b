#include "gateway/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace troupe::gateway {

std::string base64(std::span<const unsigned char> bytes, Base64 kind) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  if (kind == Base64::standard) return out;
  while (!out.empty() && out.back() == '=') out.pop_back();
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

std::optional<std::vector<unsigned char>> from_base64(std::string_view text, Base64 kind) {
  std::string padded(text);
  std::size_t padding = 0;
  while (padding < 2 && !padded.empty() && padded.back() == '=') padded.pop_back(), ++padding;
  if (padding > 0 && text.size() % 4 != 0) return std::nullopt;
  const std::size_t letters = padded.size();
  if (letters % 4 == 1) return std::nullopt;
  for (char& c : padded) {
    const bool common = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool last = kind == Base64::standard ? c == '+' || c == '/' : c == '-' || c == '_';
    if (!common && !last) return std::nullopt;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  padded.append((4 - letters % 4) % 4, '=');
  std::vector<unsigned char> out(padded.size() / 4 * 3 + 1);
  const int size = EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(padded.data()),
                                   static_cast<int>(padded.size()));
  if (size < 0) return std::nullopt;
  out.resize(letters * 3 / 4);
  // One text for one value: who compares texts must not be told two.
  auto again = base64(out, kind);
  while (!again.empty() && again.back() == '=') again.pop_back();
  if (again != text.substr(0, letters)) return std::nullopt;
  return out;
}

}  // namespace troupe::gateway

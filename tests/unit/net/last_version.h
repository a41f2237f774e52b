// What the last version of the protocol, 4, wrote: bytes that were made by a build of that version and are never made
// anew, and the words that such a node says in a handshake.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "net/link_secret.h"
#include "wire/frame.h"

namespace troupe::net::last_version {

inline constexpr const char* kSecret = "open sesame, open sesame, open sesame";

// Node "a" of cluster "shop" speaks to "b": incarnation 10, list of nodes 77, time 1234567.
inline constexpr std::string_view kHello =
    "900000000100120000000000060004000054726f7570650a04000100000000000a000000000000004d00000000000000000040000000"
    "000087d61200000000000d0000002a0000000d000000120000000d000000120000000d0000000201000073686f700000000061000000"
    "0000000062000000000000000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
// Node "b": incarnation 20, time 7654321.
inline constexpr std::string_view kChallenge =
    "600000000c000c000000000004000200140000000000000000004000000000000100000000000000b1cb740000000000050000001200"
    "0000050000000201000062000000000000006465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283";
// Of both words above, by the side that connected, then by the other one.
inline constexpr std::string_view kProof =
    "300000000d00060000000000000001000100000002010000376eacb8a02b257588e606b7d05e7196ca97d0a3a7a8dd367f49f2f00380"
    "f2ec";
inline constexpr std::string_view kWelcome =
    "300000000200060000000000000001000100000002010000cd376defdc619188d5b8bbd9b32305ab23f1d3994062e2ab54153be0d8be"
    "6bc8";
inline constexpr std::string_view kRefuse = "1800000003000300000000000000010001000000420000006e6f20726f6f6d00";
inline constexpr std::string_view kGoodbye =
    "200000000a0004000000000000000100010000004a00000069742073746f70730000000000000000";
// Stamp 5, clock 6.
inline constexpr std::string_view kPing = "1800000008000300000000000200000005000000000000000600000000000000";
inline constexpr std::string_view kPong = "1800000009000300000000000200000005000000000000000000000000000000";
// 4096 bytes.
inline constexpr std::string_view kCredit = "100000000700020000000000010000000010000000000000";
inline constexpr std::string_view kCancel = "100000000b00020000000000010000000900000000000000";
// Ticket 9, request 7/3, service 0x5eed, key "sku-1", ten bytes of x, first sent at 99.
inline constexpr std::string_view kCall =
    "9000000004000e000000000008000400090000000000000007000000000000000300000000000000ed5e000000000000000000000100"
    "0000ffffffff00000000630000000000000000000000000000000d000000320000000000000000000000000000000000000000000000"
    "00000000736b752d310000000000000003000000010000005200000078787878787878787878000000000000";
// The same under ticket 11, whose 24 bytes follow in stream 1.
inline constexpr std::string_view kLargeCall =
    "7000000004000e0000000000080004000b0000000000000007000000000000000300000000000000ed5e000000000000000000000100"
    "0000ffffffff01000000630000000000000018000000000000000d000000320000000000000000000000000000000000000000000000"
    "00000000736b752d31000000";
// Of stream 1.
inline constexpr std::string_view kChunk =
    "300000000600020000000000010000000100000000000000000000000300000001000000520000007878787878787878787800000000"
    "0000";
// To ticket 9: three zero bytes, then a failure.
inline constexpr std::string_view kReply =
    "380000000500040000000000020001000900000000000000000000000000000000000000000000000000000002000000010000001a00"
    "00000000000000000000";
inline constexpr std::string_view kFailure =
    "5000000005000a0000000000020001000900000000000000000000000000000000000000010002000600000000000000050000000a00"
    "0000050000005a0000000000000000000000697420697320676f6e65000000000000";
inline constexpr std::string_view k = "==============================================================================";

inline wire::Bytes bytes_of(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  wire::Bytes out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  return out;
}

inline std::span<const char> header_of(const wire::Bytes& word) { return std::span(word).subspan(wire::kPreludeBytes); }

// Both words before the proofs, as they are proved: each header behind its length.
inline std::string said(std::span<const char> hello, std::span<const char> challenge) {
  std::string out;
  for (const auto word : {hello, challenge}) {
    const std::uint64_t length = word.size();
    for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(length >> shift);
    out.append(word.data(), word.size());
  }
  return out;
}

// A proof or a welcome; the header of the golden one with another code in it.
inline wire::Bytes proof(std::string_view golden, Side side, const std::string& said) {
  const wire::Mac mac = LinkSecret(kSecret).prove(side, said);
  wire::Bytes out = bytes_of(golden);
  for (std::size_t i = 0; i < mac.size(); ++i) out[out.size() - mac.size() + i] = static_cast<char>(mac[i]);
  return out;
}

}  // namespace troupe::net::last_version

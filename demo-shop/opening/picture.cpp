#include "opening/picture.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace demo {

namespace {

constexpr int kWidth = 480;
constexpr int kHeight = 360;
constexpr int kSamples = 2;  // of a point, in each direction

// --- what is drawn ---

struct Rgb {
  double r, g, b;
};

Rgb from_hex(std::uint32_t colour) {
  return {static_cast<double>(colour >> 16 & 0xff), static_cast<double>(colour >> 8 & 0xff),
          static_cast<double>(colour & 0xff)};
}

Rgb mix(Rgb a, Rgb b, double share_of_b) {
  const double s = std::clamp(share_of_b, 0.0, 1.0);
  return {a.r + (b.r - a.r) * s, a.g + (b.g - a.g) * s, a.b + (b.b - a.b) * s};
}

// Of a motif: nothing, its own colour, and lighter and darker ones.
enum class Ink : std::uint8_t { none, own, light, dark };

struct Point {
  double x, y;  // the motif is within -1 to 1; y goes down
};

bool in_disc(Point p, double x, double y, double radius) { return std::hypot(p.x - x, p.y - y) <= radius; }
bool in_ring(Point p, double x, double y, double radius, double width) {
  return std::abs(std::hypot(p.x - x, p.y - y) - radius) <= width / 2;
}
bool in_box(Point p, double left, double top, double right, double bottom) {
  return p.x >= left && p.x <= right && p.y >= top && p.y <= bottom;
}
// A trapezium between two heights, with these half widths there.
bool in_trapezium(Point p, double top, double half_top, double bottom, double half_bottom) {
  if (p.y < top || p.y > bottom) return false;
  const double share = (p.y - top) / (bottom - top);
  return std::abs(p.x) <= half_top + (half_bottom - half_top) * share;
}
bool in_ellipse(Point p, double x, double y, double half_width, double half_height) {
  return std::hypot((p.x - x) / half_width, (p.y - y) / half_height) <= 1;
}

Ink cup(Point p) {
  if (in_ellipse(p, 0, -0.25, 0.5, 0.12)) return Ink::dark;
  if (in_trapezium(p, -0.25, 0.55, 0.55, 0.38)) return p.x > 0.18 ? Ink::dark : Ink::own;
  if (in_ring(p, 0.55, 0.08, 0.24, 0.11)) return Ink::own;
  if (in_ellipse(p, 0, 0.62, 0.75, 0.1)) return Ink::light;
  const bool steam = p.y < -0.45 && p.y > -0.85 && std::abs(std::abs(p.x) - 0.18 - 0.06 * std::sin(p.y * 14)) < 0.035;
  return steam ? Ink::light : Ink::none;
}

Ink pot(Point p) {
  if (in_disc(p, 0, -0.52, 0.09)) return Ink::dark;
  if (in_ellipse(p, 0, -0.3, 0.42, 0.16) && p.y < -0.25) return Ink::dark;
  if (in_ellipse(p, 0, 0.15, 0.62, 0.48)) return p.x > 0.25 ? Ink::dark : Ink::own;
  if (in_ring(p, 0, -0.1, 0.72, 0.07) && p.y < -0.3) return Ink::dark;
  const Point spout{p.x + 0.62, p.y - 0.02};
  if (in_box({spout.x + spout.y * 0.6, spout.y}, -0.16, -0.25, 0.06, 0.2)) return Ink::own;
  return Ink::none;
}

Ink bowl(Point p) {
  if (in_ellipse(p, 0, -0.1, 0.7, 0.16)) return Ink::light;
  if (p.y > -0.1 && in_ellipse(p, 0, -0.1, 0.7, 0.62)) return p.x > 0.3 ? Ink::dark : Ink::own;
  return in_trapezium(p, 0.48, 0.24, 0.62, 0.3) ? Ink::dark : Ink::none;
}

Ink lamp(Point p) {
  if (in_trapezium(p, -0.75, 0.24, -0.15, 0.55)) return p.x > 0.15 ? Ink::dark : Ink::own;
  if (in_ellipse(p, 0, -0.13, 0.55, 0.07)) return Ink::light;
  if (in_box(p, -0.045, -0.1, 0.045, 0.68)) return Ink::dark;
  if (in_ellipse(p, 0, 0.7, 0.36, 0.09)) return Ink::dark;
  return in_trapezium(p, -0.1, 0.5, 0.6, 0.85) ? Ink::light : Ink::none;
}

Ink lantern(Point p) {
  if (in_box(p, -0.2, -0.66, 0.2, -0.56) || in_box(p, -0.2, 0.52, 0.2, 0.62)) return Ink::dark;
  if (in_box(p, -0.02, -0.9, 0.02, -0.6) || in_box(p, -0.025, 0.6, 0.025, 0.92)) return Ink::dark;
  if (!in_ellipse(p, 0, -0.02, 0.66, 0.58)) return Ink::none;
  for (const double rib : {0.0, 0.28, 0.5})
    if (std::abs(std::hypot(p.x / (rib + 0.001), (p.y + 0.02) / 0.58) - 1) < 0.05 / (rib + 0.05)) return Ink::light;
  return p.x > 0.35 ? Ink::dark : Ink::own;
}

Ink book(Point p) {
  const Point tilted{p.x + p.y * 0.08, p.y - p.x * 0.06};
  if (in_box(tilted, -0.52, -0.7, 0.48, 0.62)) {
    if (tilted.x < -0.4) return Ink::dark;
    if (in_box(tilted, -0.25, -0.45, 0.32, -0.33) || in_box(tilted, -0.25, -0.22, 0.12, -0.13)) return Ink::light;
    return Ink::own;
  }
  return in_box(tilted, -0.46, 0.55, 0.55, 0.74) ? Ink::light : Ink::none;
}

Ink plant(Point p) {
  if (in_box(p, -0.42, 0.18, 0.42, 0.3)) return Ink::dark;
  if (in_trapezium(p, 0.3, 0.36, 0.8, 0.26)) return Ink::dark;
  for (const double lean : {-0.75, -0.35, 0.0, 0.35, 0.75}) {
    const double height = (0.2 - p.y) / 1.0;
    if (height < 0 || height > 1 - 0.25 * std::abs(lean)) continue;
    const double middle = lean * height * height;
    const double half = 0.16 * std::sin(3.14159 * std::min(1.0, height / (1 - 0.25 * std::abs(lean))));
    if (std::abs(p.x - middle) < half) return p.x > middle ? Ink::own : Ink::light;
  }
  return Ink::none;
}

Ink blocks(Point p) {
  if (in_box(p, -0.7, 0.1, -0.08, 0.72)) return Ink::own;
  if (in_box(p, 0.04, 0.1, 0.66, 0.72)) return Ink::dark;
  if (in_trapezium({p.x + 0.02, p.y}, -0.72, 0.0, -0.02, 0.42)) return Ink::light;
  return Ink::none;
}

Ink kite(Point p) {
  const double half = p.y < -0.15 ? (p.y + 0.85) / 0.7 * 0.55 : (0.55 - p.y) / 0.7 * 0.55;
  if (p.y > -0.85 && p.y < 0.55 && std::abs(p.x) < half) {
    if (std::abs(p.x) < 0.02 || std::abs(p.y + 0.15) < 0.02) return Ink::light;
    return (p.x > 0) == (p.y > -0.15) ? Ink::dark : Ink::own;
  }
  return p.y >= 0.5 && p.y < 0.95 && std::abs(p.x - 0.12 * std::sin((p.y - 0.5) * 14)) < 0.03 ? Ink::dark : Ink::none;
}

Ink rings(Point p) {
  for (int i = 0; i < 4; ++i) {
    const double x = -0.55 + 0.36 * i;
    if (in_ring(p, x, i % 2 == 0 ? -0.08 : 0.12, 0.3, 0.09)) return i % 2 == 0 ? Ink::own : Ink::dark;
  }
  return in_box(p, -0.9, 0.46, 0.9, 0.56) ? Ink::light : Ink::none;
}

Ink ink_at(Motif motif, Point p) {
  switch (motif) {
    case Motif::cup: return cup(p);
    case Motif::pot: return pot(p);
    case Motif::bowl: return bowl(p);
    case Motif::lamp: return lamp(p);
    case Motif::lantern: return lantern(p);
    case Motif::book: return book(p);
    case Motif::plant: return plant(p);
    case Motif::blocks: return blocks(p);
    case Motif::kite: return kite(p);
    case Motif::rings: return rings(p);
  }
  return Ink::none;
}

Rgb colour_at(Motif motif, Rgb own, double x, double y) {
  constexpr Rgb kWhite{255, 255, 255};
  constexpr Rgb kBlack{20, 24, 32};
  constexpr double kScale = kHeight * 0.4;
  const Point p{(x - kWidth / 2.0) / kScale, (y - kHeight / 2.0) / kScale};
  switch (ink_at(motif, p)) {
    case Ink::own: return own;
    case Ink::light: return mix(own, kWhite, 0.6);
    case Ink::dark: return mix(own, kBlack, 0.35);
    case Ink::none: break;
  }
  const Rgb ground = mix(own, kWhite, 0.8 + 0.1 * (y / kHeight));
  return in_ellipse(p, 0, 0.84, 0.8, 0.08) ? mix(ground, kBlack, 0.1) : ground;
}

// --- the file ---

void add_number(std::string& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift & 0xff));
}

void add_chunk(std::string& out, std::string_view type, std::string_view data) {
  add_number(out, static_cast<std::uint32_t>(data.size()));
  const auto begin = out.size();
  out += type;
  out += data;
  const auto* bytes = reinterpret_cast<const Bytef*>(out.data() + begin);
  add_number(out, static_cast<std::uint32_t>(::crc32(0, bytes, static_cast<uInt>(out.size() - begin))));
}

std::string deflated(const std::string& rows) {
  auto size = ::compressBound(static_cast<uLong>(rows.size()));
  std::string out(size, '\0');
  if (::compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
                  static_cast<uLong>(rows.size()), 9) != Z_OK)
    throw std::runtime_error("there is no memory to draw a picture");
  out.resize(size);
  return out;
}

}  // namespace

std::string draw_goods(Motif motif, std::uint32_t colour) {
  const Rgb own = from_hex(colour);
  std::string rows;
  rows.reserve(static_cast<std::size_t>(kHeight) * (kWidth * 3 + 1));
  for (int y = 0; y < kHeight; ++y) {
    rows.push_back('\0');  // the row is as it is
    for (int x = 0; x < kWidth; ++x) {
      std::array<double, 3> sum{};
      for (int sample = 0; sample < kSamples * kSamples; ++sample) {
        const double dx = (sample % kSamples + 0.5) / kSamples;
        const double dy = (sample / kSamples + 0.5) / kSamples;
        const Rgb seen = colour_at(motif, own, x + dx, y + dy);
        sum[0] += seen.r;
        sum[1] += seen.g;
        sum[2] += seen.b;
      }
      for (const double part : sum)
        rows.push_back(static_cast<char>(static_cast<unsigned char>(part / (kSamples * kSamples) + 0.5)));
    }
  }
  std::string out("\x89PNG\r\n\x1a\n", 8);
  std::string header;
  add_number(header, kWidth);
  add_number(header, kHeight);
  header += std::string("\x08\x02\x00\x00\x00", 5);  // 8 bits, red, green and blue, no interlacing
  add_chunk(out, "IHDR", header);
  add_chunk(out, "IDAT", deflated(rows));
  add_chunk(out, "IEND", {});
  return out;
}

}  // namespace demo

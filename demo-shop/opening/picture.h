// Pictures of goods, drawn by arithmetic, as PNG files. Pure; any thread. Drawing one takes some ten milliseconds.
#pragma once

#include <cstdint>
#include <string>

namespace demo {

enum class Motif : std::uint8_t { cup, pot, bowl, lamp, lantern, book, plant, blocks, kite, rings };

// 480 × 360 points. `colour` is 0xRRGGBB, the motif's own. The same for the same arguments.
[[nodiscard]] std::string draw_goods(Motif motif, std::uint32_t colour);

}  // namespace demo

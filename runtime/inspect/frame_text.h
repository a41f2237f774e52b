// A return address in words. Reads symbol tables and line tables of files (by gcc's libbacktrace), so it is for showing
// a trace, not for taking one. Any thread.
#pragma once

#include <string>
#include <vector>

namespace troupe::inspect {

// "shop::Order::place at order.cpp:41", "shop::Order::place" where the file has no line tables, or
// "shop + 0x4711" where it says no more; one line for each address.
[[nodiscard]] std::vector<std::string> frames_text(const std::vector<const void*>& addresses);

}  // namespace troupe::inspect

// A return address in words. Reads symbol tables of files, so it is for showing a trace, not for taking one.
#pragma once

#include <string>
#include <vector>

namespace troupe::host {

// "shop::Order::place(...) + 0x1f (shop)", or "(shop + 0x4711)" where the file says no more; one line for each address.
[[nodiscard]] std::vector<std::string> frames_text(const std::vector<const void*>& addresses);

}  // namespace troupe::host

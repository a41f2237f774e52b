// The pages, as they lie in web/ and as npm brings uPlot: within the program, so that it needs no other file.
// page_files.cmake writes the list.
#pragma once

#include <span>
#include <string_view>

namespace troupe::dashboard {

struct PageFile {
  std::string_view path;  // "/js/main.js"
  std::string_view text;
};

[[nodiscard]] std::span<const PageFile> page_files();

}  // namespace troupe::dashboard

// Walks the trees of an LMDB file page by page, as LMDB would, but trusting nothing: LMDB ends the process, or reads
// beside its map, where a page is not what it should be.
//
// Finds pages of the wrong kind or number, nodes beside their page, keys out of order, pages that are used twice or
// used and free, and counts that do not fit. It does not look into values.
#pragma once

#include <cstdint>
#include <string>

#include "store/lmdb/data_file_layout.h"

namespace troupe::store {

struct Trees {
  layout::Database free;
  layout::Database main;
  std::uint64_t last_page = 0;
  std::uint64_t page_bytes = 0;
  std::uint64_t most_pages = 0;  // what is beyond is not looked at, nor are counts compared then
};

// What is wrong; empty: nothing was found.
[[nodiscard]] std::string check_trees(const layout::Reader& file, const Trees& trees);

}  // namespace troupe::store

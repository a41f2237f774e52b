// The line table_rows: rows put into tables.
#pragma once

#include "line.h"

namespace troupe::bench {

// 4 actors put 256 rows a turn, one turn in flight each: rows per second that are on disk.
double table_rows(const Effort& effort);
double lmdb_table_rows(const Effort& effort);

}  // namespace troupe::bench

#include "store/range_snapshot.h"

#include <string>

namespace troupe::store {

Result<std::vector<Record>> RangeSnapshot::next(std::size_t limit) {
  if (limit == 0) return Error(ErrorKind::invalid, "a page of a snapshot has at least one record; 0 were asked for");
  if (partition_ >= kPartitions)
    return Error(ErrorKind::invalid, "there is no partition " + std::to_string(partition_) + " to take a snapshot of");
  if (ended_) return std::vector<Record>();
  std::uint64_t sequence = 0;
  auto page = store_.read_page(rest_, limit, partition_, sequence);
  if (!page) return page.error();
  if (!begun_) begins_at_ = sequence;
  begun_ = true;
  ends_at_ = sequence;
  ended_ = !page->more;
  if (page->more) {
    rest_.first = key_after(page->records.back().key);
    ended_ = rest_.first.empty();
  }
  return std::move(page->records);
}

}  // namespace troupe::store

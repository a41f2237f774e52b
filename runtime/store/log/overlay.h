// What is committed to the log and not yet in LMDB: an ordered map of the latest values, which readers look into
// before LMDB.
//
// There are two: the active one takes new batches; the frozen one is being written into LMDB and no longer
// changes. Any thread reads, for moments; the commit queue's writer thread alone adds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/commit.h"
#include "store/format/keys.h"
#include "store/log/log_frame.h"

namespace troupe::store {

struct Overlay {
  std::map<std::string, Value, std::less<>> values;
  std::array<std::uint64_t, kPartitions> sequences{};  // of all partitions, touched here or not
  std::uint64_t last_batch = 0;                        // all up to this one is here or in LMDB

  [[nodiscard]] bool empty() const noexcept { return values.empty(); }
  void add(const FrameView& frame);
};

class Overlays {
 public:
  // `frozen`: what a log held, null for nothing; `active` is empty and says where numbering goes on.
  Overlays(Overlay active, std::shared_ptr<const Overlay> frozen)
      : active_(std::make_shared<Overlay>(std::move(active))), frozen_(std::move(frozen)) {}

  // Nothing: neither has the key, look in LMDB.
  [[nodiscard]] std::optional<Value> find(std::string_view key) const;

  using Entry = std::pair<std::string, Value>;
  // How much of a range, and from which end.
  struct Portion {
    std::size_t limit;
    std::size_t bytes;
    bool backward = false;
  };
  // What the overlays have of `range`, in the order asked for, up to about `limit` values or `bytes`; erased keys do
  // not count. `at_that_moment` runs while nothing changes: a transaction begun in it sees LMDB beneath exactly this,
  // and the numbers that it is shown are those of the slice.
  using Sequences = std::array<std::uint64_t, kPartitions>;
  [[nodiscard]] std::vector<Entry> slice(const KeyRange& range, const Portion& portion,
                                         const std::function<void(const Sequences&)>& at_that_moment) const;

  // All of both, as one: as much as two logs hold. With `at_that_moment` as for slice().
  [[nodiscard]] Overlay merged(const std::function<void()>& at_that_moment) const;

  // Takes the keys out of the sets; what is left in them is nobody's.
  void add(std::uint64_t batch, std::span<const NumberedSet> sets);
  // The active overlay becomes the frozen one; there is none yet.
  void freeze();
  [[nodiscard]] std::shared_ptr<const Overlay> frozen() const;
  // It is in LMDB.
  void drop_frozen();
  [[nodiscard]] bool active_empty() const;
  [[nodiscard]] std::array<std::uint64_t, kPartitions> sequences() const;
  [[nodiscard]] std::uint64_t last_batch() const;
  // A batch that went into LMDB directly, while both overlays were empty.
  void passed_by(std::uint64_t batch, std::span<const NumberedSet> sets);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Overlay> active_;
  std::shared_ptr<const Overlay> frozen_;
};

}  // namespace troupe::store

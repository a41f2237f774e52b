// The disk of one node of a simulation: a real directory, of which a power cut leaves what had been synced.
//
// The power may go before a write of the commit log, between that write and its sync, and before a transaction of
// LMDB's is committed. What the log was given since its last sync is then there, not there, or there in part, sector by
// sector or up to any byte. The log's mark, which is synced at checkpoints alone, is as it was, or as it was then.
//
// When the power goes, an image of the directory is made as the next start will find it. What the node does from then
// on, while its objects are put away, goes to the old directory and is nobody's. LMDB's own writes are not torn.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "store/disk_faults.h"
#include "testing/dice.h"

namespace troupe::testing {

class SimulatedDisk final : public store::DiskFaults {
 public:
  // Which moment of a disk's work the power goes at.
  enum class Moment : std::uint8_t { log_write, log_sync, transaction };

  SimulatedDisk(std::filesystem::path directory, Dice& dice) : directory_(std::move(directory)), dice_(dice) {}

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  // At the `nth` such moment from now on `cut` is called, which calls keep_image().
  void cut_at(Moment moment, std::uint64_t nth, std::function<void()> cut);
  // As the next start will find it.
  void keep_image();
  // The node's objects have gone: the image takes the directory's place.
  void put_image_back();
  // Acknowledges syncs and forgets what was written last all the same: for a test that has to notice.
  void lies(bool on) noexcept { lies_ = on; }

  [[nodiscard]] int before(store::DiskWrite write) noexcept override;

 private:
  using Bytes = std::vector<char>;
  void tear(Bytes& written, const Bytes& synced);

  const std::filesystem::path directory_;
  Dice& dice_;
  Moment moment_ = Moment::log_write;
  std::uint64_t left_ = 0;  // moments until the cut; 0: none is to come
  std::function<void()> cut_;
  bool lies_ = false;
  bool unsynced_ = false;  // synced_logs_ is older than the logs
  std::array<Bytes, 2> synced_logs_;
  Bytes synced_mark_;
};

}  // namespace troupe::testing

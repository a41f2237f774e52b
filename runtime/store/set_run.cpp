#include "store/set_run.h"

#include <algorithm>

namespace troupe::store {
namespace {

constexpr std::uint64_t kNoLog = 0;

}  // namespace

std::vector<SetRun> runs_of(std::span<const NumberedSet> batch, const std::function<bool(PartitionId)>& wanted) {
  std::vector<SetRun> runs;
  std::vector<std::vector<NumberedSet>> sets;
  for (const NumberedSet& set : batch) {
    if (wanted && !wanted(set.partition)) continue;
    // The newest run of its partition, unless another epoch has begun since.
    const auto last =
        std::find_if(runs.rbegin(), runs.rend(), [&](const SetRun& run) { return run.partition == set.partition; });
    if (last != runs.rend() && last->epoch == set.epoch) {
      last->last = set.sequence;
      sets[static_cast<std::size_t>(std::distance(last, runs.rend())) - 1].push_back(set);
    } else {
      runs.push_back({set.partition, set.epoch, set.sequence, set.sequence});
      sets.push_back({set});
    }
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    auto frame = std::make_shared<std::vector<std::byte>>();
    encode_frame(kNoLog, runs[i].first, sets[i], *frame);
    runs[i].frame = std::move(frame);
  }
  return runs;
}

std::optional<FrameView> parse_run(const SetRun& run) noexcept {
  if (run.frame == nullptr || run.first == 0 || run.last < run.first) return std::nullopt;
  const auto frame = parse_frame(*run.frame, kNoLog);
  if (!frame || frame->batch != run.first || frame->bytes.size() != run.frame->size()) return std::nullopt;
  std::uint64_t next = run.first;
  bool whole = true;
  frame->for_each_set([&](PartitionId partition, std::uint64_t sequence) {
    whole = whole && partition == run.partition && sequence == next++;
  });
  if (!whole || next != run.last + 1) return std::nullopt;
  return frame;
}

}  // namespace troupe::store

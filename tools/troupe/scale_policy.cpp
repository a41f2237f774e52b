#include "scale_policy.h"

#include <troupe/duration.h>

#include <algorithm>

namespace troupe::tool {
namespace {

using Since = std::optional<ScalePolicy::Time>;

bool lasts(Since& since, bool holds, ScalePolicy::Time now, std::chrono::milliseconds long_enough) {
  if (!holds) return since.reset(), false;
  if (!since) since = now;
  return now >= later(*since, long_enough);
}

}  // namespace

ScaleStep ScalePolicy::look(Time now, unsigned count,
                            const std::vector<std::optional<std::chrono::milliseconds>>& waits) {
  const bool busy =
      std::any_of(waits.begin(), waits.end(), [&](const auto& wait) { return wait && *wait > rules_.grow_above; });
  // A node that is silent may be the one that has too much to do.
  const bool idle = !waits.empty() && std::all_of(waits.begin(), waits.end(), [&](const auto& wait) {
    return wait && *wait < rules_.shrink_below;
  });
  const bool grows = lasts(busy_since_, busy, now, rules_.grow_after);
  const bool shrinks = lasts(idle_since_, idle, now, rules_.shrink_after);
  if (last_step_ && now < later(*last_step_, rules_.cool_down)) return ScaleStep::stay;
  if (count < rules_.min) return ScaleStep::grow;
  if (grows && count < rules_.max) return ScaleStep::grow;
  if (shrinks && count > rules_.min) return ScaleStep::shrink;
  return ScaleStep::stay;
}

void ScalePolicy::stepped(Time now) {
  last_step_ = now;
  busy_since_.reset();
  idle_since_.reset();
}

}  // namespace troupe::tool

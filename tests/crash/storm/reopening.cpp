#include "crash/storm/reopening.h"

#include <random>
#include <vector>

#include "actor/activation.h"
#include "host/node_parts.h"

namespace troupe::storm {
namespace {

// A handler that is stuck holds up a close: it is told again until it succeeds.
void reopen(partition::Partition& partition, std::chrono::milliseconds drain) {
  while (!partition.close(drain).ok()) {
  }
  partition.open(partition.epoch() + 1).value();
}

// One that is led here and has actors in memory; null: there is none.
partition::Partition* some_partition(host::NodeParts& parts, std::mt19937& random) {
  std::vector<PartitionId> found;
  parts.routing().registry.for_each(
      [&](const wire::AddressPtr& address, actor::Activation&) { found.push_back(address->partition); });
  if (found.empty()) return nullptr;
  auto* partition = parts.partitions().at(found[random() % found.size()]).value();
  return partition->state() == partition::State::leading ? partition : nullptr;
}

}  // namespace

void Reopening::begin(host::NodeParts& parts) {
  thread_ = std::thread([this, &parts] { run(parts); });
}

void Reopening::go_on_for(std::chrono::milliseconds time) {
  {
    const std::lock_guard lock(mutex_);
    until_ = Clock::now() + time;
  }
  changed_.notify_one();
}

void Reopening::end() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Reopening::run(host::NodeParts& parts) {
  std::mt19937 random(static_cast<unsigned>(parts.incarnation()));
  std::unique_lock lock(mutex_);
  while (!ends_) {
    if (Clock::now() >= until_) {
      changed_.wait(lock);
      continue;
    }
    lock.unlock();
    if (auto* partition = some_partition(parts, random)) {
      reopen(*partition, std::chrono::milliseconds(random() % 100));
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    lock.lock();
  }
}

}  // namespace troupe::storm

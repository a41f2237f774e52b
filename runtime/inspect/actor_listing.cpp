#include "inspect/actor_listing.h"

#include <map>

#include "actor/activation.h"
#include "inspect/key_text.h"
#include "store/format/actor_record.h"
#include "store/format/keys.h"
#include "store/partition_marks.h"

namespace troupe::inspect {
namespace {

constexpr std::size_t kMostPerPage = 10'000;

// The page under construction: the first `limit` names after the cursor, in the order of their store keys.
class Page {
 public:
  Page(std::string after, std::size_t limit) : after_(std::move(after)), limit_(limit) {}

  // Whether a line under this key could be on the page.
  [[nodiscard]] bool takes(const std::string& key) const {
    return key > after_ && (lines_.size() <= limit_ || key < lines_.rbegin()->first);
  }
  observe::ActorLine& line(const std::string& key) {
    auto& line = lines_[key];
    if (lines_.size() > limit_ + 1) lines_.erase(std::prev(lines_.end()));
    return line;
  }
  [[nodiscard]] bool full() const { return lines_.size() > limit_; }
  [[nodiscard]] const std::string& after() const { return after_; }

  observe::ActorList finish() && {
    observe::ActorList out;
    std::string last;
    for (auto& [key, line] : lines_) {
      if (out.actors.size() == limit_) {
        out.next = to_hex(last);
        break;
      }
      last = key;
      out.actors.push_back(std::move(line));
    }
    return out;
  }

 private:
  const std::string after_;
  const std::size_t limit_;
  std::map<std::string, observe::ActorLine> lines_;  // by store key; one more than the page holds
};

void add_live(const actor::Registry& registry, const observe::ListRequest& request, Page& page) {
  registry.for_each([&](const wire::AddressPtr& address, actor::Activation& activation) {
    if (!activation.live()) return;
    if (!request.service.empty() && request.service != address->service.name) return;
    if (!address->key.starts_with(request.prefix)) return;
    const std::string key = store::actor_key(address->partition, address->service_id, address->key);
    if (!page.takes(key)) return;
    const ActorView view = activation.outside_view();
    page.line(key) = {address->service.name, address->key, view.status, view.mailbox, view.restarts, 0};
  });
}

// Adds what is on disk in one partition; false once the page is full.
Result<void> add_stored(const actor::Registry& registry, const store::Store& store, const store::KeyRange& range,
                        const observe::ListRequest& request, Page& page) {
  std::size_t found = 0;
  return store.for_each(range, [&](const store::Record& record) {
    if (record.key <= page.after()) return true;
    auto key = store::parse_actor_key(record.key);
    if (!key.ok()) return true;
    const actor::Hosted* hosted = registry.find(key->service);
    if (!hosted || !key->key.starts_with(request.prefix)) return true;
    if (!page.takes(record.key)) return false;
    auto& line = page.line(record.key);
    if (line.key.empty()) line = {hosted->service.name, key->key, "dormant", 0, 0, 0};
    auto view = store::ActorRecordView::parse(record.value);
    if (view.ok()) line.state_bytes = view->state().size();
    return ++found <= request.limit;
  });
}

}  // namespace

Result<observe::ActorList> list_actors(const actor::Registry& registry, const store::Store* store,
                                       const observe::ListRequest& request) {
  const actor::Hosted* hosted = request.service.empty() ? nullptr : registry.find(request.service);
  if (!request.service.empty() && !hosted)
    return Error(ErrorKind::not_found, "no service named " + request.service + " is hosted on this node");
  auto after = from_hex(request.after);
  if (!after) return Error(ErrorKind::invalid, "\"after\" is not a cursor that a listing gave");
  if (request.limit == 0 || request.limit > kMostPerPage) {
    return Error(ErrorKind::invalid,
                 "limit must be from 1 to " + std::to_string(kMostPerPage) + ", not " + std::to_string(request.limit));
  }
  Page page(*after, request.limit);
  add_live(registry, request, page);
  if (!store) return std::move(page).finish();

  unsigned partition = 0;
  if (after->size() >= 2) {
    partition = static_cast<unsigned char>((*after)[0]) * 256u + static_cast<unsigned char>((*after)[1]);
  }
  auto partial = store::partial_partitions(*store);
  if (!partial.ok()) return partial.error();
  for (; partition < kPartitions; ++partition) {
    if ((*partial)[partition]) continue;
    const auto id = static_cast<PartitionId>(partition);
    auto range = hosted ? store::actors_of(id, hosted->service.id) : store::partition_range(id);
    if (range.past <= *after) continue;
    if (range.first < *after) range.first = *after;
    if (!page.takes(range.first + '\0')) break;
    if (auto added = add_stored(registry, *store, range, request, page); !added.ok()) return added.error();
  }
  return std::move(page).finish();
}

}  // namespace troupe::inspect

#include "views/admin_log.h"

#include <gateway/audit/audit.capnp.h>
#include <topic/payload.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lists.h"
#include "views/time_rows.h"

namespace demo {

using troupe::Task;
using troupe::gateway::audit::AdminEvent;

namespace {

constexpr std::uint32_t kMostActs = 100;
constexpr std::uint32_t kActs = 20;
// Rows that one page looks at before it hands out what it has.
constexpr std::size_t kMostActsLookedAt = 5'000;
constexpr std::size_t kActRows = 500;
constexpr std::uint64_t kActsKept = 100'000;

}  // namespace

Task<> AdminLog::onActs(OnActsParams::Reader in, OnActsResults::Builder) {
  for (auto event : in.getEvents()) {
    if (to_string(event.getType()) != "AdminEvent") continue;
    troupe::topic::Payload<AdminEvent> act(event);
    acts().put(time_row(act->getAtMs(), time_row(event.getOffset(), {})), [&](auto row) {
      row.setAtMs(act->getAtMs());
      row.setWho(act->getWho());
      row.setService(act->getService());
      row.setMethod(act->getMethod());
      row.setKey(act->getKey());
      row.setOutcome(act->getOutcome());
      row.setCode(act->getCode());
      row.setStatus(act->getStatus());
      row.setTraceId(act->getTraceId());
      row.setAddress(act->getAddress());
      row.setGateway(act->getGateway());
    });
  }
  if (const auto kept = acts().count(); kept > kActsKept)
    (void)acts().erase_page({.limit = std::min<std::size_t>(kept - kActsKept, kActRows)});
  edit().setActs(state().getActs() + in.getEvents().size());
  co_return;
}

Task<> AdminLog::list(ListParams::Reader in, ListResults::Builder out) {
  const std::size_t limit = in.getLimit() == 0 ? kActs : std::min(in.getLimit(), kMostActs);
  std::vector<troupe::Table<shop::AdminAct>::Stored> found;
  std::string last = to_string(in.getBefore());
  std::size_t looked = 0;
  acts().for_each({.after = last, .backward = true, .limit = kActRows}, [&](const auto& row) {
    if (found.size() == limit || looked == kMostActsLookedAt) {
      out.setMore(true);
      return false;
    }
    ++looked;
    last = row.key;
    if (in.getWho().size() == 0 || row->getWho() == in.getWho()) found.push_back(row);
    return true;
  });
  auto list = out.initActs(static_cast<unsigned>(found.size()));
  for (unsigned i = 0; i < found.size(); ++i) list.setWithCaveats(i, *found[i]);
  out.setNext(to_data(last));
  co_return;
}

}  // namespace demo

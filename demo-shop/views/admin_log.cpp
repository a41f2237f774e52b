#include "views/admin_log.h"

#include <gateway/audit/audit.capnp.h>
#include <topic/payload.h>

#include <algorithm>
#include <string>

#include "found_page.h"
#include "lists.h"
#include "views/time_rows.h"

namespace demo {

using troupe::Task;
using troupe::gateway::audit::AdminEvent;

namespace {

constexpr std::uint32_t kMostActs = 100;
constexpr std::uint32_t kActs = 20;
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
  const auto found = find_page(
      acts(),
      {.after = to_string(in.getBefore()), .backward = true, .rows = page_size(in.getLimit(), kActs, kMostActs)},
      [&](shop::AdminAct::Reader act) { return in.getWho().size() == 0 || act.getWho() == in.getWho(); });
  found.fill(out.initActs(found.size()));
  out.setMore(found.more);
  out.setNext(to_data(found.last));
  co_return;
}

}  // namespace demo

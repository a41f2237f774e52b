// What a group is told: to subscribe, to go elsewhere, to pause; and what it tells about itself.
#include <chrono>
#include <utility>

#include "topic/group.h"
#include "topic/subscriber.h"
#include "topic/words.h"

namespace troupe::topic {

Task<> Group::subscribe(SubscribeParams::Reader in, SubscribeResults::Builder) {
  if (in.getGeneration() <= state().getGeneration()) co_return;
  if (state().getGeneration() == 0) {
    auto log = co_await partition().fetch([](auto) {});
    const bool at_end = in.getSubscription().getStart() == Subscription::Start::END;
    move_to(at_end ? log->getNext() : log->getFirst(), at_end ? log->getNextPosition() : 0);
  }
  edit().setSubscription(in.getSubscription());
  edit().setGeneration(in.getGeneration());
  method_.reset();
  page_.reset();
  if (pulls()) say_progress(false);
  co_await go_on();
}

Task<> Group::seek(SeekParams::Reader in, SeekResults::Builder out) {
  const Offset offset = co_await resolve(in.getTo());
  auto log = co_await partition().fetch([&](auto p) {
    p.setFrom(offset);
    p.setMaxEvents(1);
  });
  if (offset > log->getNext()) {
    throw Refusal("past_the_end", "partition " + partition_key(place_.topic, place_.partition) + " ends at offset " +
                                      std::to_string(log->getNext()) + "; " + std::to_string(offset) + " is past it");
  }
  const auto events = log->getEvents();
  const bool at_end = events.size() == 0;
  move_to(at_end ? log->getNext() : events[0].getOffset(), at_end ? log->getNextPosition() : events[0].getPosition());
  forget_failures();
  edit().setStopped(false);
  edit().setStoppedBy("");
  out.setOffset(state().getCommitted());
  if (pulls()) say_progress(false);
  co_await go_on();
}

Task<Offset> Group::resolve(TopicGroup::Place::Reader to) {
  if (to.isOffset()) co_return to.getOffset();
  if (to.isTimeMs()) {
    auto found = co_await partition().find([&](auto p) { p.setTimeMs(to.getTimeMs()); });
    co_return found->getOffset();
  }
  auto log = co_await partition().fetch([](auto) {});
  co_return to.isBeginning() ? log->getFirst() : log->getNext();
}

// Answers of what is under way do not count any more.
void Group::move_to(Offset offset, std::uint64_t position) {
  auto root = edit();
  root.setEpoch(root.getEpoch() + 1);
  root.setPartsOut(0);
  root.setCommitted(offset);
  root.setPosition(position);
  root.setRoundEnd(offset);
  root.setRoundEndPosition(position);
  page_.reset();
}

Task<> Group::pause(PauseParams::Reader, PauseResults::Builder) {
  edit().setPaused(true);
  say_progress(false);
  co_return;
}

Task<> Group::commit(CommitParams::Reader in, CommitResults::Builder) {
  if (state().getGeneration() == 0 || !pulls())
    throw Refusal("not_by_hand", "group " + std::string(key()) + " is not one that fetches and commits by itself");
  if (in.getOffset() <= state().getCommitted()) co_return;
  auto log = co_await partition().fetch([&](auto p) {
    p.setFrom(in.getOffset());
    p.setMaxEvents(1);
  });
  if (in.getOffset() > log->getNext()) {
    throw Refusal("past_the_end", "partition " + partition_key(place_.topic, place_.partition) + " ends at offset " +
                                      std::to_string(log->getNext()) + "; " + std::to_string(in.getOffset()) +
                                      " cannot be committed");
  }
  const auto events = log->getEvents();
  edit().setCommitted(in.getOffset());
  edit().setRoundEnd(in.getOffset());
  edit().setPosition(events.size() > 0 ? events[0].getPosition() : log->getNextPosition());
}

Task<> Group::drop(DropParams::Reader, DropResults::Builder) {
  co_await partition().unfollow([&](auto p) { p.setGroup(place_.group); });
  page_.reset();
  erase_everything();
}

Task<> Group::status(StatusParams::Reader, StatusResults::Builder out) {
  const auto now_state = state();
  auto there = co_await partition().status([&](auto p) { p.setAt(now_state.getCommitted()); });
  auto status = out.initStatus();
  status.setGroup(place_.group);
  status.setPartition(place_.partition);
  status.setCommitted(now_state.getCommitted());
  const Offset next = there->getStatus().getNext();
  const bool behind = next > now_state.getCommitted();
  status.setLagEvents(behind ? next - now_state.getCommitted() : 0);
  const auto now_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch()).count());
  if (behind && there->getTimeAtMs() > 0 && now_ms > there->getTimeAtMs())
    status.setLagMs(now_ms - there->getTimeAtMs());
  status.setUnderWay(now_state.getPartsOut() > 0 ? now_state.getRoundEnd() - now_state.getCommitted() : 0);
  status.setStoppedBy(now_state.getStoppedBy());
  status.setCounts(now_state.getCounts());
  status.setDeadEvents(table<DeadEvent>("dead").count());
  const auto failed = table<FailedPart>("failed").page({.limit = 1});
  if (now_state.getStopped() && !failed.empty() && failed[0]->getPoisoned() > 0)
    status.setPoisonedOffset(failed[0]->getPoisoned() - 1);
  status.setStatus(now_state.getStopped()  ? "stopped"
                   : now_state.getPaused() ? "paused"
                   : pulls()               ? "pulls"
                   : behind                ? "delivering"
                                           : "caught_up");
}

}  // namespace troupe::topic

#include "crash/storm/tills.h"

#include <string>

#include "crash/stages.h"
#include "crash/storm/mischief.h"
#include "crash/storm/news.h"
#include "topic/publishing.h"

namespace troupe::storm {
namespace {

using crash::come_to;

std::uint64_t ms(std::chrono::system_clock::time_point time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

constexpr std::string_view kPulse = "pulse";

class TillRole final : public topic::Publishing<TillActor> {
  // --- what the driver asks for ---

  Task<> pay(PayParams::Reader in, PayResults::Builder) override {
    come_to("begins");
    unsigned i = 0;
    for (auto to : in.getTo())
      send(text(in.getId()) + "/" + std::to_string(i++), text(to), in.getAmount(), in.getAsk());
    come_to("paid");
    stumble();
    co_return;
  }
  Task<> hand(HandParams::Reader in, HandResults::Builder) override {
    const auto id = text(in.getId());
    const auto to = text(in.getTo());
    const auto amount = in.getAmount();
    write_down_sent(id, to, amount, 0);
    co_await ref<Till>(to).take([&](auto p) { p.setId(id), p.setFrom(own_key()), p.setAmount(amount); });
    come_to("nested");
    stumble();
  }
  Task<> alarm(AlarmParams::Reader in, AlarmResults::Builder) override {
    const auto id = text(in.getId());
    const auto due = now() + std::chrono::milliseconds(in.getDelayMs());
    if (auto old = table<Row>("alarms").get(id); old && (*old)->getTimes() > 0) co_return;
    table<Row>("alarms").put(id, [&](Row::Builder row) {
      row.setPeer(in.getTo());
      row.setAmount(in.getAmount());
      row.setDueMs(ms(due));
    });
    remind_at(id, due);
    come_to("edited");
  }
  Task<> silence(SilenceParams::Reader in, SilenceResults::Builder out) override {
    const auto id = text(in.getId());
    table<Row>("alarms").edit(id, [&](Row::Builder row) {
      out.setRang(row.getTimes() > 0);
      if (row.getTimes() == 0) row.setText("silenced");
    });
    cancel_reminder(id);
    co_return;
  }
  Task<> pulse(PulseParams::Reader in, PulseResults::Builder) override {
    auto edited = edit();
    edited.setPulsePeriodMs(in.getPeriodMs());
    edited.setPulseTo(in.getTo());
    edited.setPulseDueMs(in.getPeriodMs() == 0 ? 0 : ms(now()) + in.getPeriodMs());
    if (in.getPeriodMs() == 0) {
      cancel_reminder(kPulse);
    } else {
      remind_every(kPulse, std::chrono::milliseconds(in.getPeriodMs()));
    }
    co_return;
  }
  Task<> note(NoteParams::Reader in, NoteResults::Builder) override {
    table<Row>("notes").edit(text(in.getKey()), [&](Row::Builder row) {
      row.setText(in.getText());
      row.setTimes(row.getTimes() + 1);
    });
    come_to("edited");
    co_return;
  }
  Task<> forget(ForgetParams::Reader in, ForgetResults::Builder out) override {
    if (!table<Row>("notes").erase(text(in.getKey()))) fault("nothing to forget", text(in.getKey()));
    out.setLeft(table<Row>("notes").count());
    co_return;
  }
  Task<> close(CloseParams::Reader in, CloseResults::Builder) override {
    edit().setClosed(in.getClosed());
    co_return;
  }

  Task<> announce(AnnounceParams::Reader in, AnnounceResults::Builder) override {
    const auto event_key = text(in.getEventKey());
    std::uint64_t number = 0;
    table<Row>("numbers").edit("news " + event_key, [&](Row::Builder row) {
      number = row.getNumber() + 1;
      row.setNumber(number);
    });
    publish<Row>(kNews, event_key, [&](Row::Builder event) {
      event.setPeer(own_key());
      event.setNumber(number);
      event.setText(in.getId());
    });
    come_to("paid");
    stumble();
    co_return;
  }

  // --- what comes from sagas ---

  Task<> move(MoveParams::Reader in, MoveResults::Builder) override {
    const auto amount = in.getAmount();
    if (amount >= 0 && state().getClosed()) throw Refusal("closed", "this till is closed");
    table<Row>("trips").edit(text(in.getId()), [&](Row::Builder row) {
      if (row.getTimes() > 0) fault("moved twice", text(in.getId()));
      row.setTimes(row.getTimes() + 1);
      row.setAmount(amount);
    });
    edit().setBalance(state().getBalance() + amount);
    come_to("edited");
    stumble();
    co_return;
  }
  Task<> unmove(UnmoveParams::Reader in, UnmoveResults::Builder) override {
    std::int64_t amount = 0;
    table<Row>("trips").edit(text(in.getId()), [&](Row::Builder row) {
      if (row.getTimes() != 1 || row.getNumber() > 0) fault("undone, and not done once", text(in.getId()));
      row.setNumber(row.getNumber() + 1);
      amount = row.getAmount();
    });
    edit().setBalance(state().getBalance() - amount);
    come_to("edited");
    stumble();
    co_return;
  }

  // --- what comes from other tills ---

  Task<> receive(ReceiveParams::Reader in, ReceiveResults::Builder out) override {
    if (in.getAsk() && state().getClosed()) throw Refusal("closed", "this till is closed");
    const auto from = text(in.getFrom());
    const auto last = table<Row>("marks").get(from);
    if (last && (*last)->getNumber() >= in.getNumber())
      fault("out of order", text(in.getId()) + " after number " + std::to_string((*last)->getNumber()));
    table<Row>("marks").put(from, [&](Row::Builder row) { row.setNumber(in.getNumber()); });
    write_down_received(text(in.getId()), from, in.getAmount(), in.getNumber());
    out.setBalance(state().getBalance());
    come_to("received");
    stumble();
    co_return;
  }
  Task<> take(TakeParams::Reader in, TakeResults::Builder) override {
    write_down_received(text(in.getId()), text(in.getFrom()), in.getAmount(), 0);
    come_to("received");
    co_return;
  }

  // --- what the runtime brings ---

  Task<> on_answer(const Answer& answer) override {
    const std::string id(answer.tag);
    const bool refused = answer.error != nullptr;
    if (refused && answer.error->kind() != ErrorKind::refused) fault("given up", id + ": " + answer.error->what());
    std::int64_t amount = 0;
    const bool known = table<Row>("sent").edit(id, [&](Row::Builder row) {
      row.setTimes(row.getTimes() + 1);
      row.setText(refused ? "refused" : "taken");
      amount = row.getAmount();
    });
    if (!known) fault("an answer to nothing", id);
    edit().setHeard(state().getHeard() + 1);
    if (refused) {
      edit().setRefused(state().getRefused() + 1);
      edit().setBalance(state().getBalance() + amount);
    }
    come_to("heard");
    stumble();
    co_return;
  }
  Task<> on_reminder(std::string_view name) override {
    if (name == kPulse) {
      fire_pulse();
    } else {
      ring(std::string(name));
    }
    come_to("rang");
    stumble();
    co_return;
  }
  void fire_pulse() {
    const std::uint64_t due = state().getPulseDueMs(), period = state().getPulsePeriodMs(), at = ms(now());
    if (period == 0) return fault("a pulse after its end", own_key());
    if (at < due) fault("a pulse too early", std::to_string(due - at) + " ms");
    auto edited = edit();
    edited.setPulses(edited.getPulses() + 1);
    edited.setPulseDueMs(due + period);  // at the earliest
    send(own_key() + "#" + std::to_string(edited.getPulses()), text(state().getPulseTo()), 1, false);
  }
  void ring(const std::string& id) {
    std::string to;
    std::int64_t amount = 0;
    const bool known = table<Row>("alarms").edit(id, [&](Row::Builder row) {
      if (row.getText() == "silenced") fault("rang though silenced", id);
      if (ms(now()) < row.getDueMs()) fault("rang too early", id);
      if (row.getTimes() > 0) fault("rang twice", id);
      row.setTimes(row.getTimes() + 1);
      to = text(row.getPeer());
      amount = row.getAmount();
    });
    if (!known) return fault("rang for nothing", id);
    send(id, to, amount, false);
  }

  // --- for the auditor ---

  Task<> summary(SummaryParams::Reader, SummaryResults::Builder out) override {
    out.setBalance(state().getBalance());
    out.setPulses(state().getPulses());
    out.setSent(table<Row>("sent").count());
    out.setReceived(table<Row>("received").count());
    out.setAlarms(table<Row>("alarms").count());
    out.setNotes(table<Row>("notes").count());
    out.setFaults(table<Row>("faults").count());
    out.setHeard(state().getHeard());
    out.setRefused(state().getRefused());
    co_return;
  }
  Task<> rows(RowsParams::Reader in, RowsResults::Builder out) override {
    const bool more = give_rows(table<Row>(text(in.getTable())), text(in.getAfter()),
                                [&](unsigned size) { return out.initEntries(size); });
    out.setMore(more);
    co_return;
  }

  // --- its own ---

  [[nodiscard]] std::string own_key() const { return std::string(key()); }

  void send(const std::string& id, const std::string& to, std::int64_t amount, bool ask) {
    std::uint64_t number = 0;
    table<Row>("numbers").edit(to, [&](Row::Builder row) {
      number = row.getNumber() + 1;
      row.setNumber(number);
    });
    write_down_sent(id, to, amount, number);
    ref<Till>(to).send_receive(
        [&](auto p) {
          p.setId(id);
          p.setFrom(own_key());
          p.setNumber(number);
          p.setAmount(amount);
          p.setAsk(ask);
        },
        {.answer = ask ? std::string_view(id) : std::string_view()});
  }
  void write_down_sent(const std::string& id, const std::string& to, std::int64_t amount, std::uint64_t number) {
    if (table<Row>("sent").contains(id)) fault("sent twice", id);
    table<Row>("sent").put(id, [&](Row::Builder row) {
      row.setPeer(to);
      row.setAmount(amount);
      row.setNumber(number);
    });
    edit().setBalance(state().getBalance() - amount);
  }
  void write_down_received(const std::string& id, const std::string& from, std::int64_t amount, std::uint64_t number) {
    if (table<Row>("received").contains(id)) fault("received twice", id);
    table<Row>("received").put(id, [&](Row::Builder row) {
      row.setPeer(from);
      row.setAmount(amount);
      row.setNumber(number);
    });
    edit().setBalance(state().getBalance() + amount);
  }
  void fault(const std::string& what, const std::string& about) {
    const auto number = table<Row>("faults").count();
    table<Row>("faults").put(std::to_string(number), [&](Row::Builder row) { row.setText(what + ": " + about); });
  }
};

}  // namespace

void host_tills(Node& node) { node.host<TillRole>(); }

void host_cast(Node& node) {
  host_tills(node);
  host_listeners(node);
}

}  // namespace troupe::storm

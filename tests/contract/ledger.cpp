#include "contract/ledger.h"

#include <string>
#include <vector>

#include "contract/cast.h"

namespace troupe::contract {
namespace {

class LedgerRole final : public LedgerActor {
  Task<> enter(EnterParams::Reader in, EnterResults::Builder out) override {
    const auto amount = in.getAmount();
    if (amount == 13 && !state().getLenient()) throw Refusal("unlucky", "no ledger takes 13");
    if (amount == 666) throw std::logic_error("the test wants a crash");
    append(amount);
    out.setCount(state().getEntries().size());
    co_return;
  }
  Task<> entries(EntriesParams::Reader, EntriesResults::Builder out) override {
    out.setAmounts(state().getEntries());
    co_return;
  }
  Task<> beLenient(BeLenientParams::Reader, BeLenientResults::Builder) override {
    edit().setLenient(true);
    co_return;
  }
  Task<> enterAround(EnterAroundParams::Reader in, EnterAroundResults::Builder) override {
    co_await ref<Latch>(text(in.getLatch())).pass();
    append(in.getAmount());
  }

  void append(std::int64_t amount) {
    const auto old = state().getEntries();
    std::vector<std::int64_t> all;
    for (const auto entry : old) all.push_back(entry);
    all.push_back(amount);
    auto entries = edit().initEntries(static_cast<unsigned>(all.size()));
    for (unsigned i = 0; i < all.size(); ++i) entries.set(i, all[i]);
  }
};

class PosterRole final : public PosterActor {
  Task<> post(PostParams::Reader in, PostResults::Builder) override {
    for (const auto amount : in.getAmounts())
      ref<Ledger>(text(in.getTo())).send_enter([&](auto p) { p.setAmount(amount); });
    edit().setPosted(state().getPosted() + in.getAmounts().size());
    end_as_told(text(in.getEnding()));
    co_return;
  }
  Task<> ask(AskParams::Reader in, AskResults::Builder) override {
    for (const auto amount : in.getAmounts())
      ref<Ledger>(text(in.getTo()))
          .send_enter([&](auto p) { p.setAmount(amount); }, {.answer = std::to_string(amount)});
    co_return;
  }
  Task<> on_answer(const Answer& answer) override {
    std::vector<std::string> all;
    for (auto heard : state().getAnswers()) all.push_back(text(heard));
    all.push_back(std::string(answer.tag) + ": " +
                  (answer.error ? std::string(to_string(answer.error->kind()))
                                : std::to_string(answer.results.getAs<Ledger::EnterResults>().getCount())));
    auto answers = edit().initAnswers(static_cast<unsigned>(all.size()));
    for (unsigned i = 0; i < all.size(); ++i) answers.set(i, all[i]);
    co_return;
  }
  Task<> posted(PostedParams::Reader, PostedResults::Builder out) override {
    out.setCount(state().getPosted());
    co_return;
  }
  Task<> answers(AnswersParams::Reader, AnswersResults::Builder out) override {
    out.setAnswers(state().getAnswers());
    co_return;
  }
  Task<> postReadOnly(PostReadOnlyParams::Reader in, PostReadOnlyResults::Builder) override {
    ref<Ledger>(text(in.getTo())).send_enter([](auto p) { p.setAmount(1); });
    co_return;
  }
  Task<> postNothing(PostNothingParams::Reader in, PostNothingResults::Builder) override {
    ref<Ledger>(text(in.getTo())).send_entries();
    co_return;
  }
  Task<> postAround(PostAroundParams::Reader in, PostAroundResults::Builder) override {
    ref<Ledger>(text(in.getTo())).send_enter([&](auto p) { p.setAmount(in.getAmount()); });
    co_await ref<Latch>(text(in.getLatch())).pass();
  }
  Task<> postNowhere(PostNowhereParams::Reader, PostNowhereResults::Builder) override {
    ref<Stranger>("s").send_greet();
    co_return;
  }
  Task<> forgetAll(ForgetAllParams::Reader, ForgetAllResults::Builder) override {
    erase_everything();
    co_return;
  }
};

}  // namespace

void host_ledgers(Node& node) {
  node.host<LedgerRole>();
  node.host<PosterRole>();
}

}  // namespace troupe::contract

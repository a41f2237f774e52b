// What a program may write, and, with WRONG, what it may not: a line with a "says" behind it does not compile, and the
// compiler says that (use_test.py).
#include <saga/saga.h>
#include <topic/publishing.h>
#include <troupe/node.h>
#include <troupe/table.h>

#include <string>

#include "use.capnp.troupe.h"

namespace saga = troupe::saga;
using namespace std::chrono_literals;

class Board final : public saga::Saga<use::BoardActor> {
  troupe::Task<> bids(BidsParams::Reader, BidsResults::Builder) override { co_return; }
  troupe::Task<> title(TitleParams::Reader, TitleResults::Builder out) override {
    auto rows = table<use::BoardState>("rows");
    if (auto row = rows.get("a")) out.setTitle((*row)->getTitle());
    const auto scores = table<use::Score>("scores");
    out.setTitle(scores.page().back()->getPoints() > 0 ? "some" : "none");
#ifdef WRONG
    out.setTitle((*rows.get("a"))->getTitle());  // says: gone at the end of the statement
#endif
    co_return;
  }
  troupe::Task<> total(TotalParams::Reader, TotalResults::Builder out) override {
    out.setTotal((co_await ref<use::Board>("a").total())->getTotal());
    auto call = ref<use::Board>("b").first();
    out.setTotal((co_await std::move(call))->getValue());
#ifdef WRONG
    auto named = ref<use::Board>("b").second();
    co_await named;  // says: a call is waited for once
#endif
  }
  troupe::Task<> first(FirstParams::Reader, FirstResults::Builder) override { co_return; }
  troupe::Task<> second(SecondParams::Reader, SecondResults::Builder) override { co_return; }
  troupe::Task<> third(ThirdParams::Reader, ThirdResults::Builder) override { co_return; }

  saga::Flow<> run() override {
    auto plain = step("plain", [] {});
    plain.retry({.attempts = 3});
    plain.deadline(5s);
    plain.compensate([] {});
    co_await plain;
    auto bringing = step<use::Score>("bringing", [note = std::string("x")](auto out) { out.setPoints(1); });
    bringing.deadline(5s);
    const auto points = (co_await bringing)->getPoints();
    auto nap = sleep(std::chrono::milliseconds(points));
    co_await nap;
    auto signed_off = signal("signed off");
    signed_off.within(1h);
    co_await signed_off;
    auto a = step("a", [] {});
    auto b = step("b", [] {}).deadline(1s).compensate([] {});
    auto both = all(a, b);
    co_await both;
#ifdef WRONG
    const auto title = (co_await step<use::BoardState>("title", [](auto) {}))->getTitle();  // says: gone at the end of
#endif
  }
};

std::int64_t from_outside(troupe::Node& node) {
  node.host<Board>();
  auto board = node.ref<use::Board>("a");
  const auto total = board.total().get()->getTotal();
  const auto reply = board.bids().get(1s);
  std::int64_t sum = total;
  for (const auto bid : reply->getBids()) sum += bid;
  sum += at_once(board.bids().get())->getBids().size();
  auto call = board.first();
  sum += std::move(call).get()->getValue();
#ifdef WRONG
  for (const auto bid : board.bids().get()->getBids()) sum += bid;  // says: gone at the end of the statement
  const auto reader = *board.third().get();                         // says: gone at the end of the statement
  auto named = board.first();
  sum += named.get()->getValue();   // says: a call is waited for once
  (void)node.ref<Board>("a");       // says: addressed by its interface, not by its class
  (void)node.ref<use::Score>("a");  // says: is no service that is known here
  node.host<use::Board>();          // says: hosted by its class, not by its interface
#endif
  return sum;
}

#ifdef WRONG
troupe::saga::Saga<use::Board>* of_an_interface(troupe::saga::Saga<use::Board>* it) {
  it->start();  // says: a saga derives from the class that is generated
  return it;
}
#endif

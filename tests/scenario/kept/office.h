// A node with senders and boxes, its admin API and the tool.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "parcels.capnp.troupe.h"
#include "support/command_line.h"
#include "support/scratch_directory.h"
#include "troupe/node.h"
#include "troupe/table.h"
#include "troupe/testing.h"

namespace parcels {

using namespace std::chrono_literals;
using nlohmann::json;
using troupe::testing::tool;

class SenderRole final : public SenderActor {
  troupe::Task<> send(SendParams::Reader in, SendResults::Builder out) override {
    ref<Box>(in.getTo().cStr()).send_take([&](auto p) { p.setWeight(in.getWeight()); });
    edit().setSent(state().getSent() + 1);
    out.setSent(state().getSent());
    co_return;
  }
  troupe::Task<> note(NoteParams::Reader in, NoteResults::Builder) override {
    edit().setNote(in.getText());
    if (in.getEnding() == "refuse") throw troupe::Refusal("told", "as told");
    if (in.getEnding() == "crash") throw std::runtime_error("as told");
    co_return;
  }
  troupe::Task<> look(LookParams::Reader, LookResults::Builder out) override {
    out.setSent(state().getSent());
    out.setNote(state().getNote());
    co_return;
  }
  troupe::Task<> remind(RemindParams::Reader in, RemindResults::Builder) override {
    if (in.getEveryMs() > 0) {
      remind_every(in.getName().cStr(), std::chrono::milliseconds(in.getEveryMs()));
    } else {
      remind_in(in.getName().cStr(), std::chrono::milliseconds(in.getInMs()));
    }
    co_return;
  }
  troupe::Task<> list(ListParams::Reader in, ListResults::Builder) override {
    auto slips = table<Slip>("slips");
    for (std::uint64_t n = in.getFirst(); n < in.getFirst() + in.getCount(); ++n) {
      std::string key;
      for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(n >> shift & 0xff));
      slips.put(key, [&](auto slip) { slip.setTo("box"), slip.setWeight(static_cast<std::uint32_t>(n)); });
    }
    table<Slip>("last").put("slip", [&](auto slip) { slip.setWeight(in.getCount()); });
    co_return;
  }
  troupe::Task<> on_reminder(std::string_view name) override {
    if (name == "bad") throw std::runtime_error("a bad reminder");
    edit().setNote(std::string(name));
    co_return;
  }
};

class BoxRole final : public BoxActor {
  troupe::Task<> take(TakeParams::Reader in, TakeResults::Builder) override {
    if (in.getWeight() > 10 && !state().getLenient()) throw troupe::Refusal("too_heavy", "that is too heavy");
    std::vector<std::uint32_t> weights;
    for (const auto weight : state().getWeights()) weights.push_back(weight);
    weights.push_back(in.getWeight());
    auto list = edit().initWeights(static_cast<unsigned>(weights.size()));
    for (unsigned i = 0; i < weights.size(); ++i) list.set(i, weights[i]);
    co_return;
  }
  troupe::Task<> beLenient(BeLenientParams::Reader, BeLenientResults::Builder) override {
    edit().setLenient(true);
    co_return;
  }
  troupe::Task<> taken(TakenParams::Reader, TakenResults::Builder out) override {
    out.setWeights(state().getWeights());
    co_return;
  }
};

class SafeRole final : public SafeActor {
  troupe::Task<> lock(LockParams::Reader in, LockResults::Builder out) override {
    edit().setOwner(in.getOwner());
    edit().setPin(in.getPin());
    table<Coin>("coins").put("coin", [&](auto coin) { coin.setWorth(5), coin.setMark(in.getPin()); });
    out.setOwner(in.getOwner());
    out.setPin(in.getPin());
    co_return;
  }
  troupe::Task<> pin(PinParams::Reader, PinResults::Builder out) override {
    out.setPin(state().getPin());
    co_return;
  }
  troupe::Task<> send(SendParams::Reader in, SendResults::Builder) override {
    ref<Safe>(in.getTo().cStr()).send_open([&](auto p) { p.setOwner("ann"), p.setPin(in.getPin()); });
    co_return;
  }
  troupe::Task<> open(OpenParams::Reader, OpenResults::Builder) override { throw troupe::Refusal("no", "not today"); }
};

// Whose actors give up after three tries.
class Office {
 public:
  explicit Office(std::uint32_t tries = 3, troupe::RestartPolicy restart = {}) : tries_(tries), restart_(restart) {
    start();
  }

  void start() {
    troupe::NodeConfig config;
    config.name = "office";
    config.data_dir = folder / "office";
    config.restart = restart_;
    config.delivery = {.tries = tries_, .backoff = 2ms, .max_backoff = 10ms};
    node = std::make_unique<troupe::Node>(config);
    node->host<SenderRole>().host<BoxRole>().host<SafeRole>();
    node->start();
  }
  void stop() { node.reset(); }
  void restart() { stop(), start(); }

  void send(const std::string& from, const std::string& to, std::uint32_t weight) const {
    (void)node->ref<Sender>(from).send([&](auto p) { p.setTo(to), p.setWeight(weight); }).get(10s);
  }
  void note(const std::string& sender, const std::string& text, const std::string& ending = "") const {
    (void)node->ref<Sender>(sender).note([&](auto p) { p.setText(text), p.setEnding(ending); }).get(10s);
  }
  void list(const std::string& sender, std::uint64_t first, std::uint32_t count) const {
    (void)node->ref<Sender>(sender).list([&](auto p) { p.setFirst(first), p.setCount(count); }).get(60s);
  }
  void remind(const std::string& sender, const std::string& name, std::uint64_t in_ms,
              std::uint64_t every_ms = 0) const {
    (void)node->ref<Sender>(sender)
        .remind([&](auto p) { p.setName(name), p.setInMs(in_ms), p.setEveryMs(every_ms); })
        .get(10s);
  }
  [[nodiscard]] std::vector<std::uint32_t> taken(const std::string& box) const {
    std::vector<std::uint32_t> out;
    auto reply = node->ref<Box>(box).taken().get(10s);
    for (const auto weight : reply->getWeights()) out.push_back(weight);
    return out;
  }
  void be_lenient(const std::string& box) const { (void)node->ref<Box>(box).beLenient().get(10s); }

  [[nodiscard]] json get(const std::string& path) const { return json::parse(node->admin("GET", path, "").second); }
  [[nodiscard]] std::pair<int, json> post(const std::string& path) const {
    const auto [status, text] = node->admin("POST", path, "");
    return {status, json::parse(text)};
  }
  [[nodiscard]] std::string place() const { return (folder / "office").string(); }

  troupe::testing::ScratchDirectory folder;
  std::unique_ptr<troupe::Node> node;

 private:
  std::uint32_t tries_;
  troupe::RestartPolicy restart_;
};

[[nodiscard]] inline bool eventually(const std::function<bool()>& holds) {
  return troupe::testing::eventually(holds, 20s);
}

}  // namespace parcels

#include "contract/sentry.h"

#include <troupe/actor.h>

#include <chrono>
#include <stdexcept>

#include "contract/distance.h"

namespace troupe::contract {
namespace {

class SentryRole final : public SentryActor {
  RefBase named(const std::string& actor) const {
    const auto slash = actor.find('/');
    return ref(actor.substr(0, slash), actor.substr(slash + 1));
  }

  // What was said to that actor before has arrived when it answers. Nobody stays nobody.
  Task<> arrived_at(std::string actor) {
    if (!actor.starts_with("Sentry/") || actor == "Sentry/nobody") co_return;
    auto call = ref<Sentry>(actor.substr(7)).downs();
    co_await std::move(call);
  }

  Task<> watch(WatchParams::Reader in, WatchResults::Builder out) override {
    out.setMonitor(monitor(named(text(in.getActor()))));
    auto arrived = arrived_at(text(in.getActor()));
    co_await std::move(arrived);
  }
  Task<> unwatch(UnwatchParams::Reader in, UnwatchResults::Builder) override {
    demonitor(in.getMonitor());
    co_return;
  }
  Task<> linkTo(LinkToParams::Reader in, LinkToResults::Builder) override {
    link(named(text(in.getActor())));
    auto arrived = arrived_at(text(in.getActor()));
    co_await std::move(arrived);
  }
  Task<> unlinkFrom(UnlinkFromParams::Reader in, UnlinkFromResults::Builder) override {
    unlink(named(text(in.getActor())));
    auto arrived = arrived_at(text(in.getActor()));
    co_await std::move(arrived);
  }
  Task<> trap(TrapParams::Reader in, TrapResults::Builder) override {
    trap_links(in.getOn());
    co_return;
  }
  Task<> on_down(const Down& down) override {
    downs_.push_back(down.actor + " " + std::string(to_string(down.reason)) + (down.linked() ? " linked" : ""));
    co_return;
  }
  Task<> downs(DownsParams::Reader, DownsResults::Builder out) override {
    auto list = out.initDowns(static_cast<unsigned>(downs_.size()));
    for (unsigned i = 0; i < downs_.size(); ++i) list.set(i, downs_[i]);
    co_return;
  }
  Task<> crash(CrashParams::Reader, CrashResults::Builder) override {
    throw std::runtime_error("the test wants a crash");
  }
  Task<> touch(TouchParams::Reader, TouchResults::Builder out) override {
    out.setTimes(++touched_);
    co_return;
  }
  Task<> watchMany(WatchManyParams::Reader in, WatchManyResults::Builder out) override {
    try {
      for (std::uint32_t i = 1; i <= in.getCount(); ++i) {
        (void)monitor(named(text(in.getActor()) + (in.getNumbered() ? std::to_string(i) : "")));
        out.setMonitors(i);
      }
    } catch (const Error& error) {
      out.setError(error.what());
    }
    co_return;
  }
  Task<> mark(MarkParams::Reader, MarkResults::Builder) override {
    edit().setEdits(state().getEdits() + 1);
    co_return;
  }

  std::vector<std::string> downs_;
  std::uint64_t touched_ = 0;
};

std::uint64_t number_in(const std::string& json, const std::string& name) {
  const auto at = json.find("\"" + name + "\":");
  return at == std::string::npos ? ~std::uint64_t{0} : std::stoull(json.substr(at + name.size() + 3));
}

}  // namespace

void host_sentries(Node& node) { node.host<SentryRole>(); }

std::uint64_t watch(Node& node, const std::string& sentry, const std::string& actor) {
  return node.ref<Sentry>(sentry).watch([&](auto p) { p.setActor(actor); }).get()->getMonitor();
}
void link(Node& node, const std::string& sentry, const std::string& actor) {
  (void)node.ref<Sentry>(sentry).linkTo([&](auto p) { p.setActor(actor); }).get();
}
void touch(Node& node, const std::string& sentry) { (void)node.ref<Sentry>(sentry).touch().get(); }
void crash(Node& node, const std::string& sentry) {
  CHECK(error_of([&] { return node.ref<Sentry>(sentry).crash().get(); }).kind() == ErrorKind::failed);
}

std::vector<std::string> downs(Node& node, const std::string& sentry) {
  std::vector<std::string> out;
  auto reply = node.ref<Sentry>(sentry).downs().get();
  for (const auto down : reply->getDowns()) out.push_back(text(down));
  return out;
}

std::vector<std::string> wait_for_downs(Node& node, const std::string& sentry, std::size_t count) {
  CHECK(eventually([&] { return downs(node, sentry).size() >= count; }));
  return downs(node, sentry);
}

Watches watches(Node& owner, const std::string& sentry) {
  const std::string json = owner.admin("GET", "/actors/Sentry/" + sentry, "").second;
  return {number_in(json, "monitors"), number_in(json, "watchers")};
}

}  // namespace troupe::contract

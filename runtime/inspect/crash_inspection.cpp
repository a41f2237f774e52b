#include "inspect/crash_inspection.h"

#include <future>

#include "actor/activation.h"
#include "actor/registry.h"
#include "inspect/frame_text.h"

namespace troupe::inspect {
namespace {

// A quarantined activation has nothing to do but to answer.
constexpr std::chrono::seconds kQuarantinedAnswersWithin{1};
constexpr std::size_t kPage = 1'000;

class EndQuarantine final : public actor::Control {
 public:
  std::future<bool> answer() { return promise_.get_future(); }
  void act(actor::Activation& activation) noexcept override {
    promise_.set_value(activation.end_quarantine());
    delete this;
  }
  void discard() noexcept override {
    promise_.set_value(false);  // it has stopped
    delete this;
  }

 private:
  std::promise<bool> promise_;
};

bool end(const actor::Quarantine& entry) {
  auto activation = actor::Registry::activation_of(*entry.address);
  if (!activation) return false;
  auto* mail = new EndQuarantine;
  auto answer = mail->answer();
  if (!activation->post(mail)) mail->discard();
  return answer.wait_for(kQuarantinedAnswersWithin) == std::future_status::ready && answer.get();
}

CrashView view_of(const actor::CrashReport& report) {
  CrashView view;
  view.actor = report.actor;
  view.at_ms = report.at_ms;
  view.cause = to_string(report.cause);
  view.method = report.method;
  if (report.request.is_set()) view.request = report.request.text();
  view.message = report.what;
  view.outcome = !report.restart ? "quarantined" : report.after.count() > 0 ? "delayed" : "restarted";
  view.trace = frames_text(report.trace);
  view.after_ms = static_cast<std::uint64_t>(report.after.count());
  return view;
}

}  // namespace

std::vector<CrashView> CrashInspection::restarts(const std::string& actor, std::size_t limit) {
  std::vector<CrashView> out;
  for (const auto& report : actor.empty() ? context_.crashes.newest(limit) : context_.crashes.of(actor)) {
    if (out.size() == limit) break;
    out.push_back(view_of(*report));
  }
  return out;
}

std::vector<QuarantineView> CrashInspection::quarantined(const std::string& after, std::size_t limit) {
  std::vector<QuarantineView> out;
  for (auto& entry : context_.crashes.quarantined(after, limit))
    out.push_back({entry.actor, entry.since_ms, entry.until_ms, entry.why, entry.last_crash});
  return out;
}

std::size_t CrashInspection::end_quarantine(const std::string& actor) {
  if (!actor.empty()) {
    const auto entry = context_.crashes.quarantine_of(actor);
    return entry && end(*entry) ? 1 : 0;
  }
  std::size_t ended = 0;
  std::string after;
  for (;;) {
    const auto page = context_.crashes.quarantined(after, kPage);
    for (const auto& entry : page) ended += end(entry) ? 1 : 0;
    if (page.size() < kPage) return ended;
    after = page.back().actor;
  }
}

}  // namespace troupe::inspect

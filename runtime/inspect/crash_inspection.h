// What the debug tool sees of a node's crashes: the crash book, put in words.
#pragma once

#include "actor/context.h"
#include "observe/crash_source.h"

namespace troupe::inspect {

class CrashInspection final : public observe::CrashSource {
 public:
  explicit CrashInspection(actor::Context& context) : context_(context) {}

  std::vector<CrashView> restarts(const std::string& actor, std::size_t limit) override;
  std::vector<QuarantineView> quarantined(const std::string& after, std::size_t limit) override;
  std::size_t end_quarantine(const std::string& actor) override;

 private:
  actor::Context& context_;
};

}  // namespace troupe::inspect

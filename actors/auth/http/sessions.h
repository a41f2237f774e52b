// The actor that keeps the log-ins of browsers: hashes of what they have, and until when.
#pragma once

#include <string>
#include <string_view>

#include "auth/http/sessions.capnp.troupe.h"
#include "auth/sweeping.h"

namespace troupe::auth::web {

class BrowserSessionsRole final : public Sweeping<BrowserSessionsActor> {
 private:
  Task<> open(OpenParams::Reader in, OpenResults::Builder out) override;
  Task<> resume(ResumeParams::Reader in, ResumeResults::Builder out) override;
  Task<> end(EndParams::Reader in, EndResults::Builder out) override;
  Task<> endAll(EndAllParams::Reader in, EndAllResults::Builder out) override;
  Task<> on_reminder(std::string_view name) override;

  // The row's key; throws `invalid` for a place that is another actor's, or what is no hash.
  [[nodiscard]] std::string row_of(capnp::Text::Reader place, capnp::Data::Reader hash) const;
  void make_room(const std::string& place);
};

}  // namespace troupe::auth::web

#include "dashboard/dashboard.h"

#include <algorithm>

#include "dashboard/admission.h"
#include "dashboard/board.h"
#include "dashboard/limits.h"
#include "dashboard/sessions.h"

namespace troupe::dashboard {
namespace {

constexpr std::size_t kFreshTokenBytes = 16;

Error wrong(const std::string& what) { return Error(ErrorKind::invalid, "a dashboard's options: " + what); }

Result<void> check_token(const DashboardOptions& options) {
  const std::string& token = options.token;
  if (token.empty()) {
    if (options.write) return wrong("write wants a token, so that nobody else of this machine changes anything");
    if (!is_loopback(options.address))
      return wrong("address '" + options.address.substr(0, 200) +
                   "' is reached from other machines: that wants a token, and TLS");
    return {};
  }
  const bool plain = std::all_of(token.begin(), token.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
  if (!plain || token.size() < kMinTokenBytes || token.size() > kMaxTokenBytes)
    return wrong("a token has " + std::to_string(kMinTokenBytes) + " to " + std::to_string(kMaxTokenBytes) +
                 " printing characters and no spaces; `openssl rand -hex 16` makes one");
  return {};
}

Result<void> check(const DashboardOptions& options) {
  if (auto token = check_token(options); !token.ok()) return token.error();
  if (options.viewers < 1 || options.viewers > kMaxViewers)
    return wrong("viewers is 1 to " + std::to_string(kMaxViewers));
  const std::chrono::milliseconds refresh = options.refresh, patience = options.patience;
  if (refresh < kMinRefresh || refresh > kMaxRefresh) return wrong("refresh is 200 ms to 1 h");
  if (patience < std::chrono::milliseconds(1) || patience > kMaxPatience) return wrong("patience is 1 ms to 60 s");
  return {};
}

}  // namespace

Result<std::unique_ptr<Dashboard>> Dashboard::start(DashboardOptions options, Listing nodes) {
  if (auto fits = check(options); !fits.ok()) return fits.error();
  if (!nodes) return wrong("the function that lists the nodes is empty");
  try {
    auto board = std::make_shared<Board>(std::move(options), std::move(nodes));
    if (auto listening = board->listen(); !listening.ok()) return listening.error();
    return std::unique_ptr<Dashboard>(new Dashboard(std::move(board)));
  } catch (const std::exception& e) {
    return Error(ErrorKind::unavailable, std::string("cannot open a dashboard: ") + e.what());
  }
}

Dashboard::Dashboard(std::shared_ptr<Board> board) noexcept : board_(std::move(board)) {}
Dashboard::~Dashboard() { stop(); }
std::uint16_t Dashboard::port() const noexcept { return board_->port(); }
std::string Dashboard::url() const { return board_->url(); }
DashboardCounts Dashboard::counts() const { return board_->counts(); }
void Dashboard::stop() noexcept { board_->stop(); }

std::string fresh_token() { return by_chance(kFreshTokenBytes); }

}  // namespace troupe::dashboard

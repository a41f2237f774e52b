#include "dashboard_command.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "dashboard/dashboard.h"
#include "show.h"

namespace troupe::tool {
namespace {

constexpr std::size_t kMaxTokenFile = 4'096;
// A page is drawn when every node has answered: one that hangs does not hold the others up for longer.
constexpr std::chrono::milliseconds kMostPatience{5'000};

std::string token_in(const std::string& file) {
  std::ifstream in(file);
  std::string text(kMaxTokenFile, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || in.gcount() == 0) throw usage("--token-file: nothing can be read from " + file);
  text.resize(static_cast<std::size_t>(in.gcount()));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

// Looked at anew each time: nodes come and go. Which one is meant was checked before.
dashboard::Dashboard::Listing listing(const Selection& selection, std::vector<std::filesystem::path> places) {
  if (selection.node.empty() && !selection.data.empty())
    return [directory = selection.data] { return dashboard::nodes_below(directory); };
  return [places = std::move(places)] {
    std::vector<dashboard::ShownNode> nodes;
    for (const auto& place : places) nodes.push_back(dashboard::node_at(place));
    return nodes;
  };
}

void say(const LogLine& line) {
  if (line.level != LogLevel::debug)
    std::fprintf(stderr, "troupe dashboard: %.*s\n", static_cast<int>(line.message.size()), line.message.data());
}

}  // namespace

int run_dashboard(const Selection& selection, const DashboardRun& run, std::chrono::milliseconds patience) {
  SilentNodes silent;
  const Nodes chosen(selection, patience, silent);  // refuses what names no node
  dashboard::DashboardOptions options;
  options.address = run.address;
  options.port = run.port;
  if (!run.no_token) options.token = run.token_file.empty() ? dashboard::fresh_token() : token_in(run.token_file);
  options.write = run.write;
  options.hosts = run.hosts;
  options.tls.certificate = run.certificate;
  options.tls.key = run.key;
  options.viewers = static_cast<std::size_t>(run.viewers);
  options.refresh = std::chrono::milliseconds(run.refresh_ms);
  options.patience = std::min(patience, kMostPatience);
  options.log = say;

  // Before any thread is there: they inherit it, and the signal is taken here alone.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  auto board = dashboard::Dashboard::start(std::move(options), listing(selection, chosen.places()));
  if (!board.ok()) throw failure(board.error());
  const std::string url = (*board)->url();
  const std::string text = run.json ? dumped({{"url", url}, {"write", run.write}})
                                    : "The dashboard is open at\n\n    " + url + "\n\nuntil Ctrl-C" +
                                          (run.write ? "; it may change things\n" : "; it only looks\n");
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  int signal = 0;
  ::sigwait(&ends, &signal);
  return kDone;
}

}  // namespace troupe::tool

#include <utility>

#include "base/guarded.h"
#include "processes/process_keeper.h"

namespace troupe {
namespace {

ProcessTreeOptions with_guards(ProcessTreeOptions options) {
  options.log = guarded("ProcessTreeOptions::log", std::move(options.log));
  options.on_line = guarded("ProcessTreeOptions::on_line", std::move(options.on_line), options.log);
  return options;
}

}  // namespace

ProcessTree::ProcessTree(ProcessTreeOptions options)
    : keeper_(std::make_unique<Keeper>(with_guards(std::move(options)))) {}
ProcessTree::~ProcessTree() = default;

void ProcessTree::start() { keeper_->start(); }
void ProcessTree::request_stop() noexcept { keeper_->request_stop(); }
void ProcessTree::stop() { keeper_->stop(); }
void ProcessTree::kill_all() noexcept { keeper_->kill_all(); }
std::optional<ProcessTree::Ended> ProcessTree::ended() const { return keeper_->ended(); }
std::optional<ProcessTree::Ended> ProcessTree::wait() const { return keeper_->wait(); }
bool ProcessTree::wait_up(Milliseconds timeout) const { return keeper_->wait_up(timeout); }
ChildView ProcessTree::view() const { return keeper_->view(); }
std::pair<int, std::string> ProcessTree::admin(std::string_view method, std::string_view path) const {
  return keeper_->admin(method, path);
}
int ProcessTree::pid(std::string_view id) const { return keeper_->pid(id); }
std::uint64_t ProcessTree::restarts(std::string_view id) const { return keeper_->restarts(id); }
void ProcessTree::kill(std::string_view id) { keeper_->kill(id); }

}  // namespace troupe

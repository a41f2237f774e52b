#include <utility>

#include "base/guarded.h"
#include "processes/process_driver.h"

namespace troupe {
namespace {

ProcessTreeOptions with_guards(ProcessTreeOptions options) {
  options.log = guarded("ProcessTreeOptions::log", std::move(options.log));
  options.on_line = guarded("ProcessTreeOptions::on_line", std::move(options.on_line), options.log);
  return options;
}

}  // namespace

ProcessTree::ProcessTree(ProcessTreeOptions options)
    : driver_(std::make_unique<Driver>(with_guards(std::move(options)))) {}
ProcessTree::~ProcessTree() = default;

void ProcessTree::start() { driver_->start(); }
void ProcessTree::request_stop() noexcept { driver_->request_stop(); }
void ProcessTree::stop() { driver_->stop(); }
void ProcessTree::kill_all() noexcept { driver_->kill_all(); }
std::optional<ProcessTree::Ended> ProcessTree::ended() const { return driver_->ended(); }
std::optional<ProcessTree::Ended> ProcessTree::wait() const { return driver_->wait(); }
bool ProcessTree::wait_up(Milliseconds timeout) const { return driver_->wait_up(timeout); }
ChildView ProcessTree::view() const { return driver_->view(); }
std::pair<int, std::string> ProcessTree::admin(std::string_view method, std::string_view path) const {
  return driver_->admin(method, path);
}
int ProcessTree::pid(std::string_view id) const { return driver_->pid(id); }
std::uint64_t ProcessTree::restarts(std::string_view id) const { return driver_->restarts(id); }
void ProcessTree::kill(std::string_view id) { driver_->kill(id); }
void ProcessTree::add(std::string_view supervisor, const ChildSpec& child, std::string_view before) {
  driver_->add(supervisor, child, before);
}
void ProcessTree::remove(std::string_view id) { driver_->remove(id); }
void ProcessTree::replace(const ChildSpec& child) { driver_->replace(child); }
bool ProcessTree::outdated(std::string_view id) const { return driver_->outdated(id); }

}  // namespace troupe

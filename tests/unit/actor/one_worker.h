// A node with one worker thread: what was called earlier has run when a later call to another actor has its reply.
#pragma once

#include <filesystem>
#include <memory>

#include "contract/cast.h"
#include "held_disk.h"
#include "support/scratch_directory.h"

namespace troupe::testing {

class OneWorker {
 public:
  OneWorker() { start(); }
  ~OneWorker() { disk().release(); }
  OneWorker(const OneWorker&) = delete;
  OneWorker& operator=(const OneWorker&) = delete;

  void start() {
    node_ =
        std::make_unique<Node>(NodeConfig{.name = "n", .data_dir = directory_.path(), .threads = 1, .admin = false});
    contract::host_cast(*node_);
    node_->start();
  }
  void stop() { node_.reset(); }
  void restart() {
    stop();
    start();
  }
  void let_earlier_calls_run() { (void)node_->ref<contract::Desk>("d").calls().get(); }
  template <class Interface>
  [[nodiscard]] Ref<Interface> ref(const std::string& key) {
    return node_->ref<Interface>(key);
  }
  [[nodiscard]] const std::filesystem::path& data() const { return directory_.path(); }

 private:
  ScratchDirectory directory_;
  std::unique_ptr<Node> node_;
};

}  // namespace troupe::testing

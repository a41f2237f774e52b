// The services of gallery.capnp, and a stage that has them too.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "gallery.capnp.troupe.h"
#include "stage.h"

namespace troupe::bazaar {

// Where Till.wait waits.
class Gate {
 public:
  void pass();
  void await_visitor();
  void open();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned visitors_ = 0;
  bool open_ = false;
};

[[nodiscard]] Offered gallery(std::shared_ptr<Gate> gate = std::make_shared<Gate>());

}  // namespace troupe::bazaar

// A service, addresses and calls that need no node: what frames and links are tested with.
#pragma once

#include <capnp/any.h>

#include <mutex>
#include <string>
#include <vector>

#include "troupe/service.h"
#include "wire/envelope.h"
#include "wire/frame.h"

namespace troupe::testing {

inline const ServiceInfo& stock_service() {
  static const MethodInfo methods[] = {{"reserve", 0, false, false, false, 0, nullptr, {}}};
  static const ServiceInfo service{"Stock", "stock.capnp", 0x5eed, 0, 0, 0, 0, 0, methods, 1, nullptr, nullptr};
  return service;
}

class NoSink final : public wire::CallSink {
 public:
  NoSink() : CallSink(origin_) {}
  void deliver(wire::EnvelopePtr) noexcept override {}
  void deliver_watched(wire::EnvelopePtr) noexcept override {}
  void cancel(const wire::EnvelopePtr& call) noexcept override { cancelled.push_back(call); }

  std::vector<wire::EnvelopePtr> cancelled;  // what it was told

 private:
  wire::CallOrigin origin_{system_clock(), std::chrono::seconds(10), 1};
};

// Where every call of the fixture goes; one thread at a time.
inline NoSink& the_sink() {
  static NoSink sink;
  return sink;
}

inline wire::AddressPtr stock(const std::string& key) {
  NoSink& sink = the_sink();
  return make_counted<wire::Address>(sink, stock_service(), stock_service().id, key,
                                     partition_of(stock_service().id, key));
}

// A call with `bytes` of parameters, each of them 'x'.
inline wire::EnvelopePtr call_to(const std::string& key, std::uint64_t id, std::size_t bytes = 0) {
  auto call = make_counted<wire::Envelope>();
  call->target = stock(key);
  call->id = {7, id};
  if (bytes) {
    auto data = call->params.build().initAs<capnp::Data>(static_cast<capnp::uint>(bytes));
    std::fill(data.begin(), data.end(), 'x');
  }
  return call;
}

inline std::string data_in(wire::Payload& payload) {
  auto data = payload.read().getAs<capnp::Data>();
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}

// Keeps the answers that come home. Any thread.
class Home final : public Recipient {
 public:
  bool post(Mail* mail) noexcept override {
    std::lock_guard lock(mutex_);
    answers_.push_back(wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail)));
    answers_.back()->reply_to = nullptr;  // or they would own each other; the test owns the home
    return true;
  }
  [[nodiscard]] std::vector<wire::EnvelopePtr> answers() const {
    std::lock_guard lock(mutex_);
    return answers_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<wire::EnvelopePtr> answers_;
};

// Frames as they were handed out, with bytes of their own.
struct KeptFrame {
  wire::FrameKind kind;
  std::vector<capnp::word> header;
  wire::Bytes payload;
  [[nodiscard]] wire::Frame frame() const {
    return {kind, header, payload, wire::kPreludeBytes + header.size() * sizeof(capnp::word) + payload.size()};
  }
};

struct FrameKeeper final : wire::FrameSink {
  std::vector<KeptFrame> frames;
  Result<void> on_frame(const wire::Frame& f) override {
    frames.push_back({f.kind, {f.header.begin(), f.header.end()}, {f.payload.begin(), f.payload.end()}});
    return {};
  }
};

}  // namespace troupe::testing

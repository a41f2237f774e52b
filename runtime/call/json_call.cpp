#include "call/json_call.h"

#include <capnp/schema.h>
#include <kj/exception.h>

#include <algorithm>
#include <cctype>

#include "reflect/json.h"
#include "troupe/json.h"
#include "troupe/service.h"

namespace troupe::call {
namespace {

// Whether a typing error lies between the two: the same letters but for case, or one change apart.
bool near(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  };
  if (a.size() < b.size()) std::swap(a, b);
  if (a.size() - b.size() > 1) return false;
  const auto [in_a, in_b] =
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(b.size()), b.begin(), same);
  const std::size_t at = static_cast<std::size_t>(in_b - b.begin());
  if (at == b.size()) return true;
  const auto equal_rest = [&](std::string_view x, std::string_view y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), same);
  };
  if (a.size() > b.size()) return equal_rest(a.substr(at + 1), b.substr(at));
  const bool swapped = at + 1 < b.size() && same(a[at], b[at + 1]) && same(a[at + 1], b[at]);
  return equal_rest(a.substr(at + 1), b.substr(at + 1)) || (swapped && equal_rest(a.substr(at + 2), b.substr(at + 2)));
}

const MethodInfo* find(const ServiceInfo& service, std::string_view name) {
  for (std::uint16_t i = 0; i < service.method_count; ++i)
    if (service.methods[i].name == name) return &service.methods[i];
  return nullptr;
}

Error unknown_method(const ServiceInfo& service, std::string_view name) {
  std::string known, meant;
  for (std::uint16_t i = 0; i < service.method_count; ++i) {
    const std::string_view method = service.methods[i].name;
    known += (known.empty() ? "" : ", ") + std::string(method);
    if (near(method, name)) meant = method;
  }
  std::string message = std::string(service.name) + " has no method '" + std::string(name.substr(0, 100)) + "'";
  if (!meant.empty()) message += "; did you mean '" + meant + "'?";
  return Error(ErrorKind::not_found, message + " It has: " + (known.empty() ? "none" : known));
}

// A call that text describes, on its way.
struct Sent {
  RefBase ref;
  const MethodInfo* method;
  detail::CallHandle call;
};

Result<Sent> send(RefBase ref, std::string_view method_name, std::string_view json,
                  std::chrono::milliseconds timeout) try {
  const ServiceInfo& service = ref.service();
  const MethodInfo* method = find(service, method_name);
  if (method == nullptr) return unknown_method(service, method_name);
  const auto params = service.schema().getMethods()[method->ordinal].getParamType();
  if (timeout != timeout.zero()) ref.timeout(timeout);
  auto call = ref.begin_call(method->ordinal);
  if (auto filled = reflect::from_json(json, params, call.params()); !filled.ok())
    return Error(filled.error().kind(), "parameters of " + ref.text() + "." + method->name + " " +
                                            reflect::describe(params) + ": " + filled.error().message());
  ref.start_call(call);
  return Sent{std::move(ref), method, std::move(call)};
} catch (const Error& error) {
  return error;
}

// What the call ended with. No exception leaves it.
Result<std::string> outcome(const Sent& sent, reflect::Secrets secrets) {
  if (const Error* error = sent.call.error()) return *error;
  try {
    return reflect::to_json(sent.ref.service().schema().getMethods()[sent.method->ordinal].getResultType(),
                            sent.call.results(), false, secrets);
  } catch (const kj::Exception& e) {
    return Error(ErrorKind::corrupt, "the results of " + sent.ref.text() + "." + sent.method->name +
                                         " cannot be read: " + e.getDescription().cStr());
  }
}

}  // namespace

Result<std::string> json_call(RefBase ref, std::string_view method, std::string_view json,
                              std::chrono::milliseconds timeout, std::chrono::milliseconds default_timeout) {
  try {
    auto sent = send(std::move(ref), method, json, timeout);
    if (!sent.ok()) return sent.error();
    if (timeout <= timeout.zero()) timeout = std::chrono::milliseconds(sent->method->timeout_ms);
    if (timeout <= timeout.zero()) timeout = default_timeout;
    sent->call.wait(timeout);
    return outcome(*sent, reflect::Secrets::masked);
  } catch (const Error& error) {
    return error;
  }
}

}  // namespace troupe::call

namespace troupe {

void call_json(RefBase ref, std::string_view method, std::string_view json, Milliseconds timeout,
               std::function<void(Result<std::string>)> callback) {
  detail::require("call_json()", callback);
  auto sent = call::send(std::move(ref), method, json, timeout);
  if (!sent.ok()) return callback(sent.error());
  // The callback owns the call, and the call its callback, until the call ends.
  auto held = std::make_shared<call::Sent>(std::move(sent).value());
  held->call.on_end(
      [held, callback = std::move(callback)] { callback(call::outcome(*held, reflect::Secrets::shown)); });
}

}  // namespace troupe

#include "dashboard/sessions.h"

#include <sys/random.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "dashboard/admission.h"
#include "dashboard/limits.h"

namespace troupe::dashboard {
namespace {

constexpr std::size_t kSessionBytes = 24;

}  // namespace

std::string by_chance(std::size_t bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::vector<unsigned char> drawn(bytes);
  std::size_t have = 0;
  while (have < bytes) {
    const auto more = ::getrandom(drawn.data() + have, bytes - have, 0);
    if (more < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
    if (more > 0) have += static_cast<std::size_t>(more);
  }
  std::string text;
  for (const unsigned char byte : drawn) text += {kDigits[byte >> 4], kDigits[byte & 15]};
  return text;
}

std::string Sessions::open() {
  std::string id = by_chance(kSessionBytes);
  const std::lock_guard lock(mutex_);
  ids_.push_back(id);
  if (ids_.size() > kMaxSessions) ids_.pop_front();
  return id;
}

bool Sessions::has(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  bool found = false;
  for (const auto& one : ids_) found = same_secret(id, one) || found;
  return found;
}

}  // namespace troupe::dashboard

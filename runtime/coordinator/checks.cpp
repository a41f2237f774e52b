#include "coordinator/checks.h"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace troupe::coordinator {
namespace {

constexpr std::size_t kShownBytes = 60;

// As much of it as a message bears, with what cannot be printed replaced.
std::string shown(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, kShownBytes)) out += c >= ' ' && c < 0x7f ? c : '?';
  return out + (text.size() > kShownBytes ? "...'" : "'");
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Error refused(const std::string& what) { return {ErrorKind::invalid, what}; }

Result<void> check_characters(const char* what, std::string_view text) {
  if (text.size() > kMaxKeyBytes)
    return refused(std::string("a coordinator's ") + what + " has at most " + std::to_string(kMaxKeyBytes) +
                   " bytes, and " + shown(text) + " has " + std::to_string(text.size()));
  if (!printable(text))
    return refused(std::string("a coordinator's ") + what + " is printable ASCII without spaces, and " + shown(text) +
                   " is not");
  return {};
}

}  // namespace

Result<void> check_key(std::string_view key) {
  if (key.empty()) return refused("a coordinator's key has at least one byte");
  return check_characters("key", key);
}

Result<void> check_prefix(std::string_view prefix) { return check_characters("prefix", prefix); }

Result<void> check_transaction(const Transaction& transaction) {
  const std::size_t operations = transaction.conditions.size() + transaction.writes.size();
  if (operations > kMaxOperations)
    return refused("a coordinator's transaction has at most " + std::to_string(kMaxOperations) +
                   " conditions and writes, and this one " + std::to_string(operations) + "; make several of it");
  std::size_t bytes = 0;
  for (const Condition& condition : transaction.conditions) {
    if (auto checked = check_key(condition.key); !checked) return checked;
    bytes += condition.key.size();
  }
  std::unordered_set<std::string_view> written;
  for (const Write& write : transaction.writes) {
    if (auto checked = check_key(write.key); !checked) return checked;
    if (!written.insert(write.key).second)
      return refused("a transaction writes each key once, and this one writes " + shown(write.key) + " twice");
    const std::size_t size = write.value ? write.value->size() : 0;
    if (size > kMaxValueBytes)
      return refused("a coordinator's value has at most " + std::to_string(kMaxValueBytes) + " bytes, and that of " +
                     shown(write.key) + " has " + std::to_string(size));
    bytes += write.key.size() + size;
  }
  if (bytes > kMaxTransactionBytes)
    return refused("keys and values of a coordinator's transaction have at most " +
                   std::to_string(kMaxTransactionBytes) + " bytes, and these " + std::to_string(bytes) +
                   "; make several of it");
  return {};
}

Result<std::chrono::milliseconds> check_session(std::string_view name, std::chrono::milliseconds ttl) {
  if (name.size() > kMaxSessionName)
    return refused("a session's name has at most " + std::to_string(kMaxSessionName) + " bytes, and " + shown(name) +
                   " has " + std::to_string(name.size()));
  if (ttl < kMinTtl)
    return refused("a session lives at least one second without news, not " + std::to_string(ttl.count()) + " ms");
  return std::min<std::chrono::milliseconds>(ttl, kMaxTtl);
}

Result<void> check_timeout(std::string_view tried, std::chrono::milliseconds timeout) {
  if (timeout.count() > 0) return {};
  return Error(ErrorKind::unavailable, std::string(tried) + ": there was no time for it (" +
                                           std::to_string(timeout.count()) + " ms); give it more");
}

}  // namespace troupe::coordinator

#include "store/format/key_kinds.h"

namespace troupe::store {

std::string_view name_of(KeyKind kind) noexcept {
  switch (kind) {
    case KeyKind::actor: return "actor";
    case KeyKind::table: return "table";
    case KeyKind::outbox: return "outbox";
    case KeyKind::reminder: return "reminder";
    case KeyKind::subscription: return "subscription";
    case KeyKind::channel: return "channel";
    case KeyKind::dead_letter: return "dead_letter";
    case KeyKind::reminder_name: return "reminder_name";
    case KeyKind::replies: return "replies";
    case KeyKind::history: return "history";
    case KeyKind::erasure: return "erasure";
    case KeyKind::partition: return "partition";
  }
  return {};
}

bool begins_with_owner(KeyKind kind) noexcept {
  switch (kind) {
    case KeyKind::actor:
    case KeyKind::reminder:
    case KeyKind::subscription:
    case KeyKind::partition: return false;
    case KeyKind::table:
    case KeyKind::outbox:
    case KeyKind::channel:
    case KeyKind::dead_letter:
    case KeyKind::reminder_name:
    case KeyKind::replies:
    case KeyKind::history:
    case KeyKind::erasure: return true;
  }
  return false;
}

std::optional<KeyKind> key_kind(std::string_view key) noexcept {
  if (key.size() < 3) return std::nullopt;
  const auto kind = static_cast<KeyKind>(key[2]);
  return name_of(kind).empty() ? std::nullopt : std::optional(kind);
}

}  // namespace troupe::store

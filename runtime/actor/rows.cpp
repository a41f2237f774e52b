// What a turn may do to its actor's rows.
#include <utility>

#include "actor/activation.h"
#include "actor/activation_parts.h"

namespace troupe::actor {

RowView Activation::rows() const {
  Turn* turn = current().activation == this ? current().turn : nullptr;
  return {context_.store, active_->durable.unsettled(gate_.last_ended()),
          turn && turn->effects() ? &turn->effects()->rows : nullptr, turn ? tape_of(*turn) : nullptr};
}

Turn& Activation::claim_edit(std::string_view what, std::string_view table) {
  Turn* turn = current().activation == this ? current().turn : nullptr;
  if (turn && turns_.editor() == turn) return *turn;
  const auto refusal = [&](ErrorKind kind, const std::string& why) {
    const std::string in = table.empty() ? "" : " in table " + std::string(table);
    return Error(kind, std::string(what) + in + why);
  };
  if (!turn) throw refusal(ErrorKind::invalid, " outside a turn of " + address_->text());
  if (turn->kind() == TurnKind::read_only)
    throw refusal(ErrorKind::invalid, " in a readOnly method of " + address_->text());
  if (!hosted_->service.durable())
    throw refusal(ErrorKind::invalid, " in " + address_->text() + ", whose service declares no state");
  if (turns_.editor()) {
    throw refusal(ErrorKind::unavailable,
                  " while another turn of " + address_->text() + " is editing; only one of interleaved turns may");
  }
  turns_.edit(*turn);
  return *turn;
}

void Activation::write_row(Turn& turn, std::string key, RowValue value) {
  turn.add_effects().rows.insert_or_assign(std::move(key), std::move(value));
}

}  // namespace troupe::actor

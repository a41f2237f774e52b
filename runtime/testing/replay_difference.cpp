#include "testing/replay_difference.h"

#include <capnp/any.h>
#include <capnp/schema.h>

#include <algorithm>
#include <vector>

#include "reflect/json.h"
#include "store/format/keys.h"

namespace troupe::testing {
namespace {

constexpr const char* kNothing = "nothing";

std::string words_of(capnp::Text::Reader text) { return {text.cStr(), text.size()}; }

std::string json_or_what(Result<std::string> json) {
  return json.ok() ? *json : "(cannot be shown: " + json.error().message() + ")";
}

// Children of an actor are numbered as they come in a process; their names are the same without.
std::string without_number(const std::string& key) {
  const std::size_t tilde = key.rfind('~');
  const bool numbered = tilde != std::string::npos && tilde + 1 < key.size() &&
                        std::all_of(key.begin() + static_cast<std::ptrdiff_t>(tilde) + 1, key.end(),
                                    [](unsigned char c) { return c >= '0' && c <= '9'; });
  return numbered ? key.substr(0, tilde) : key;
}

bool equal(capnp::AnyPointer::Reader a, capnp::AnyPointer::Reader b) {
  if (a.isNull() || b.isNull()) {  // an empty struct and none read alike
    const auto size = (a.isNull() ? b : a).targetSize();
    if (a.isNull() && b.isNull()) return true;
    return size.wordCount == 0;
  }
  return a == b;
}

std::string call_in_words(recorded::Call::Reader call, const reflect::SchemaBook& book) {
  std::string out = words_of(call.getService()) + "/" + words_of(call.getKey()) + "." + words_of(call.getName());
  if (call.getDurable()) out = "the message " + out;
  auto type = book.interface_type(call.getServiceId());
  if (!type.ok()) return out;
  const auto methods = (*type).getMethods();
  if (call.getMethod() >= methods.size()) return out;
  return out + " " + json_or_what(reflect::to_json(methods[call.getMethod()].getParamType(), call.getParams()));
}

bool same_call(recorded::Call::Reader a, recorded::Call::Reader b) {
  return a.getServiceId() == b.getServiceId() && a.getMethod() == b.getMethod() && a.getDurable() == b.getDurable() &&
         without_number(words_of(a.getKey())) == without_number(words_of(b.getKey())) &&
         equal(a.getParams(), b.getParams());
}

std::vector<recorded::Call::Reader> calls_of(recorded::Turn::Reader turn) {
  std::vector<recorded::Call::Reader> out;
  for (const auto told : turn.getTold())
    if (told.isCall()) out.push_back(told.getCall());
  return out;
}

// "row sales/tea"
std::string row_in_words(capnp::Data::Reader key) {
  const std::string bytes(reinterpret_cast<const char*>(key.begin()), key.size());
  auto parsed = store::parse_row_key(bytes);
  if (!parsed.ok() || parsed->rest.empty()) return "a row";
  const std::size_t name = static_cast<unsigned char>(parsed->rest[0]);
  if (parsed->rest.size() <= name) return "a row";
  const std::string row = parsed->rest.substr(1 + name);
  return row.empty() ? "the count of table " + parsed->rest.substr(1, name)
                     : "row " + parsed->rest.substr(1, name) + "/" + row;
}

std::string value_in_words(recorded::Row::Reader row) {
  return row.getThere() ? std::to_string(row.getValue().size()) + " bytes" : std::string("erased");
}

std::optional<ReplayDifference> difference_of_calls(recorded::Turn::Reader then, recorded::Turn::Reader now,
                                                    const reflect::SchemaBook& book) {
  const auto before = calls_of(then), after = calls_of(now);
  for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    if (i < before.size() && i < after.size() && same_call(before[i], after[i])) continue;
    ReplayDifference out;
    out.what = "call " + std::to_string(i + 1);
    out.recorded = i < before.size() ? call_in_words(before[i], book) : kNothing;
    out.replayed = i < after.size() ? call_in_words(after[i], book) : kNothing;
    return out;
  }
  return std::nullopt;
}

std::optional<ReplayDifference> difference_of_writes(recorded::Turn::Reader then, recorded::Turn::Reader now) {
  const auto before = then.getWrites(), after = now.getWrites();
  for (unsigned i = 0; i < std::max(before.size(), after.size()); ++i) {
    const bool both = i < before.size() && i < after.size();
    if (both && before[i].getKey() == after[i].getKey() && before[i].getThere() == after[i].getThere() &&
        before[i].getValue() == after[i].getValue())
      continue;
    ReplayDifference out;
    out.what = row_in_words(i < before.size() ? before[i].getKey() : after[i].getKey());
    out.recorded = i < before.size() ? value_in_words(before[i]) : kNothing;
    if (i < after.size()) {
      const bool same_row = both && before[i].getKey() == after[i].getKey();
      out.replayed = (same_row || !both ? "" : row_in_words(after[i].getKey()) + ": ") + value_in_words(after[i]);
      if (same_row && out.replayed == out.recorded) out.replayed += ", others";
    } else {
      out.replayed = kNothing;
    }
    return out;
  }
  return std::nullopt;
}

}  // namespace

std::string outcome_in_words(recorded::Turn::Reader turn) {
  const std::string outcome = words_of(turn.getOutcome());
  if (!turn.hasError()) return outcome;
  const auto error = turn.getError();
  const std::string code = words_of(error.getCode());
  const std::string kind(to_string(static_cast<ErrorKind>(error.getKind())));
  const std::string named = outcome == kind ? outcome : outcome + ": " + kind;
  return named + (code.empty() ? "" : "(" + code + ")") + ": " + words_of(error.getMessage());
}

std::optional<ReplayDifference> first_difference(recorded::Turn::Reader then, recorded::Turn::Reader now,
                                                 const ServiceInfo& service, const reflect::SchemaBook& book) {
  if (auto calls = difference_of_calls(then, now, book)) return calls;
  const std::string before = outcome_in_words(then), after = outcome_in_words(now);
  if (before != after) return ReplayDifference{0, "outcome", before, after};
  if (then.hasError()) return std::nullopt;
  if (!equal(then.getResults(), now.getResults()) && then.getOrdinal() < service.method_count) {
    const auto type = service.schema().getMethods()[then.getOrdinal()].getResultType();
    return ReplayDifference{0, "results", json_or_what(reflect::to_json(type, then.getResults())),
                            json_or_what(reflect::to_json(type, now.getResults()))};
  }
  const bool same_state = then.getEdited() == now.getEdited() && equal(then.getAfter(), now.getAfter());
  if (!same_state && service.durable()) {
    const auto shown = [&](recorded::Turn::Reader turn) {
      if (!turn.getEdited()) return std::string("as it was");
      return json_or_what(reflect::to_json(service.state_schema(), turn.getAfter()));
    };
    return ReplayDifference{0, "state", shown(then), shown(now)};
  }
  return difference_of_writes(then, now);
}

}  // namespace troupe::testing

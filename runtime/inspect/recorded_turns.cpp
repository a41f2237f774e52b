#include "troupe/recorded_turns.h"

#include <kj/exception.h>

#include "actor/recording_file.h"
#include "actor/tape.h"
#include "observe/answering.h"
#include "reflect/json.h"
#include "reflect/schema_book.h"
#include "store/format/keys.h"
#include "troupe/ids.h"

namespace troupe {
namespace {

using observe::Json;

std::string string_of(capnp::Text::Reader text) { return {text.cStr(), text.size()}; }

// Values in words, by the schemas of the file.
class TurnsInWords {
 public:
  explicit TurnsInWords(recorded::Recording::Reader recording) : recording_(recording) {
    for (const auto schema : recording.getSchemas()) {
      const auto node = schema.getNode();
      (void)book_.add(schema.getTypeId(), std::as_bytes(std::span(node.begin(), node.size())));  // then it is not shown
    }
  }

  Json whole() const {
    Json turns = Json::array();
    for (const auto turn : recording_.getTurns()) turns.push_back(turn_json(turn));
    return {{"why", string_of(recording_.getWhy())},
            {"node", string_of(recording_.getNode())},
            {"takenMs", recording_.getTakenMs()},
            {"actor", string_of(recording_.getService()) + "/" + string_of(recording_.getKey())},
            {"stateVersion", recording_.getStateVersion()},
            {"masked", recording_.getMasked()},
            {"left", recording_.getLeft()},
            {"turns", std::move(turns)}};
  }

 private:
  // Null where there is nothing, or no schema to read it by.
  Json value(Result<capnp::StructSchema> type, capnp::AnyPointer::Reader from) const {
    if (from.isNull() || !type.ok()) return nullptr;
    auto json = reflect::to_json(*type, from);
    return json.ok() ? observe::parsed(*json) : Json(json.error().message());
  }
  Result<capnp::StructSchema> method_type(std::uint64_t service, std::uint16_t method, bool params) const {
    auto type = book_.interface_type(service);
    if (!type.ok()) return type.error();
    const auto methods = type->getMethods();
    if (method >= methods.size()) return Error(ErrorKind::not_found, "no such method");
    return params ? methods[method].getParamType() : methods[method].getResultType();
  }
  Json state(capnp::AnyPointer::Reader from) const { return value(book_.struct_type(recording_.getStateType()), from); }

  static Json error_json(bool there, recorded::Failure::Reader error) {
    if (!there) return nullptr;
    return {{"kind", std::string(to_string(static_cast<ErrorKind>(error.getKind())))},
            {"code", string_of(error.getCode())},
            {"message", string_of(error.getMessage())},
            {"mayHaveRun", error.getMayHaveRun()}};
  }
  static std::string clock_name(std::uint8_t what) {
    switch (static_cast<actor::ClockRead>(what)) {
      case actor::ClockRead::now_ms: return "now";
      case actor::ClockRead::node_time_ms: return "node_time";
      case actor::ClockRead::time_since_ms: return "time_since";
      case actor::ClockRead::time_left_ns: return "time_left";
    }
    return "unknown";
  }
  // [u8 length of the table's name][name][row key]
  static Json row_json(recorded::Row::Reader row) {
    const std::string key(reinterpret_cast<const char*>(row.getKey().begin()), row.getKey().size());
    Json out{{"there", row.getThere()}, {"bytes", row.getValue().size()}};
    auto parsed = store::parse_row_key(key);
    if (!parsed.ok() || parsed->kind != store::KeyKind::table || parsed->rest.empty()) return out;
    const std::size_t name = static_cast<unsigned char>(parsed->rest[0]);
    out["table"] = parsed->rest.substr(1, name);
    out["row"] = parsed->rest.size() > 1 + name ? parsed->rest.substr(1 + name) : std::string();
    return out;
  }
  Json call_json(recorded::Call::Reader call) const {
    return {{call.getDurable() ? "message" : "call",
             {{"to", string_of(call.getService()) + "/" + string_of(call.getKey())},
              {"method", string_of(call.getName())},
              {"params", value(method_type(call.getServiceId(), call.getMethod(), true), call.getParams())}}}};
  }
  Json told_json(recorded::Turn::Reader turn, recorded::Told::Reader told) const {
    switch (told.which()) {
      case recorded::Told::CALL: return call_json(told.getCall());
      case recorded::Told::ROW: return {{"row", row_json(told.getRow())}};
      case recorded::Told::CLOCK:
        return {{"clock", {{"what", clock_name(told.getClock().getWhat())}, {"value", told.getClock().getValue()}}}};
      case recorded::Told::ANSWER: break;
    }
    const auto answer = told.getAnswer();
    Json out{{"call", answer.getCall() + 1}, {"error", error_json(answer.hasError(), answer.getError())}};
    std::uint32_t number = 0;
    for (const auto one : turn.getTold()) {
      if (!one.isCall() || one.getCall().getDurable() || number++ != answer.getCall()) continue;
      out["results"] =
          value(method_type(one.getCall().getServiceId(), one.getCall().getMethod(), false), answer.getResults());
    }
    return {{"answer", std::move(out)}};
  }
  Json turn_json(recorded::Turn::Reader turn) const {
    Json told = Json::array(), writes = Json::array();
    for (const auto one : turn.getTold()) told.push_back(told_json(turn, one));
    for (const auto row : turn.getWrites()) writes.push_back(row_json(row));
    const auto service = recording_.getServiceId();
    return {{"kind", string_of(turn.getKind())},
            {"method", string_of(turn.getMethod())},
            {"ordinal", turn.getOrdinal()},
            {"name", string_of(turn.getName())},
            {"request", RequestId{turn.getIdHi(), turn.getIdLo()}.text()},
            {"beganMs", turn.getBeganMs()},
            {"caller", turn.hasCaller() ? Json(string_of(turn.getCaller().getName())) : Json(nullptr)},
            {"before", state(turn.getBefore())},
            {"input", value(method_type(service, turn.getOrdinal(), true), turn.getInput())},
            {"told", std::move(told)},
            {"missing", string_of(turn.getMissing())},
            {"outcome", string_of(turn.getOutcome())},
            {"error", error_json(turn.hasError(), turn.getError())},
            {"results", value(method_type(service, turn.getOrdinal(), false), turn.getResults())},
            {"edited", turn.getEdited()},
            {"after", state(turn.getAfter())},
            {"writes", std::move(writes)}};
  }

  recorded::Recording::Reader recording_;
  reflect::SchemaBook book_;
};

}  // namespace

Result<std::string> recorded_turns_json(const std::filesystem::path& file) {
  auto opened = actor::RecordingFile::open(file);
  if (!opened.ok()) return opened.error();
  try {
    // Text of a damaged file may be none.
    return TurnsInWords(opened->root()).whole().dump(-1, ' ', false, Json::error_handler_t::replace);
  } catch (const kj::Exception& e) {
    return Error(ErrorKind::corrupt,
                 "the recorded turns in " + file.string() + " cannot be read: " + e.getDescription().cStr());
  } catch (const Error& e) {
    return e;
  }
}

}  // namespace troupe

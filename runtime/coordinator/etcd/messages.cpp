#include "coordinator/etcd/messages.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "coordinator/etcd/base64.h"

namespace troupe::coordinator::etcd {
namespace {

using Json = nlohmann::json;

// Ends at read().
struct BadAnswer {
  std::string why;
};

constexpr std::size_t kShownBytes = 120;

std::string shown(std::string_view bytes) {
  std::string text(bytes.substr(0, kShownBytes));
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return bytes.size() > kShownBytes ? text + "..." : text;
}

// The parser itself has no limit, and what it makes of brackets is many times as large.
void check_depth(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[')
      if (++depth > kMaxDepth) throw BadAnswer{"nests deeper than " + std::to_string(kMaxDepth)};
    if ((c == '}' || c == ']') && depth > 0) --depth;
  }
}

Json parsed(std::string_view text) {
  if (text.size() > kMaxAnswerBytes)
    throw BadAnswer{"has " + std::to_string(text.size()) + " bytes, more than " + std::to_string(kMaxAnswerBytes)};
  check_depth(text);
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw BadAnswer{"is no JSON object, or was cut off: " + shown(text)};
  return json;
}

template <class Value, class Body>
Result<Value> read(std::string_view what, const Body& body) {
  try {
    return body();
  } catch (const BadAnswer& bad) {
    return Error(ErrorKind::corrupt, "etcd's answer to " + std::string(what) + " " + bad.why);
  } catch (const Json::exception& bad) {
    return Error(ErrorKind::corrupt,
                 "etcd's answer to " + std::string(what) + " is not what it should be: " + bad.what());
  }
}

const Json* find(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json& object_in(const Json& object, const char* name) {
  const Json* const found = find(object, name);
  if (!found || !found->is_object()) throw BadAnswer{std::string("has no ") + name};
  return *found;
}

template <class Number>
Number number_in(const Json& object, const char* name) {
  const Json* const found = find(object, name);
  if (!found) return 0;
  Number number = 0;
  const std::string text = found->is_string() ? found->get<std::string>() : found->dump();
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size())
    throw BadAnswer{std::string("has no number as ") + name + " (" + shown(text) + ")"};
  return number;
}

bool flag_in(const Json& object, const char* name) {
  const Json* const found = find(object, name);
  if (found && !found->is_boolean()) throw BadAnswer{std::string("has no truth value as ") + name};
  return found && found->get<bool>();
}

std::string text_in(const Json& object, const char* name) {
  const Json* const found = find(object, name);
  if (found && !found->is_string()) throw BadAnswer{std::string("has no text as ") + name};
  return found ? found->get<std::string>() : std::string();
}

std::string bytes_in(const Json& object, const char* name) {
  auto bytes = from_base64(text_in(object, name));
  if (!bytes) throw BadAnswer{std::string("has no base64 as ") + name};
  return std::move(*bytes);
}

const Json::array_t& array_in(const Json& object, const char* name) {
  static const Json::array_t none;
  const Json* const found = find(object, name);
  if (found && !found->is_array()) throw BadAnswer{std::string("has no list as ") + name};
  return found ? found->get_ref<const Json::array_t&>() : none;
}

Version revision_in(const Json& answer) { return number_in<Version>(object_in(answer, "header"), "revision"); }

std::string key_in(const Json& row, std::string_view records) {
  std::string key = bytes_in(row, "key");
  if (!key.starts_with(records)) throw BadAnswer{"names a key that was not asked for: " + shown(key)};
  return key.substr(records.size());
}

Change change_in(const Json& event, std::string_view records) {
  const Json& row = object_in(event, "kv");
  const std::string type = text_in(event, "type");
  if (!type.empty() && type != "PUT" && type != "DELETE") throw BadAnswer{"has an event of type " + shown(type)};
  Change change{.key = key_in(row, records), .value = {}, .version = number_in<Version>(row, "mod_revision")};
  if (type != "DELETE") change.value = bytes_in(row, "value");
  return change;
}

// A stream's answers are wrapped.
const Json& result_in(const Json& answer) { return find(answer, "result") ? object_in(answer, "result") : answer; }

std::optional<Refusal> refusal_in(const Json& answer) {
  const Json* const error = find(answer, "error");
  if (!error) return std::nullopt;
  if (error->is_object()) return Refusal{number_in<int>(*error, "grpc_code"), text_in(*error, "message")};
  const std::string message = text_in(answer, "message");
  return Refusal{number_in<int>(answer, "code"), message.empty() ? text_in(answer, "error") : message};
}

std::string text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string behind(std::string prefix) {
  ++prefix.back();  // of ASCII
  return prefix;
}

std::string ask_range(const RangeQuestion& question) {
  Json json{{"key", to_base64(question.first)}};
  if (!question.past.empty()) json["range_end"] = to_base64(question.past);
  if (question.limit != 0) json["limit"] = std::to_string(question.limit);
  if (question.at != 0) json["revision"] = std::to_string(question.at);
  return text(json);
}

std::string ask_transaction(const KeySpace& keys, const Transaction& transaction) {
  Json compare = Json::array(), success = Json::array();
  for (const Condition& condition : transaction.conditions)
    compare.push_back({{"key", to_base64(keys.record(condition.key))},
                       {"target", "MOD"},
                       {"result", "EQUAL"},
                       {"mod_revision", std::to_string(condition.version)}});
  for (const Write& write : transaction.writes) {
    Json row{{"key", to_base64(keys.record(write.key))}};
    if (!write.value) {
      success.push_back({{"request_delete_range", std::move(row)}});
      continue;
    }
    row["value"] = to_base64(*write.value);
    if (write.session != 0) row["lease"] = std::to_string(write.session);
    success.push_back({{"request_put", std::move(row)}});
  }
  return text({{"compare", std::move(compare)}, {"success", std::move(success)}});
}

std::string ask_put(std::string_view key, std::string_view value, SessionId session) {
  Json json{{"key", to_base64(key)}, {"value", to_base64(value)}};
  if (session != 0) json["lease"] = std::to_string(session);
  return text(json);
}

std::string ask_lease(SessionId session, std::int64_t ttl_seconds) {
  return text({{"ID", std::to_string(session)}, {"TTL", std::to_string(ttl_seconds)}});
}

std::string ask_of_lease(SessionId session) { return text({{"ID", std::to_string(session)}}); }

std::string ask_token(std::string_view user, std::string_view password) {
  return text({{"name", user}, {"password", password}});
}

// Fragments: an answer is then never much larger than what one request may write.
std::string ask_watch(std::string_view first, std::string_view past, Version from) {
  return text({{"create_request",
                {{"key", to_base64(first)},
                 {"range_end", to_base64(past)},
                 {"start_revision", std::to_string(from)},
                 {"fragment", true}}}});
}

Result<RangeAnswer> read_range(std::string_view body, std::string_view records) {
  return read<RangeAnswer>("a range", [&] {
    const Json json = parsed(body);
    RangeAnswer answer{.records = {}, .version = revision_in(json), .more = flag_in(json, "more")};
    for (const Json& row : array_in(json, "kvs"))
      answer.records.push_back({key_in(row, records), bytes_in(row, "value"), number_in<Version>(row, "mod_revision")});
    return answer;
  });
}

Result<Outcome> read_transaction(std::string_view body) {
  return read<Outcome>("a transaction", [&] {
    const Json json = parsed(body);
    return Outcome{flag_in(json, "succeeded"), revision_in(json)};
  });
}

Result<Version> read_revision(std::string_view body) {
  return read<Version>("a put", [&] { return revision_in(parsed(body)); });
}

Result<std::int64_t> read_ttl(std::string_view body) {
  return read<std::int64_t>("a lease", [&] {
    const Json json = parsed(body);
    const Json& answer = result_in(json);
    (void)object_in(answer, "header");
    return number_in<std::int64_t>(answer, "TTL");
  });
}

Result<std::string> read_token(std::string_view body) {
  return read<std::string>("a password", [&] {
    std::string token = text_in(parsed(body), "token");
    const bool fit = !token.empty() && token.find_first_of(std::string_view("\r\n\0", 3)) == token.npos;
    if (!fit) throw BadAnswer{"has no token"};
    return token;
  });
}

Result<WatchLine> read_watch(std::string_view line, std::string_view records) {
  return read<WatchLine>("a watch", [&] {
    const Json json = parsed(line);
    WatchLine read{.answer = {}, .refusal = refusal_in(json)};
    if (read.refusal) return read;
    const Json& result = object_in(json, "result");
    WatchAnswer& answer = read.answer;
    answer.created = flag_in(result, "created");
    answer.canceled = flag_in(result, "canceled");
    answer.fragment = flag_in(result, "fragment");
    answer.compact_revision = number_in<Version>(result, "compact_revision");
    answer.reason = text_in(result, "cancel_reason");
    answer.version = revision_in(result);
    answer.cluster = number_in<std::uint64_t>(object_in(result, "header"), "cluster_id");
    for (const Json& event : array_in(result, "events")) answer.changes.push_back(change_in(event, records));
    return read;
  });
}

std::optional<Refusal> read_refusal(std::string_view body) {
  const auto refusal = read<std::optional<Refusal>>("a request", [&] { return refusal_in(parsed(body)); });
  return refusal ? refusal.value() : std::nullopt;
}

}  // namespace troupe::coordinator::etcd

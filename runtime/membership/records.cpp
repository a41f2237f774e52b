#include "membership/records.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace troupe::membership {
namespace {

using Json = nlohmann::json;

// Runs `read` on the value; whatever is wrong with it is `corrupt`.
template <class Record, class Read>
Result<Record> read_json(std::string_view key, std::string_view text, Read read) {
  try {
    const Json json = Json::parse(text);
    Record record;
    read(json, record);
    return record;
  } catch (const std::exception& e) {
    return Error(ErrorKind::corrupt, "the record " + std::string(key) + " in the coordinator cannot be read: " +
                                         e.what() + "; was it written by another program, or by a later version?");
  }
}

// A number keeps its 64 bits in any reader as text.
std::string text_of(std::uint64_t number) { return std::to_string(number); }

std::uint64_t number_in(const Json& json) {
  if (json.is_number_unsigned()) return json.get<std::uint64_t>();
  const auto text = json.get<std::string>();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    throw std::runtime_error("\"" + text + "\" is no number");
  return number;
}

MemberState state_in(const Json& json) {
  const auto word = json.get<std::string>();
  for (const auto state : {MemberState::serving, MemberState::draining, MemberState::left})
    if (word == to_string(state)) return state;
  throw std::runtime_error("\"" + word + "\" is no state of a member");
}

}  // namespace

std::string member_key(std::string_view name) { return std::string(kMembersPrefix).append(name); }
std::string alive_key(std::string_view name) { return std::string(kAlivePrefix).append(name); }

// In the order of their numbers.
std::string partition_record_key(PartitionId partition) {
  std::string digits = std::to_string(partition);
  return std::string(kPartitionsPrefix) + std::string(3 - std::min<std::size_t>(3, digits.size()), '0') + digits;
}

std::optional<PartitionId> partition_in_key(std::string_view key) {
  if (!key.starts_with(kPartitionsPrefix)) return std::nullopt;
  key.remove_prefix(kPartitionsPrefix.size());
  PartitionId partition = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), partition);
  if (error != std::errc() || end != key.data() + key.size() || partition >= kAllPartitions) return std::nullopt;
  return partition;
}

std::string to_json(const ClusterRecord& record) {
  return Json{{"format", record.format}, {"name", record.name}, {"id", record.id}}.dump();
}

std::string to_json(const MemberRecord& record) {
  Json services = Json::array();
  for (const ServiceRecord& service : record.services) {
    services.push_back({{"name", service.name},
                        {"id", text_of(service.id)},
                        {"durable", service.durable},
                        {"stateVersion", service.state_version},
                        {"schema", text_of(service.schema_hash)}});
    if (!service.trouble.empty()) services.back()["trouble"] = service.trouble;
  }
  Json json{{"incarnation", record.incarnation},
            {"store", record.store},
            {"host", record.host},
            {"port", record.port},
            {"client", record.client},
            {"state", to_string(record.state)},
            {"ready", record.ready},
            {"weight", record.weight},
            {"zone", record.zone},
            {"labels", record.labels},
            {"services", std::move(services)},
            {"pid", record.pid}};
  if (record.listed) json["listed"] = true;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_json(const LifeRecord& record) { return Json{{"incarnation", record.incarnation}}.dump(); }

std::string to_json(const PartitionRecord& record) {
  Json json{{"epoch", record.epoch}, {"owner", record.owner}};
  if (!record.store.empty()) json["store"] = record.store;
  if (!record.target.empty()) json["target"] = record.target;
  if (record.forced != 0) json["forced"] = record.forced;
  if (record.pinned) json["pinned"] = true;
  for (const auto& [member, refusal] : record.refused)
    json["refused"][member] = {{"incarnation", refusal.incarnation}, {"why", refusal.why}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<ClusterRecord> cluster_record(std::string_view key, std::string_view json) {
  return read_json<ClusterRecord>(key, json, [](const Json& from, ClusterRecord& into) {
    into.format = from.at("format").get<std::uint32_t>();
    into.name = from.at("name").get<std::string>();
    into.id = from.at("id").get<std::string>();
  });
}

Result<MemberRecord> member_record(std::string_view key, std::string_view json) {
  return read_json<MemberRecord>(key, json, [](const Json& from, MemberRecord& into) {
    into.incarnation = from.at("incarnation").get<std::uint64_t>();
    into.store = from.at("store").get<std::string>();
    into.host = from.at("host").get<std::string>();
    into.port = from.at("port").get<std::uint16_t>();
    into.client = from.at("client").get<bool>();
    into.state = state_in(from.at("state"));
    into.ready = from.value("ready", true);
    into.listed = from.value("listed", false);
    into.weight = from.at("weight").get<std::uint32_t>();
    into.zone = from.at("zone").get<std::string>();
    into.labels = from.at("labels").get<std::map<std::string, std::string>>();
    for (const Json& service : from.at("services"))
      into.services.push_back({service.at("name").get<std::string>(), number_in(service.at("id")),
                               service.at("durable").get<bool>(), service.at("stateVersion").get<std::uint32_t>(),
                               number_in(service.at("schema")), service.value("trouble", std::string())});
    into.pid = from.at("pid").get<std::int64_t>();
  });
}

Result<LifeRecord> life_record(std::string_view key, std::string_view json) {
  return read_json<LifeRecord>(key, json, [](const Json& from, LifeRecord& into) {
    into.incarnation = from.at("incarnation").get<std::uint64_t>();
  });
}

Result<PartitionRecord> partition_record(std::string_view key, std::string_view json) {
  return read_json<PartitionRecord>(key, json, [](const Json& from, PartitionRecord& into) {
    into.epoch = from.at("epoch").get<std::uint64_t>();
    if (into.epoch == 0 || into.epoch > kMaxEpoch) throw std::runtime_error("its epoch is none");
    into.owner = from.at("owner").get<std::string>();
    if (into.owner.empty()) throw std::runtime_error("its owner has no name");
    into.store = from.value("store", std::string());
    into.target = from.value("target", std::string());
    into.forced = from.value("forced", std::uint64_t{0});
    into.pinned = from.value("pinned", false);
    const Json refused = from.value("refused", Json::object());
    for (const auto& [member, refusal] : refused.items())
      into.refused[member] = {refusal.at("incarnation").get<std::uint64_t>(), refusal.at("why").get<std::string>()};
  });
}

}  // namespace troupe::membership

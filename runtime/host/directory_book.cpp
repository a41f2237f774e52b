#include "host/directory_book.h"

#include <algorithm>
#include <map>
#include <utility>

#include "host/hosted_schemas.h"

namespace troupe::host {
namespace {

constexpr std::uint8_t kLinked = 1;
constexpr std::uint8_t kSuspected = 2;

// What this node says of its own services, where no record does.
std::vector<cluster::KnownService> own_services(NodeParts& running, const NodeCondition& condition) {
  std::vector<cluster::KnownService> out;
  for (const auto& hosted : running.routing().registry.services()) {
    const ServiceInfo& service = hosted->service;
    out.push_back({.id = service.id,
                   .name = service.name,
                   .schema_hash = schema_hash(service),
                   .state_version = service.state_version,
                   .durable = service.durable(),
                   .healthy = !condition.troubles.contains(service.id)});
    if (const auto at = condition.troubles.find(service.id); at != condition.troubles.end())
      out.back().trouble = at->second;
  }
  return out;
}

using Services = std::map<std::string, DirectoryService, std::less<>>;

void add(Services& into, const std::vector<cluster::KnownService>& services, const std::string& member) {
  for (const cluster::KnownService& service : services) {
    DirectoryService& one = into[service.name];
    one.name = service.name;
    one.id = service.id;
    one.durable = service.durable;
    one.hosts.push_back({member, service.healthy, service.trouble, service.schema_hash, service.state_version});
  }
}

}  // namespace

MemberStanding standing_of(cluster::MemberState state, bool ready) noexcept {
  switch (state) {
    case cluster::MemberState::draining: return MemberStanding::draining;
    case cluster::MemberState::left: return MemberStanding::left;
    case cluster::MemberState::serving: break;
  }
  return ready ? MemberStanding::serving : MemberStanding::joining;
}

std::shared_ptr<const ClusterDirectory> DirectoryBook::get() {
  const auto view = running_.routing().router.view().get();
  Signs now = signs(*view);
  const std::lock_guard lock(mutex_);
  if (last_ && now == signs_) return last_;
  auto made = make(*view, now);
  signs_ = std::move(now);
  const bool same = last_ && last_->members == made->members && last_->services == made->services;
  return same ? last_ : last_ = std::move(made);
}

DirectoryBook::Signs DirectoryBook::signs(const cluster::ClusterView& view) const {
  const cluster::Router& router = running_.routing().router;
  Signs out{.view = view.version(), .links = {}, .condition = running_.condition()};
  for (std::size_t i = 0; i < view.members().size(); ++i) {
    const auto index = static_cast<cluster::MemberIndex>(i);
    out.links.push_back((router.linked(index) ? kLinked : 0) | (router.suspects(index) ? kSuspected : 0));
  }
  return out;
}

std::shared_ptr<const ClusterDirectory> DirectoryBook::make(const cluster::ClusterView& view,
                                                            const Signs& signs) const {
  auto out = std::make_shared<ClusterDirectory>();
  out->version = last_ ? last_->version + 1 : 1;
  out->cluster = cluster_;
  out->joined = running_.membership() != nullptr;
  const std::string& self = running_.routing().router.self();
  Services services;
  for (std::size_t i = 0; i < view.members().size(); ++i) {
    const cluster::KnownMember& known = view.members()[i];
    const bool is_self = known.member.name == self;
    // Who is a name in a record and no more is nobody.
    if (!known.present && known.incarnation == 0) continue;
    DirectoryMember one{.name = known.member.name, .host = known.member.host, .port = known.member.port};
    const bool ready = out->joined || !is_self ? known.ready : signs.condition.ready;
    one.standing = standing_of(known.state, ready);
    one.alive = out->joined ? known.alive : is_self || (signs.links[i] & kLinked) != 0;
    one.suspect = known.present && (signs.links[i] & kSuspected) != 0;
    one.client = known.member.client;
    one.zone = known.zone;
    one.labels = known.labels;
    one.weight = known.member.client && !out->joined ? 0 : known.weight;
    one.incarnation = out->joined ? known.incarnation : is_self ? running_.incarnation() : 0;
    if (out->joined && known.alive && known.services) add(services, *known.services, one.name);
    if (!out->joined && is_self) add(services, own_services(running_, signs.condition), one.name);
    out->members.push_back(std::move(one));
  }
  const auto by_name = [](const DirectoryMember& one, const DirectoryMember& other) { return one.name < other.name; };
  std::sort(out->members.begin(), out->members.end(), by_name);
  for (auto& [name, service] : services) {
    std::sort(service.hosts.begin(), service.hosts.end(),
              [](const DirectoryHost& one, const DirectoryHost& other) { return one.member < other.member; });
    out->services.push_back(std::move(service));
  }
  return out;
}

}  // namespace troupe::host

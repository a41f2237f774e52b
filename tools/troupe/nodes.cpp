#include "nodes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "troupe/admin_client.h"

namespace troupe::tool {
namespace {

namespace fs = std::filesystem;
constexpr int kElsewhere = 421;
constexpr const char* kSocket = "admin.sock";
constexpr const char* kTreeSocket = "processes.sock";
constexpr const char* kDataFile = "data.mdb";

bool is_node(const fs::path& place) {
  std::error_code ignored;
  return fs::exists(place / kSocket, ignored) || fs::exists(place / kDataFile, ignored);
}

std::vector<fs::path> nodes_in(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(directory, problem))
    if (is_node(entry.path())) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

fs::path directory_of(const fs::path& place) {
  std::error_code ignored;
  return fs::is_directory(place, ignored) ? place : fs::absolute(place, ignored).parent_path();
}

Failure unreachable(const std::string& message) {
  return failure(kUnreachable, Error(ErrorKind::unavailable, message));
}

}  // namespace

Nodes::Nodes(const Selection& selection, std::chrono::milliseconds timeout) : timeout_(timeout) {
  std::error_code ignored;
  if (!selection.node.empty()) {
    const fs::path within = fs::path(selection.data) / selection.node;
    const bool named = !selection.data.empty() && fs::exists(within, ignored);
    const fs::path place = named ? within : fs::path(selection.node);
    if (!fs::exists(place, ignored))
      throw unreachable("there is no " + place.string() + "; --node wants a node's data directory or its admin.sock");
    const bool of_processes = !is_node(place) && fs::exists(place / kTreeSocket, ignored);
    places_ = {of_processes ? place / kTreeSocket : place};
    return;
  }
  if (!selection.data.empty()) {
    if (!fs::is_directory(selection.data, ignored))
      throw unreachable("there is no directory " + selection.data +
                        "; --data wants one that holds a directory per node");
    places_ = is_node(selection.data) ? std::vector{fs::path(selection.data)} : nodes_in(selection.data);
    if (const fs::path tree = fs::path(selection.data) / kTreeSocket; fs::exists(tree, ignored)) tree_ = tree;
    if (places_.empty() && !tree_.empty()) places_ = {std::exchange(tree_, {})};
    if (places_.empty()) throw unreachable("no node has its data in " + selection.data);
    return;
  }
  if (is_node(".")) {
    places_ = {"."};
    return;
  }
  throw usage(
      "which node? Give --node DIR (its data directory) or --data DIR (which holds one per node), or set TROUPE_NODE");
}

Json Nodes::ask(const fs::path& place, const std::string& method, const std::string& path, const std::string& body,
                std::chrono::milliseconds timeout) const {
  auto reply = AdminClient(place).request(method, path, body, timeout);
  if (!reply.ok()) {
    const bool corrupt = reply.error().kind() == ErrorKind::corrupt;
    throw failure(corrupt ? kCorrupt : kUnreachable, reply.error());
  }
  Json json = Json::parse(reply->json, nullptr, false);
  if (!json.is_object())
    throw failure(Error(ErrorKind::corrupt, "the answer of the node at " + place.string() + " is no JSON object"));
  if (reply->status < 400 || reply->status == kElsewhere) return json;
  const Json error = json.value("error", Json::object());
  throw Failure{exit_code(error.value("kind", std::string())), error};
}

Json Nodes::get(const fs::path& place, const std::string& path) const { return ask(place, "GET", path, "", timeout_); }

// Those of the chosen that have a socket; one that is not there stands for itself, so that its error is shown.
std::vector<fs::path> Nodes::running() const {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& place : places_)
    if (!fs::is_directory(place, ignored) || fs::exists(place / kSocket, ignored)) found.push_back(place);
  return found.empty() ? std::vector{places_.front()} : found;
}

std::vector<Answer> Nodes::get_all(const std::string& path) const { return ask_all(running(), path); }

std::vector<Answer> Nodes::get_trees() const {
  auto places = running();
  if (!tree_.empty()) places.insert(places.begin(), tree_);
  return ask_all(places, "/tree");
}

std::vector<Answer> Nodes::ask_all(const std::vector<fs::path>& places, const std::string& path) const {
  std::vector<Answer> answers;
  std::optional<Failure> first;
  for (const auto& place : places) {
    try {
      const Json node = get(place, "/node");
      answers.push_back({node.value("name", std::string()), path == "/node" ? node : get(place, path)});
    } catch (const Failure& failed) {
      if (!first || first->code == kUnreachable) first = failed;
    }
  }
  if (answers.empty()) throw *first;
  return answers;
}

std::vector<Answer> Nodes::post_all(const std::string& path) const {
  std::vector<Answer> answers;
  for (const auto& place : running()) answers.push_back({"", ask(place, "POST", path, "", timeout_)});
  return answers;
}

Json Nodes::get_actor(const std::string& path) const { return ask_owner("GET", path); }
Json Nodes::post_actor(const std::string& path) const { return ask_owner("POST", path); }

Json Nodes::ask_owner(const std::string& method, const std::string& path) const {
  std::optional<Failure> first;
  for (const auto& place : running()) {
    try {
      const Json json = ask(place, method, path, "", timeout_);
      if (!json.contains("owner")) return json;
      const Json owned = ask(place_of(json["owner"].get<std::string>(), place), method, path, "", timeout_);
      if (owned.contains("owner"))
        throw unreachable(owned["error"].value("message", std::string("the owner has moved")));
      return owned;
    } catch (const Failure& failed) {
      if (failed.code != kUnreachable || (method != "GET" && failed.error.value("mayHaveRun", true))) throw;
      if (!first) first = failed;
    }
  }
  throw *first;
}

// Where the owner's socket is: among the chosen places, or beside the node that named it.
fs::path Nodes::place_of(const std::string& owner, const fs::path& asked) const {
  std::vector<fs::path> candidates = places_;
  std::error_code ignored;
  const fs::path around = fs::absolute(directory_of(asked), ignored).lexically_normal();
  const fs::path parent = around.has_filename() ? around.parent_path() : around.parent_path().parent_path();
  for (auto& beside : nodes_in(parent)) candidates.push_back(std::move(beside));
  for (const auto& place : candidates) {
    try {
      if (get(place, "/node").value("name", std::string()) == owner) return place;
    } catch (const Failure&) {
      // a stopped neighbour
    }
  }
  throw unreachable("the actor lives on node '" + owner +
                    "', whose socket is not beside this node's; name it with --node");
}

Json Nodes::post(const std::string& path, const std::string& body, std::chrono::milliseconds timeout) const {
  const auto places = running();
  for (std::size_t i = 0; i < places.size(); ++i) {
    try {
      return ask(places[i], "POST", path, body, timeout);
    } catch (const Failure& failed) {
      // Only where nothing was sent is another node tried.
      const bool unsent = failed.code == kUnreachable && !failed.error.value("mayHaveRun", true);
      if (!unsent || i + 1 == places.size()) throw;
    }
  }
  throw unreachable("no node runs");
}

ActorName actor_name(const std::string& actor) {
  const auto slash = actor.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == actor.size())
    throw usage("'" + actor + "' is no actor; write SERVICE/KEY, as in Stock/sku-1");
  return {actor.substr(0, slash), actor.substr(slash + 1)};
}

std::string actor_path(const std::string& actor) {
  const ActorName name = actor_name(actor);
  return "/actors/" + AdminClient::encode(name.service) + "/" + AdminClient::encode(name.key);
}

}  // namespace troupe::tool

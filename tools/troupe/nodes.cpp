#include "nodes.h"

#include <algorithm>
#include <future>
#include <utility>

#include "show.h"
#include "troupe/admin_client.h"

namespace troupe::tool {
namespace {

namespace fs = std::filesystem;
constexpr int kElsewhere = 421;
constexpr const char* kSocket = "admin.sock";
constexpr const char* kTreeSocket = "processes.sock";
constexpr const char* kDataFile = "data.mdb";
constexpr const char* kBackupPage = "backup";
constexpr const char* kCoordinatorFile = "processes";
constexpr std::chrono::milliseconds kShortLook{1'000};

bool has(const fs::path& place, const char* file) {
  std::error_code problem;
  return fs::exists(place / file, problem);
}

// A backup is no node's, though it has a store; nor is the directory of a coordinator.
bool is_node(const fs::path& place) {
  return has(place, kSocket) || (has(place, kDataFile) && !has(place, kBackupPage) && !has(place, kCoordinatorFile));
}

// Whether it cannot be seen what is there.
bool is_closed(const fs::path& place) {
  std::error_code problem;
  (void)fs::exists(place / kSocket, problem);
  return problem == std::errc::permission_denied;
}

Failure unreachable(const std::string& message) {
  return failure(kUnreachable, Error(ErrorKind::unavailable, message));
}

Failure closed(const fs::path& place) {
  return failure(kUnreachable,
                 Error(ErrorKind::denied, "permission",
                       "permission denied: this user may not look into " + place.string() + "; ask as its owner"));
}

// Also those that cannot be looked into, for a node may be there.
std::vector<fs::path> nodes_in(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code problem, ignored;
  for (const auto& entry : fs::directory_iterator(directory, problem))
    if (is_node(entry.path()) || (entry.is_directory(ignored) && is_closed(entry.path())))
      found.push_back(entry.path());
  if (problem == std::errc::permission_denied) throw closed(directory);
  std::sort(found.begin(), found.end());
  return found;
}

fs::path directory_of(const fs::path& place) {
  std::error_code ignored;
  return fs::is_directory(place, ignored) ? place : fs::absolute(place, ignored).parent_path();
}

// What a node is called that does not say so itself.
std::string name_of(const fs::path& place) {
  if (place.filename() == kTreeSocket) return "processes";
  std::error_code ignored;
  const fs::path whole = fs::absolute(directory_of(place), ignored).lexically_normal();
  return (whole.has_filename() ? whole.filename() : whole.parent_path().filename()).string();
}

bool is_silent(const Asked& asked) { return asked.failed && asked.failed->code == kUnreachable; }

}  // namespace

Nodes::Nodes(const Selection& selection, std::chrono::milliseconds timeout, SilentNodes& silent)
    : timeout_(timeout), silent_(&silent) {
  std::error_code problem;
  if (!selection.node.empty()) {
    const fs::path within = fs::path(selection.data) / selection.node;
    const bool named = !selection.data.empty() && fs::exists(within, problem);
    const fs::path place = named ? within : fs::path(selection.node);
    const bool there = fs::exists(place, problem);
    if (problem == std::errc::permission_denied) throw closed(place);
    if (!there)
      throw unreachable("there is no " + place.string() + "; --node wants a node's data directory or its admin.sock");
    const bool of_processes = !is_node(place) && has(place, kTreeSocket);
    places_ = {of_processes ? place / kTreeSocket : place};
    return;
  }
  if (!selection.data.empty()) {
    const bool there = fs::is_directory(selection.data, problem);
    if (problem == std::errc::permission_denied) throw closed(selection.data);
    if (!there)
      throw unreachable("there is no directory " + selection.data +
                        "; --data wants one that holds a directory per node");
    places_ = is_node(selection.data) ? std::vector{fs::path(selection.data)} : nodes_in(selection.data);
    if (has(selection.data, kTreeSocket)) tree_ = fs::path(selection.data) / kTreeSocket;
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

// --- one place ---

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

// --- several ---

std::vector<Asked> Nodes::ask_each(const Places& places, const std::string& method, const std::string& path) const {
  const auto ask_one = [&](const fs::path& place) {
    Asked asked{name_of(place), {}, {}};
    try {
      Json node = get(place, "/node");
      asked.name = node.value("name", asked.name);
      asked.body = path == "/node" ? std::move(node) : ask(place, method, path, "", timeout_);
    } catch (const Failure& failed) {
      asked.failed = failed;
    }
    return asked;
  };
  std::vector<std::future<Asked>> under_way;
  for (const auto& place : places) under_way.push_back(std::async(std::launch::async, ask_one, place));
  std::vector<Asked> all;
  for (auto& one : under_way) all.push_back(one.get());
  return all;
}

std::vector<Asked> Nodes::ask_each(const std::string& path) const { return ask_each(places_, "GET", path); }

// What a node does not know, another may; whatever else kept one from answering is noted.
std::vector<Answer> Nodes::answers_of(std::vector<Asked> asked) const {
  std::vector<Answer> answers;
  for (auto& one : asked)
    if (one.body) answers.push_back({one.name, std::move(*one.body)});
  const auto refused =
      std::find_if(asked.begin(), asked.end(), [](const Asked& one) { return one.failed && !is_silent(one); });
  if (answers.empty() && asked.size() == 1) throw *asked.front().failed;
  for (const auto& one : asked)
    if (one.failed && one.failed->code != kNotFound) silent_->add(one.name, *one.failed);
  if (!answers.empty()) return answers;
  if (refused != asked.end()) throw *refused->failed;
  throw unreachable("none of these nodes answers");
}

std::vector<Answer> Nodes::get_all(const std::string& path) const { return answers_of(ask_each(places_, "GET", path)); }

Nodes::Places Nodes::with_tree() const {
  auto places = places_;
  if (!tree_.empty()) places.insert(places.begin(), tree_);
  return places;
}

std::vector<Answer> Nodes::get_trees() const { return answers_of(ask_each(with_tree(), "GET", "/tree")); }

std::vector<Answer> Nodes::post_all(const std::string& path) const {
  return answers_of(ask_each(places_, "POST", path));
}

std::vector<Asked> Nodes::post_each(const std::string& path) const { return ask_each(places_, "POST", path); }

std::vector<Asked> Nodes::post_trees(const std::string& path) const { return ask_each(with_tree(), "POST", path); }

void Nodes::note(const Asked& asked) const { silent_->add(asked.name, *asked.failed); }

void Nodes::read_each(const std::function<void(const std::string& node, const Get& get)>& read) const {
  auto asked = ask_each(places_, "GET", "/node");
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (!asked[i].body) continue;
    try {
      read(asked[i].name, [&](const std::string& path) { return get(places_[i], path); });
    } catch (const Failure& failed) {
      asked[i].body.reset();
      asked[i].failed = failed;
    }
  }
  (void)answers_of(std::move(asked));
}

// --- an actor's node ---

Json Nodes::get_actor(const std::string& path) const { return ask_owner("GET", path); }
Json Nodes::post_actor(const std::string& path) const { return ask_owner("POST", path); }

// A short look at each first, so that one which hangs does not hold up a question that another can answer.
fs::path Nodes::one_that_answers() const {
  if (places_.size() == 1) return places_.front();
  for (const auto patience : {std::min(timeout_, kShortLook), timeout_}) {
    for (const auto& place : places_) {
      try {
        (void)ask(place, "GET", "/node", "", patience);
        return place;
      } catch (const Failure& failed) {
        silent_->add(name_of(place), failed);
      }
    }
  }
  throw unreachable("none of these nodes answers");
}

Json Nodes::ask_owner(const std::string& method, const std::string& path) const {
  const fs::path place = one_that_answers();
  const Json json = ask(place, method, path, "", timeout_);
  silent_->forget();  // whoever was passed over is not missed
  if (!json.contains("owner")) return json;
  const Json owned = ask(place_of(json["owner"].get<std::string>(), place), method, path, "", timeout_);
  if (owned.contains("owner")) throw unreachable(owned["error"].value("message", std::string("the owner has moved")));
  return owned;
}

// Where the owner's socket is: among the chosen places, or beside the node that named it.
fs::path Nodes::place_of(const std::string& owner, const fs::path& asked) const {
  Places candidates = places_;
  std::error_code ignored;
  const fs::path around = (fs::absolute(directory_of(asked), ignored) / "..").lexically_normal();
  for (auto& beside : nodes_in(around)) candidates.push_back(std::move(beside));
  // Directories are mostly called as their nodes.
  std::stable_partition(candidates.begin(), candidates.end(),
                        [&](const fs::path& place) { return name_of(place) == owner; });
  std::string silent;
  for (const auto& place : candidates) {
    try {
      if (get(place, "/node").value("name", std::string()) == owner) return place;
    } catch (const Failure& failed) {
      if (name_of(place) == owner)
        throw Failure{kUnreachable, failure(Error(ErrorKind::unavailable, failed.error.value("code", std::string()),
                                                  "the actor lives on node '" + owner +
                                                      "', which does not answer: " + failed.message()))
                                        .error};
      silent += (silent.empty() ? "" : ", ") + name_of(place);
    }
  }
  throw unreachable("the actor lives on node '" + owner +
                    "', whose socket is not beside this node's; name it with --node" +
                    (silent.empty() ? "" : ". These did not answer: " + silent));
}

Json Nodes::get_any(const std::string& path) const {
  const fs::path place = one_that_answers();
  silent_->forget();
  return get(place, path);
}

Json Nodes::post(const std::string& path, const std::string& body, std::chrono::milliseconds timeout) const {
  const fs::path place = one_that_answers();
  silent_->forget();
  return ask(place, "POST", path, body, timeout);
}

std::string as_json(const std::vector<Answer>& answers) {
  Json all = Json::array();
  for (const auto& answer : answers) {
    Json one = {{"node", answer.node}};
    one.update(answer.body);
    all.push_back(std::move(one));
  }
  return dumped(all);
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

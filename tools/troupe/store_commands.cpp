#include "store_commands.h"

#include <future>
#include <optional>

#include "progress.h"
#include "show.h"
#include "troupe/admin_client.h"
#include "troupe/store_files.h"

namespace troupe::tool {
namespace {

namespace fs = std::filesystem;

Json as_json(const BackupFigures& figures) {
  return {{"cluster", figures.cluster}, {"node", figures.node},   {"takenMs", figures.taken_ms},
          {"records", figures.records}, {"bytes", figures.bytes}, {"encrypted", figures.encrypted}};
}

std::string sentence(const Json& figures, const std::string& what, const fs::path& where) {
  return what + " " + printable(where.string()) + ": node " + printable(text_at(figures, "node")) + " of cluster " +
         printable(text_at(figures, "cluster")) + ", " + text_at(figures, "records") + " records, " +
         size(number_at(figures, "bytes")) + (figures.value("encrypted", false) ? ", encrypted\n" : "\n");
}

std::string rewritten(const RewriteFigures& figures, const std::string& what, bool json) {
  if (json)
    return dumped({{"records", figures.records},
                   {"bytesBefore", figures.bytes_before},
                   {"bytesAfter", figures.bytes_after},
                   {"encrypted", figures.encrypted}});
  return what + ": " + std::to_string(figures.records) + " records, " + size(figures.bytes_before) + " before, " +
         size(figures.bytes_after) + " now" + (figures.encrypted ? ", encrypted\n" : "\n");
}

// The node's answer; nothing when none runs there.
std::optional<Json> ask_node(const fs::path& place, const fs::path& destination) {
  constexpr std::chrono::hours kLongest{24};
  constexpr std::chrono::milliseconds kLook{500};
  std::error_code ignored;
  if (fs::is_directory(place, ignored) && !fs::exists(place / "admin.sock", ignored)) return std::nullopt;
  auto backup = std::async(std::launch::async, [&] {
    return AdminClient(place).request("POST", "/store/backup?to=" + AdminClient::encode(destination.string()), {},
                                      kLongest);
  });
  ProgressLine progress;
  AdminClient watching(place);
  while (backup.wait_for(kLook) != std::future_status::ready) {
    if (!progress.shown()) continue;
    auto answer = watching.request("GET", "/node");
    const Json node = answer.ok() ? Json::parse(answer->json, nullptr, false) : Json();
    const Json store = node.is_object() ? node.value("store", Json()) : Json();
    if (store.is_object() && number_at(store, "copyOf") > 0)
      progress.show(number_at(store, "copyDone"), number_at(store, "copyOf"));
  }
  auto answer = backup.get();
  if (!answer.ok()) {
    // A socket that a node left behind when it was killed.
    if (answer.error().kind() == ErrorKind::unavailable && !answer.error().may_have_run()) return std::nullopt;
    throw failure(answer.error());
  }
  Json json = Json::parse(answer->json, nullptr, false);
  if (!json.is_object()) throw failure(Error(ErrorKind::corrupt, "the node's answer is no JSON"));
  if (answer->status != 200) {
    const Json error = json.value("error", Json::object());
    throw Failure{exit_code(error.value("kind", std::string())), error};
  }
  return json;
}

}  // namespace

std::string do_backup(const Files& files, const fs::path& destination, bool json) {
  std::error_code ignored;
  const fs::path where = fs::absolute(destination, ignored).lexically_normal();
  std::optional<Json> figures = ask_node(files.directory, where);
  if (!figures) {
    ProgressLine progress;
    figures = as_json(take(back_up_store(files.directory, where, files.keys,
                                         [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); })));
  }
  return json ? dumped(*figures) : sentence(*figures, "backed up to", where);
}

std::string do_restore(const fs::path& backup, const Files& files, bool json) {
  ProgressLine progress;
  const Json figures = as_json(take(restore_store(
      backup, files.directory, files.keys, [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); })));
  return json ? dumped(figures) : sentence(figures, "restored to", files.directory);
}

std::string do_compact(const Files& files, bool json) {
  ProgressLine progress;
  return rewritten(take(compact_store(files.directory, files.keys,
                                      [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); })),
                   "compacted", json);
}

std::string do_rotate(const Files& files, bool to_plain, bool json) {
  if (!files.keys.named())
    throw usage("which keys? Give --key-file or --key-env: the new key first, behind it those the store has now");
  ProgressLine progress;
  return rewritten(take(rotate_store(files.directory, files.keys, to_plain,
                                     [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); })),
                   to_plain ? "decrypted" : "sealed under the first key", json);
}

}  // namespace troupe::tool

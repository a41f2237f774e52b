#include "member_commands.h"

#include "progress.h"
#include "show.h"
#include "troupe/member_files.h"

namespace troupe::tool {
namespace {

Json as_json(const MoveFigures& figures) { return {{"actors", figures.actors}, {"records", figures.records}}; }

std::string counted(const MoveFigures& figures) {
  return std::to_string(figures.actors) + " actors, " + std::to_string(figures.records) + " records";
}

// What `drop` would drop.
std::string doomed(const Files& files, const MemberOptions& options) {
  const std::string node = take(take(OfflineStore::open(files.directory, files.keys)).stats()).node;
  std::string text;
  for (const OwnerShare& share : take(shares_of_store(files.directory, options.owners, files.keys))) {
    if (share.owner == node) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(share.actors) + " actors of " + printable(share.owner);
  }
  return text.empty() ? "no actors" : text;
}

}  // namespace

std::string show_owners(const Files& files, const MemberOptions& options, bool json) {
  Json all = Json::array();
  Table table({"MEMBER", "ACTORS", "PARTITIONS"});
  for (const OwnerShare& share : take(shares_of_store(files.directory, options.owners, files.keys))) {
    all.push_back({{"member", share.owner}, {"actors", share.actors}, {"partitions", share.partitions}});
    table.row({share.owner, std::to_string(share.actors), std::to_string(share.partitions)});
  }
  if (json) return dumped(all);
  return table.empty() ? "no actors\n" : table.text();
}

std::string do_move(const Files& files, const MemberOptions& options, bool json) {
  ProgressLine progress;
  const MoveFigures moved = take(move_actors(
      {.from = files.directory, .owner = options.owner, .to = options.to, .owners = options.owners, .keys = files.keys},
      [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); }));
  if (json) return dumped(as_json(moved));
  return "moved to " + printable(options.owner) + " in " + printable(options.to) + ": " + counted(moved) + "\n";
}

std::string do_drop(const Files& files, const MemberOptions& options, bool json) {
  if (!options.yes) throw usage("this would drop, for good: " + doomed(files, options) + "; add --yes to do it");
  ProgressLine progress;
  const MoveFigures dropped = take(drop_actors(files.directory, options.owners, files.keys,
                                               [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); }));
  return json ? dumped(as_json(dropped)) : "dropped " + counted(dropped) + "\n";
}

void add_member_commands(CLI::App& db, MemberOptions& options, const AddCommand& add, const Files& files,
                         const bool& json) {
  MemberOptions& o = options;
  using Do = std::string (*)(const Files&, const MemberOptions&, bool);
  const auto add_one = [&](const char* name, const char* text, Do run) {
    auto* command = add(db, name, text, [&o, &files, &json, run] { return run(files, o, json); });
    command->add_option("--members", o.owners, "the members that own actors, as they are to be: shop-1,shop-2")
        ->delimiter(',')
        ->required();
    return command;
  };
  add_one("owners", "whose the actors of a store are, with these members", show_owners);
  auto* move =
      add_one("move", "move what MEMBER owns to its own data directory; the same again goes on with it", do_move);
  move->add_option("MEMBER", o.owner, "who gets it")->required();
  move->add_option("TO", o.to, "its data directory; made if it is not there")->required();
  auto* drop = add_one("drop", "drop what other members own, and begin anew with what was not moved here", do_drop);
  drop->add_flag("--yes", o.yes, "do it; without, what would go is said");
}

}  // namespace troupe::tool

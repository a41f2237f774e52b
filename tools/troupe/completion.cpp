#include "completion.h"

#include <CLI/CLI.hpp>

namespace troupe::tool {
namespace {

std::string commands_of(const CLI::App& app) {
  std::string words;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    words += (words.empty() ? "" : " ") + command->get_name();
  return words;
}

std::string options_of(const CLI::App& app) {
  std::string words;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) words += (words.empty() ? "--" : " --") + name;
  return words;
}

// Actors come from the node itself, where one is named by TROUPE_NODE or TROUPE_DATA.
constexpr const char* kActors =
    R"sh(troupe ls --json 2>/dev/null | sed -n 's/.*"service": "\(.*\)",/\1/p;s/.*"key": "\(.*\)",/\1/p' | paste -d/ - -)sh";

std::string bash(const CLI::App& app) {
  return "_troupe() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
         "  case $before in\n"
         "    --node|--data|up) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
         "    inspect|state|call|get|tables|history|erase|--actor) words=$(" +
         std::string(kActors) +
         ") ;;\n"
         "    db) words='" +
         commands_of(*app.get_subcommand("db")) +
         "' ;;\n"
         "    schema) words='" +
         commands_of(*app.get_subcommand("schema")) +
         "' ;;\n"
         "    dead-letters) words='" +
         commands_of(*app.get_subcommand("dead-letters")) +
         "' ;;\n"
         "    outbox) words='" +
         commands_of(*app.get_subcommand("outbox")) +
         "' ;;\n"
         "    quarantine) words='" +
         commands_of(*app.get_subcommand("quarantine")) +
         "' ;;\n"
         "    tree) words='" +
         commands_of(*app.get_subcommand("tree")) +
         "' ;;\n"
         "    breakers) words='" +
         commands_of(*app.get_subcommand("breakers")) +
         "' ;;\n"
         "    partitions) words='" +
         commands_of(*app.get_subcommand("partitions")) +
         "' ;;\n"
         "    saga) words='" +
         commands_of(*app.get_subcommand("saga")) +
         "' ;;\n"
         "    completion) words='bash zsh fish' ;;\n"
         "    *) words='" +
         commands_of(app) + " " + options_of(app) +
         "' ;;\n"
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "}\n"
         "complete -o default -F _troupe troupe\n";
}

std::string fish(const CLI::App& app) {
  std::string script = "complete -c troupe -f\n";
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    script += "complete -c troupe -n __fish_use_subcommand -a " + command->get_name() + "\n";
  for (const std::string group : {"db", "schema", "dead-letters", "outbox", "quarantine", "tree", "saga", "partitions"})
    for (const auto* command : app.get_subcommand(group)->get_subcommands([](const CLI::App*) { return true; }))
      script += "complete -c troupe -n '__fish_seen_subcommand_from " + group + "' -a " + command->get_name() + "\n";
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) script += "complete -c troupe -l " + name + "\n";
  script += "complete -c troupe -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n";
  return script + "complete -c troupe -n '__fish_seen_subcommand_from inspect state call tables history erase' -a '(" +
         kActors + ")'\n";
}

}  // namespace

std::vector<std::string> shells() { return {"bash", "zsh", "fish"}; }

std::string completion(const CLI::App& app, const std::string& shell) {
  if (shell == "fish") return fish(app);
  if (shell == "zsh") return "autoload -U +X bashcompinit && bashcompinit\n" + bash(app);
  return bash(app);
}

}  // namespace troupe::tool

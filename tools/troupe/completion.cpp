#include "completion.h"

#include <CLI/CLI.hpp>
#include <vector>

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

// The commands that have commands of their own.
std::vector<const CLI::App*> groups_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* one) { return !commands_of(*one).empty(); });
}

std::string bash(const CLI::App& app) {
  std::string groups;
  for (const CLI::App* group : groups_of(app))
    groups += "    " + group->get_name() + ") words='" + commands_of(*group) + "' ;;\n";
  return "_troupe() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
         "  case $before in\n"
         "    --node|--data|up) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
         "    inspect|state|call|get|tables|history|erase|--actor) words=$(" +
         std::string(kActors) + ") ;;\n" + groups +
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
  for (const CLI::App* group : groups_of(app))
    for (const auto* command : group->get_subcommands([](const CLI::App*) { return true; }))
      script += "complete -c troupe -n '__fish_seen_subcommand_from " + group->get_name() + "' -a " +
                command->get_name() + "\n";
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

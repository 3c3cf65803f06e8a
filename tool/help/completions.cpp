#include "tool/help/completions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "tool/help/help_topics.hpp"
#include "tool/settings/option_table.hpp"

namespace imgopt {

namespace {

bool takes_value(const OptionSpec& spec) {
  return spec.kind != ValueKind::flag;
}

std::string choices_of(const OptionSpec& spec) {
  std::vector<std::string_view> names;
  for (const Choice& choice : spec.choices)
    names.push_back(choice.name);
  return fmt::format("{}", fmt::join(names, " "));
}

std::string command_names() {
  std::vector<std::string_view> names;
  for (const CommandSpec& command : command_table())
    names.push_back(command.name);
  return fmt::format("{}", fmt::join(names, " "));
}

// The words that a command takes for arguments, where they are words: "stats|clear", or help's topics. Of an
// alternative such as "verify [N]" the first word.
std::string argument_words(const CommandSpec& command) {
  std::vector<std::string> words;
  if (command.command == Command::help) {
    for (const HelpTopic& topic : help_topics())
      words.emplace_back(topic.name);
    return fmt::format("{} {}", command_names(), fmt::join(words, " "));
  }
  std::string_view rest = command.arguments;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    std::string_view word = rest.substr(0, end);
    while (!word.empty() && word.front() == ' ')
      word.remove_prefix(1);
    word = word.substr(0, word.find_first_of(" ["));
    if (!word.empty() &&
        std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; }))
      words.emplace_back(word);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return fmt::format("{}", fmt::join(words, " "));
}

bool takes_files(const CommandSpec& command) {
  return !command.arguments.empty() && argument_words(command).empty();
}

// Within single quotes of a shell.
std::string in_single_quotes(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out;
}

// A description inside of zsh's [...], where brackets and colons mean something.
std::string zsh_description(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\')
      out += '\\';
    out += c;
  }
  return in_single_quotes(out);
}

}  // namespace

std::string bash_completion() {
  std::string options;
  std::string words;
  for (const CommandSpec& command : command_table()) {
    std::vector<std::string> names;
    for (const OptionSpec& spec : option_table()) {
      if (!accepts(spec, command.command))
        continue;
      names.push_back(fmt::format("--{}", spec.name));
    }
    options += fmt::format("    {}) options='{}' ;;\n", command.name, fmt::join(names, " "));
    if (const std::string list = argument_words(command); !list.empty())
      words += fmt::format("    {}) words='{}' ;;\n", command.name, list);
  }
  std::string values;
  std::vector<std::string> with_path;
  std::vector<std::string> with_value;
  for (const OptionSpec& spec : option_table()) {
    if (!takes_value(spec))
      continue;
    std::string pattern = fmt::format("--{}", spec.name);
    if (spec.short_name != 0)
      pattern += fmt::format("|-{}", spec.short_name);
    if (!spec.choices.empty())
      values += fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$current\")); return ;;\n", pattern,
                            choices_of(spec));
    else
      (spec.kind == ValueKind::path ? with_path : with_value).push_back(std::move(pattern));
  }
  values += fmt::format(
      "    {}) local IFS=$'\\n'; compopt -o filenames; COMPREPLY=($(compgen -f -- \"$current\")); return "
      ";;\n",
      fmt::join(with_path, "|"));
  values += fmt::format("    {}) return ;;\n", fmt::join(with_value, "|"));
  return fmt::format(R"(# Completion of imgopt for bash. Made from its option table.
_imgopt() {{
  local IFS=$' \t\n'
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
  local command='' options='' words=''
  # --option=value comes as three words.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' && $COMP_CWORD -ge 2 ]]; then
    previous=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  COMPREPLY=()
  [[ $COMP_CWORD -gt 1 ]] && command=${{COMP_WORDS[1]}}
  if [[ -z $command ]]; then
    COMPREPLY=($(compgen -W '{0} --help --version' -- "$current"))
    return
  fi
  case $previous in
{1}  esac
  case $command in
{2}  esac
  case $command in
{3}  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    local IFS=$'\n'
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}}
complete -F _imgopt imgopt
)",
                     command_names(), values, options, words);
}

std::string zsh_completion() {
  std::string commands;
  std::string cases;
  for (const CommandSpec& command : command_table()) {
    commands += fmt::format("    '{}:{}'\n", command.name, zsh_description(command.summary));
    cases += fmt::format("    {})\n      _arguments -s", command.name);
    for (const OptionSpec& spec : option_table()) {
      if (!accepts(spec, command.command))
        continue;
      std::string action;
      if (!spec.choices.empty())
        action = fmt::format(":{}:({})", spec.name, choices_of(spec));
      else if (spec.kind == ValueKind::path)
        action = fmt::format(":{}:_files", spec.name);
      else if (takes_value(spec))
        action = fmt::format(":{}: ", spec.name);
      const std::string description = zsh_description(spec.summary);
      const std::string_view repeated = spec.arity == Arity::many ? "*" : "";
      const std::string_view joined = takes_value(spec) ? "=" : "";
      cases += fmt::format(" \\\n        '{}--{}{}[{}]{}'", repeated, spec.name, joined, description, action);
      if (spec.short_name != 0)
        cases += fmt::format(" \\\n        '{}-{}{}[{}]{}'", repeated, spec.short_name,
                             takes_value(spec) ? "+" : "", description, action);
    }
    if (const std::string words = argument_words(command); !words.empty())
      cases += fmt::format(" \\\n        '*:{}:({})'", command.name, words);
    else if (takes_files(command))
      cases += " \\\n        '*:file:_files'";
    cases += "\n      ;;\n";
  }
  return fmt::format(R"(#compdef imgopt
# Completion of imgopt for zsh. Made from its option table.
_imgopt() {{
  local -a commands
  commands=(
{0}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{1}  esac
}}
_imgopt "$@"
)",
                     commands, cases);
}

std::string fish_completion() {
  std::string out = "# Completion of imgopt for fish. Made from its option table.\n";
  for (const CommandSpec& command : command_table()) {
    out += fmt::format("complete -c imgopt -n __fish_use_subcommand -f -a {} -d '{}'\n", command.name,
                       in_single_quotes(command.summary));
    if (const std::string words = argument_words(command); !words.empty())
      out += fmt::format("complete -c imgopt -n '__fish_seen_subcommand_from {}' -f -a '{}'\n", command.name,
                         words);
  }
  for (const OptionSpec& spec : option_table()) {
    std::vector<std::string_view> commands;
    for (const CommandSpec& command : command_table())
      if (accepts(spec, command.command))
        commands.push_back(command.name);
    out += fmt::format("complete -c imgopt -n '__fish_seen_subcommand_from {}' -l {}",
                       fmt::join(commands, " "), spec.name);
    if (spec.short_name != 0)
      out += fmt::format(" -s {}", spec.short_name);
    if (!spec.choices.empty())
      out += fmt::format(" -x -a '{}'", choices_of(spec));
    else if (spec.kind == ValueKind::path)
      out += " -r -F";
    else if (takes_value(spec))
      out += " -x";
    out += fmt::format(" -d '{}'\n", in_single_quotes(spec.summary));
  }
  return out;
}

}  // namespace imgopt

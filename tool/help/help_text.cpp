#include "tool/help/help_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "protocol/image_format.hpp"
#include "tool/help/help_topics.hpp"
#include "tool/text/suggest.hpp"

namespace imgopt {

namespace {

constexpr std::size_t k_line_width = 80;
constexpr std::size_t k_text_column = 10;  // where an option's explanation begins, below its own line

constexpr std::array k_most_used = {OptionId::out,   OptionId::format, OptionId::quality, OptionId::lossless,
                                    OptionId::width, OptionId::jobs,   OptionId::dry_run};

// Appends `text` in lines of at most k_line_width, each after `indent` spaces.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (column != 0 && column + 1 + word.size() > k_line_width) {
      out += '\n';
      column = 0;
    }
    if (column == 0) {
      out.append(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

std::string choice_names(const OptionSpec& spec) {
  std::vector<std::string_view> names;
  for (const Choice& choice : spec.choices)
    names.push_back(choice.name);
  return fmt::format("{}", fmt::join(names, "|"));
}

// "-o, --out DIR"
std::string usage_of(const OptionSpec& spec) {
  std::string usage = spec.short_name == 0 ? "" : fmt::format("-{}, ", spec.short_name);
  usage += fmt::format("--{}", spec.name);
  if (!spec.choices.empty())
    usage += fmt::format(" {}", choice_names(spec));
  else if (!spec.implied_value.empty())
    usage += fmt::format("[={}]", spec.value_name);
  else if (!spec.value_name.empty())
    usage += fmt::format(" {}", spec.value_name);
  return usage;
}

void append_option(std::string& out, const OptionSpec& spec) {
  out += fmt::format("  {}\n", usage_of(spec));
  std::string text(spec.summary);
  if (!spec.details.empty())
    text += fmt::format(" {}", spec.details);
  if (spec.arity == Arity::many)
    text += " May be repeated.";
  const std::string_view shown_default = spec.default_note.empty() ? spec.default_value : spec.default_note;
  if (!shown_default.empty())
    text += fmt::format(" Default: {}.", shown_default);
  append_wrapped(out, text, k_text_column);
}

// "  name      text", the text wrapped below itself.
void append_row(std::string& out, std::string_view name, std::size_t column, std::string_view text) {
  std::string wrapped;
  append_wrapped(wrapped, text, column);
  if (2 + name.size() < column)
    wrapped.replace(2, name.size(), name);
  else
    out += fmt::format("  {}\n", name);
  out += wrapped;
}

// Of the options that explain and config share with build, those that they are asked with day by day. The
// others are taken for the sake of a command line of build with another command in front.
constexpr std::array k_told_of_shared = {OptionId::config,  OptionId::out,  OptionId::state, OptionId::report,
                                         OptionId::verbose, OptionId::json, OptionId::help};

bool is_told_in_full(const OptionSpec& spec, Command command) {
  if ((command != Command::explain && command != Command::config) || !accepts(spec, Command::build))
    return true;
  return std::find(k_told_of_shared.begin(), k_told_of_shared.end(), spec.id) != k_told_of_shared.end();
}

// The names alone of what a command takes and build tells of.
std::string names_of_others(Command command) {
  std::vector<std::string> names;
  for (const OptionSpec& spec : option_table())
    if (accepts(spec, command) && !is_told_in_full(spec, command))
      names.push_back(fmt::format("--{}", spec.name));
  if (names.empty())
    return {};
  std::string out = "\nTaken as by build (`imgopt help OPTION` tells of each):\n";
  append_wrapped(out, fmt::format("{}", fmt::join(names, ", ")), 2);
  return out;
}

}  // namespace

std::string overview_text() {
  constexpr std::size_t k_command_column = 27;
  constexpr std::size_t k_topic_column = 16;
  std::string out =
      "imgopt optimizes images as a build step: it encodes only what changed.\n\n"
      "Usage: imgopt COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n";
  for (const CommandSpec& command : command_table())
    append_row(out, fmt::format("{} {}", command.name, command.arguments), k_command_column, command.summary);
  out += "\nMost used options of build:\n";
  for (const OptionId id : k_most_used)
    append_row(out, fmt::format("--{}", option(id).name), k_topic_column, option(id).summary);
  out +=
      "\nExamples:\n"
      "  imgopt build assets --out build/assets\n"
      "      smaller files of the same formats, losslessly\n"
      "  imgopt build photos --out site --format avif --format webp --width 640\n"
      "      photographs for a web page\n"
      "  imgopt build\n"
      "      what imgopt.json says\n"
      "\nMore: `imgopt COMMAND --help`, and `imgopt help TOPIC` with one of\n";
  for (const HelpTopic& topic : help_topics())
    append_row(out, topic.name, k_topic_column, topic.summary);
  return out;
}

std::string command_help(Command command) {
  const CommandSpec& spec = command_table()[static_cast<std::size_t>(command)];
  std::string out = fmt::format("Usage: imgopt {}{}{}{}\n\n", spec.name,
                                command == Command::help || command == Command::version ? "" : " [OPTION...]",
                                spec.arguments.empty() ? "" : " ", spec.arguments);
  append_wrapped(
      out,
      spec.details.empty() ? std::string(spec.summary) : fmt::format("{} {}", spec.summary, spec.details), 0);
  for (const auto& [group, title] : k_option_groups) {
    std::string options;
    for (const OptionSpec& row : option_table())
      if (row.group == group && accepts(row, command) && is_told_in_full(row, command))
        append_option(options, row);
    if (!options.empty())
      out += fmt::format("\n{}:\n{}", title, options);
  }
  return out + names_of_others(command);
}

Result<std::string> help_topic(std::string_view topic) {
  if (topic.empty())
    return overview_text();
  // Of a command that is a topic, too, both are told.
  if (const CommandSpec* command = find_command(topic)) {
    const auto topics = help_topics();
    const auto known = std::find_if(topics.begin(), topics.end(),
                                    [topic](const HelpTopic& each) { return each.name == topic; });
    return (known == topics.end() ? std::string() : topic_text(*known) + "\n") +
           command_help(command->command);
  }
  // The name of a format is a question about formats.
  const std::string_view asked = format_from_name(topic) ? "formats" : topic;
  std::vector<std::string_view> names;
  for (const HelpTopic& known : help_topics()) {
    if (known.name == asked)
      return topic_text(known);
    names.push_back(known.name);
  }
  if (const OptionSpec* spec = find_option(topic)) {
    std::string text;
    append_option(text, *spec);
    return text;
  }
  const std::string topics = fmt::format("{}", fmt::join(names, ", "));
  for (const CommandSpec& command : command_table())
    names.push_back(command.name);
  for (const OptionSpec& spec : option_table())
    names.push_back(spec.name);
  return fail(ErrorCode::invalid_argument,
              fmt::format("unknown topic {}: there are {}, the commands and the options{}", topic, topics,
                          suggestion(topic, names)));
}

}  // namespace imgopt

#include "tool/help/man_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "tool/help/help_topics.hpp"
#include "tool/settings/option_table.hpp"

namespace imgopt {

namespace {

// Text for a line of roff: a backslash begins an escape, a dash alone may become a hyphen, a dot or an
// apostrophe at the start of a line is a macro.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
      out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c == '-' ? ' ' : static_cast<char>(std::toupper(c)); });
  return out;
}

std::string commands_of(const OptionSpec& spec) {
  std::vector<std::string_view> names;
  for (const CommandSpec& command : command_table())
    if (accepts(spec, command.command))
      names.push_back(command.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string option_entry(const OptionSpec& spec) {
  std::string usage = spec.short_name == 0 ? "" : fmt::format("\\fB\\-{}\\fR, ", spec.short_name);
  usage += fmt::format("\\fB\\-\\-{}\\fR", roff(spec.name));
  if (!spec.choices.empty()) {
    std::vector<std::string> names;
    for (const Choice& choice : spec.choices)
      names.push_back(roff(choice.name));
    usage += fmt::format(" \\fI{}\\fR", fmt::join(names, "|"));
  } else if (!spec.value_name.empty()) {
    usage += fmt::format(" \\fI{}\\fR", roff(spec.value_name));
  }
  std::string text(spec.summary);
  if (!spec.details.empty())
    text += fmt::format("\n{}", spec.details);
  if (spec.arity == Arity::many)
    text += "\nMay be repeated.";
  const std::string_view shown_default = spec.default_note.empty() ? spec.default_value : spec.default_note;
  if (!shown_default.empty())
    text += fmt::format("\nDefault: {}.", shown_default);
  std::string out = fmt::format(".TP\n{}\n{}\n", usage, roff(text));
  const bool has_words = std::any_of(spec.choices.begin(), spec.choices.end(),
                                     [](const Choice& choice) { return !choice.summary.empty(); });
  if (has_words) {
    out += ".RS\n";
    for (const Choice& choice : spec.choices)
      out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(choice.name), roff(choice.summary));
    out += ".RE\n";
  }
  return out;
}

}  // namespace

std::string man_page(std::string_view version) {
  std::string out = ".\\\" Made from the option table of imgopt.\n";
  out += fmt::format(".TH IMGOPT 1 \"\" \"imgopt {}\" \"User Commands\"\n", roff(version));
  out += ".SH NAME\nimgopt \\- image optimization as a build step\n";
  out += ".SH SYNOPSIS\n";
  for (const CommandSpec& command : command_table())
    out += fmt::format(".PP\n\\fBimgopt {}\\fR [\\fIoption\\fR...] {}\n", roff(command.name),
                       roff(command.arguments));
  out +=
      ".SH DESCRIPTION\n"
      "imgopt reads images and folders of images and writes optimized files into another folder.\n"
      "It encodes only what changed since the last run, on every core, in sandboxed worker processes,\n"
      "and keeps every finished output in a cache.\n";
  out += ".SH COMMANDS\n";
  for (const CommandSpec& command : command_table()) {
    out += fmt::format(".TP\n\\fB{}\\fR {}\n{}\n", roff(command.name), roff(command.arguments),
                       roff(command.summary));
    if (!command.details.empty())
      out += roff(command.details) + "\n";
  }
  out += ".SH OPTIONS\nAn option belongs to the command \\fBbuild\\fR unless others are named.\n";
  for (const auto& [group, title] : k_option_groups) {
    out += fmt::format(".SS {}\n", title);
    for (const OptionSpec& spec : option_table()) {
      if (spec.group != group)
        continue;
      out += option_entry(spec);
      if (const std::string commands = commands_of(spec); commands != "build")
        out += fmt::format(".IP\nCommands: {}.\n", roff(commands));
    }
  }
  for (const HelpTopic& topic : help_topics()) {
    out += fmt::format(".SH {}\n{}\n.PP\n.nf\n", upper(topic.name), roff(topic.summary));
    std::string text = topic_text(topic);
    text.erase(0, std::min(text.find('\n') + 1, text.size()));
    out += roff(text) + ".fi\n";
  }
  out +=
      ".SH ENVIRONMENT\n"
      ".TP\n\\fBIMGOPT_CACHE_DIR\\fR\nThe cache's folder, where \\fB\\-\\-cache\\-dir\\fR does not name "
      "one.\n"
      ".TP\n\\fBIMGOPT_WORKER\\fR\nThe worker program, where it does not stand beside imgopt.\n"
      ".TP\n\\fBXDG_CACHE_HOME\\fR, \\fBXDG_STATE_HOME\\fR\nWhere the user's caches and states are.\n"
      ".TP\n\\fBMAKEFLAGS\\fR\nThe limit of \\fBmake \\-j\\fR and where its jobserver is.\n"
      ".TP\n\\fBNO_COLOR\\fR\nWhere it is set, nothing is coloured.\n"
      ".SH FILES\n"
      ".TP\n\\fIimgopt.json\\fR\nThe configuration of a project.\n"
      ".SH EXAMPLES\n"
      ".PP\n.nf\nimgopt build assets \\-\\-out build/assets\n"
      "imgopt build photos \\-\\-out site \\-\\-format avif \\-\\-format webp \\-\\-width 640\n.fi\n";
  return out;
}

}  // namespace imgopt

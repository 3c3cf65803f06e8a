#include "tool/settings/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <optional>
#include <utility>

#include "tool/text/suggest.hpp"

namespace imgopt {

namespace {

namespace po = boost::program_options;

struct CacheActionName {
  std::string_view name;
  CacheAction action;
};
constexpr std::array k_cache_actions = {
    CacheActionName{"stats", CacheAction::stats}, CacheActionName{"verify", CacheAction::verify},
    CacheActionName{"gc", CacheAction::gc}, CacheActionName{"clear", CacheAction::clear}};

// Options of the cache command that one of its actions alone has a use for.
struct ActionOption {
  OptionId option;
  CacheAction action;
};
constexpr std::array k_action_options = {
    ActionOption{OptionId::max_cache_size, CacheAction::gc},
    ActionOption{OptionId::max_size, CacheAction::gc}, ActionOption{OptionId::older_than, CacheAction::gc},
    ActionOption{OptionId::dry_run, CacheAction::gc}, ActionOption{OptionId::fix, CacheAction::verify}};

tl::unexpected<Error> wrong_use(std::string message) {
  return fail(ErrorCode::invalid_argument, std::move(message));
}

// Abbreviations are not guessed: a script that uses one breaks when a new option begins alike.
constexpr int k_style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

// What undoes a flag that a configuration has set: --no-hidden, or --hidden=no. (A flag that is a negation
// itself has the second form alone.)
constexpr std::string_view k_negation = "no-";

// The flag that `name` undoes, if it undoes one.
const OptionSpec* flag_undone_by(std::string_view name) {
  if (!name.starts_with(k_negation))
    return nullptr;
  const OptionSpec* flag = find_option(name.substr(k_negation.size()));
  return flag != nullptr && flag->kind == ValueKind::flag ? flag : nullptr;
}

// --hidden=yes as --hidden, --hidden=no as --no-hidden, for Boost knows no flag with a value; --backup as
// --backup=.orig, for Boost would take the next word for a value that was left out.
Result<std::vector<std::string>> plain_words(std::span<const char* const> arguments) {
  std::vector<std::string> words(arguments.begin(), arguments.end());
  for (std::string& word : words) {
    if (word == "--")
      break;
    const std::size_t equals = word.find('=');
    const OptionSpec* whole =
        word.starts_with("--") ? find_option(std::string_view(word).substr(2)) : nullptr;
    if (whole != nullptr && !whole->implied_value.empty())
      word.append("=").append(whole->implied_value);
    if (!word.starts_with("--") || equals == std::string::npos)
      continue;
    const std::string name = word.substr(2, equals - 2);
    const OptionSpec* flag = find_option(name);
    if (flag == nullptr || flag->kind != ValueKind::flag)
      continue;
    auto value = parse_value(*flag, std::string_view(word).substr(equals + 1));
    if (!value)
      return fail("--" + name, std::move(value).error());
    word = std::get<bool>(*value) ? "--" + name : fmt::format("--{}{}", k_negation, name);
  }
  return words;
}

po::options_description describe_options() {
  po::options_description description;
  for (const OptionSpec& spec : option_table()) {
    std::string names(spec.name);
    if (spec.short_name != 0)
      names.append(",").push_back(spec.short_name);
    if (spec.kind == ValueKind::flag) {
      description.add_options()(names.c_str(), "");
      description.add_options()(std::string(k_negation).append(spec.name).c_str(), "");
    } else {
      description.add_options()(names.c_str(), po::value<std::string>(), "");
    }
  }
  return description;
}

// What other programs, or other commands of ours, call an option, and our own name for it.
struct OtherName {
  std::string_view theirs;
  OptionId ours;
};
constexpr std::array k_other_names = {
    OtherName{"output", OptionId::out},
    OtherName{"output-dir", OptionId::out},
    OtherName{"outdir", OptionId::out},
    OtherName{"out-dir", OptionId::out},
    OtherName{"dest", OptionId::out},
    OtherName{"destination", OptionId::out},
    OtherName{"out", OptionId::html},
    OtherName{"output", OptionId::html},
    OtherName{"output-format", OptionId::format},
    OtherName{"type", OptionId::format},
    OtherName{"threads", OptionId::jobs},
    OtherName{"workers", OptionId::jobs},
    OtherName{"parallel", OptionId::jobs},
    OtherName{"level", OptionId::effort},
    OtherName{"speed", OptionId::effort},
    OtherName{"method", OptionId::effort},
    OtherName{"compression-level", OptionId::effort},
    OtherName{"strip", OptionId::metadata},
    OtherName{"exif", OptionId::metadata},
    OtherName{"height", OptionId::resize},
    OtherName{"scale", OptionId::resize},
    OtherName{"max-size", OptionId::max_bytes},
    OtherName{"force", OptionId::recache},
    OtherName{"simulate", OptionId::dry_run},
};

std::string other_name(std::string_view word, const CommandSpec& command) {
  for (const OtherName& other : k_other_names)
    if (other.theirs == word && accepts(option(other.ours), command.command))
      return fmt::format("; did you mean --{}?", option(other.ours).name);
  return {};
}

std::string unknown_option(std::string_view name, const CommandSpec& command) {
  name = name.substr(0, name.find('='));
  std::string_view word = name;
  while (word.starts_with('-'))
    word.remove_prefix(1);
  std::vector<std::string_view> names;
  for (const OptionSpec& spec : option_table())
    if (accepts(spec, command.command))
      names.push_back(spec.name);
  const std::string dashes = name.starts_with('-') ? "" : "--";
  std::string meant = other_name(word, command);
  if (meant.empty())
    meant = suggestion(word, names, "--");
  return fmt::format("unknown option {}{}{}", dashes, name, meant);
}

// Boost's parser, whose exceptions end here.
Result<std::vector<po::option>> split_options(const std::vector<std::string>& words,
                                              const CommandSpec& command) {
  try {
    const po::options_description description = describe_options();
    return po::command_line_parser(words).options(description).style(k_style).run().options;
  } catch (const po::unknown_option& problem) {
    return wrong_use(unknown_option(problem.get_option_name(), command));
  } catch (const po::invalid_command_line_syntax& problem) {
    switch (problem.kind()) {
      case po::invalid_syntax::missing_parameter:
      case po::invalid_syntax::empty_adjacent_parameter: {
        std::string name = problem.get_option_name();
        const OptionSpec* spec =
            find_option(std::string_view(name).substr(std::min(name.find_first_not_of('-'), name.size())));
        return wrong_use(
            spec == nullptr ? fmt::format("{} needs a value", name)
                            : fmt::format("{}: expected {}, but there is nothing", name, expectation(*spec)));
      }
      case po::invalid_syntax::extra_parameter:
        return wrong_use(fmt::format("{} takes no value", problem.get_option_name()));
      default:
        return wrong_use(problem.what());
    }
  } catch (const po::error& problem) {
    return wrong_use(problem.what());
  }
}

// Whether somebody who left the command out has named an image or a folder with this word.
bool is_likely_a_path(std::string_view word, std::span<const char* const> following) {
  return word.find_first_of("./") != std::string_view::npos ||
         std::any_of(following.begin(), following.end(),
                     [](std::string_view w) { return w.starts_with('-'); });
}

Result<const CommandSpec*> read_command(std::string_view word, std::span<const char* const> following) {
  if (word == "--help" || word == "-h")
    word = "help";
  if (word == "--version" || word == "-V")
    word = "version";
  if (const CommandSpec* command = find_command(word))
    return command;
  std::vector<std::string_view> names;
  for (const CommandSpec& spec : command_table())
    names.push_back(spec.name);
  if (word.starts_with('-')) {
    for (const char* const later : following)
      if (const CommandSpec* command = find_command(later))
        return wrong_use(fmt::format("the command comes first: imgopt {} {} ...", command->name, word));
    const std::array<std::string_view, 2> alone = {"help", "version"};
    const std::string_view letters = word.substr(std::min(word.find_first_not_of('-'), word.size()));
    if (const std::string meant = suggestion(letters, alone, "--"); !meant.empty())
      return wrong_use(fmt::format("unknown option {}{}", word, meant));
    return wrong_use(fmt::format("expected a command before {}: {}", word, fmt::join(names, ", ")));
  }
  if (const std::string meant = suggestion(word, names); !meant.empty())
    return wrong_use(fmt::format("unknown command {}{}", word, meant));
  return wrong_use(fmt::format("unknown command {}; to optimize images: imgopt build {} --out DIR", word,
                               is_likely_a_path(word, following) ? word : "SOURCE"));
}

Result<void> read_cache_action(CommandLine& line) {
  if (line.arguments.empty())
    return wrong_use("cache needs stats, verify, gc or clear");
  const std::string& word = line.arguments[0];
  const auto action = std::find_if(k_cache_actions.begin(), k_cache_actions.end(),
                                   [&](const CacheActionName& a) { return a.name == word; });
  if (action == k_cache_actions.end()) {
    std::vector<std::string_view> names;
    names.reserve(k_cache_actions.size());
    for (const CacheActionName& known : k_cache_actions)
      names.push_back(known.name);
    return wrong_use(
        fmt::format("cache knows stats, verify, gc and clear, not {}{}", word, suggestion(word, names)));
  }
  if (line.arguments.size() > 1)
    return wrong_use(
        fmt::format("cache {} takes no further argument, such as {}", action->name, line.arguments[1]));
  for (const ActionOption& special : k_action_options)
    if (special.action != action->action && line.layer.find(special.option) != nullptr)
      return wrong_use(fmt::format("cache {} does not take --{}", action->name, option(special.option).name));
  line.cache_action = action->action;
  line.arguments.clear();
  return {};
}

// Moves the arguments into what they mean for the command.
Result<void> read_arguments(CommandLine& line, const CommandSpec& command) {
  const std::size_t count = line.arguments.size();
  switch (command.command) {
    case Command::build:
    case Command::explain:
    case Command::watch:
    case Command::optimize:
    case Command::check:
      return {};
    case Command::report:
      if (count != 1)
        return wrong_use(
            fmt::format("report needs one file that `imgopt build --report FILE` wrote, not {}", count));
      return {};
    case Command::compare:
      if (count != 2)
        return wrong_use(fmt::format("compare needs two images, not {}", count));
      return {};
    case Command::cache:
      return read_cache_action(line);
    case Command::help:
      if (count > 1)
        return wrong_use("help takes one topic");
      if (count == 1)
        line.help_topic = std::exchange(line.arguments, {}).front();
      return {};
    case Command::config:
      if (count != 0)
        return wrong_use(fmt::format(
            "config takes no argument; what holds for an image: imgopt config --show {}", line.arguments[0]));
      return {};
    case Command::doctor:
    case Command::init:
    case Command::version:
      if (count != 0)
        return wrong_use(fmt::format("{} takes no argument, such as {}", command.name, line.arguments[0]));
      break;
  }
  return {};
}

enum class FlagUse : std::uint8_t { given, undone };

Result<void> add_option(CommandLine& line, const OptionSpec& spec, FlagUse use, const po::option& given,
                        const CommandSpec& command) {
  if (!accepts(spec, command.command))
    return wrong_use(
        fmt::format("{} does not take --{}{}", command.name, spec.name, other_name(spec.name, command)));
  const std::string place = fmt::format("--{}", spec.name);
  // `--out --quiet` is a forgotten value far more often than a folder of that name.
  if (given.original_tokens.size() == 2 && given.original_tokens[1].starts_with("--"))
    return wrong_use(fmt::format("{}: expected {}, but {} follows; if that is meant, write {}={}", place,
                                 expectation(spec), given.original_tokens[1], place,
                                 given.original_tokens[1]));
  const std::string_view text = spec.kind != ValueKind::flag ? std::string_view(given.value.at(0))
                                : use == FlagUse::given      ? "yes"
                                                             : "no";
  auto value = parse_value(spec, text);
  if (!value) {
    Error error = std::move(value).error();
    if (spec.arity == Arity::many && text.find(',') != std::string_view::npos)
      error.message.append(fmt::format("; give {} once for each", place));
    const std::size_t colon = text.find(':');
    if (spec.kind == ValueKind::quality && format_from_name(text.substr(0, colon)))
      error.message.append(
          fmt::format("; for one format: {} {}={}", place, text.substr(0, colon), text.substr(colon + 1)));
    return fail(place, std::move(error));
  }
  line.layer.add(spec.id, std::move(*value), place);
  return {};
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const char* const> arguments) {
  if (arguments.empty())
    return wrong_use("a command is missing; `imgopt --help` lists them");
  IMGOPT_ASSIGN(const CommandSpec* command, read_command(arguments[0], arguments.subspan(1)));
  CommandLine line;
  line.command = command->command;
  line.words.assign(arguments.begin(), arguments.end());
  IMGOPT_ASSIGN(const std::vector<std::string> words, plain_words(arguments.subspan(1)));
  IMGOPT_ASSIGN(const std::vector<po::option> options, split_options(words, *command));

  // Whoever asks for help gets it, whatever else stands there.
  const auto asks_help = [](const po::option& o) { return o.string_key == option(OptionId::help).name; };
  if (std::any_of(options.begin(), options.end(), asks_help)) {
    line.help_topic = command->command == Command::help ? "" : std::string(command->name);
    line.command = Command::help;
    return line;
  }
  for (const po::option& given : options) {
    if (given.position_key >= 0 || given.string_key.empty()) {
      line.arguments.insert(line.arguments.end(), given.value.begin(), given.value.end());
      continue;
    }
    const OptionSpec* spec = find_option(given.string_key);
    const OptionSpec* undone = spec == nullptr ? flag_undone_by(given.string_key) : nullptr;
    if (spec == nullptr && undone == nullptr)
      return wrong_use(unknown_option(given.string_key, *command));
    IMGOPT_TRY(add_option(line, undone != nullptr ? *undone : *spec,
                          undone != nullptr ? FlagUse::undone : FlagUse::given, given, *command));
  }
  if (line.layer.find(OptionId::width) != nullptr && line.layer.find(OptionId::resize) != nullptr)
    return wrong_use("--width and --resize exclude each other");
  IMGOPT_TRY(read_arguments(line, *command));
  return line;
}

}  // namespace imgopt

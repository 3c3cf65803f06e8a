#include "tool/compare_command.hpp"

#include <fmt/core.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/child_process.hpp"
#include "base/file.hpp"
#include "tool/encoder_fingerprint.hpp"
#include "tool/exit_status.hpp"
#include "tool/run_options.hpp"
#include "tool/worker_process.hpp"

namespace imgopt {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t k_max_answer_bytes = 1u << 16;
// CPU time for two images where no --timeout is given: ten times what the largest permitted ones take.
constexpr std::chrono::seconds k_usual_timeout{900};

std::string_view sandbox_word(SandboxMode mode) {
  switch (mode) {
    case SandboxMode::off:
      return "off";
    case SandboxMode::required:
      return "required";
    case SandboxMode::on:
      break;
  }
  return "on";
}

Result<ProgramOutput> ask_worker(const Descriptor& a, const Descriptor& b, const RunOptions& options) {
  ChildSetup setup;
  IMGOPT_ASSIGN(setup.program, find_worker());
  const auto timeout =
      options.timeout ? std::chrono::ceil<std::chrono::seconds>(*options.timeout) : k_usual_timeout;
  setup.arguments = {"--compare", fmt::format("--max-pixels={}", options.max_pixels),
                     fmt::format("--cpu-seconds={}", timeout.count()),
                     fmt::format("--sandbox={}", sandbox_word(options.sandbox))};
  setup.environment = worker_environment();
  setup.given = {a.get(), b.get()};
  return run_program(setup, k_max_answer_bytes);
}

// The worker's answer, or why there is none. `paths` are those of a and b.
Result<ordered_json> read_answer(const ProgramOutput& output, const std::vector<std::string>& paths) {
  const std::string both = paths[0] + ", " + paths[1];
  if (output.status.signal == SIGXCPU)
    return fail(ErrorCode::io,
                both + ": cannot compare: it took too much CPU time; give more with --timeout");
  ordered_json answer = ordered_json::parse(output.standard_output, nullptr, false);
  if (!answer.is_object())
    return fail(ErrorCode::io,
                both + ": cannot compare: the worker gave no answer: " + output.status.describe());
  if (const auto error = answer.find("error"); error != answer.end() && error->is_string()) {
    const ordered_json side = answer.value("failed", ordered_json());
    return fail(ErrorCode::io, (side == "a"   ? paths[0]
                                : side == "b" ? paths[1]
                                              : both) +
                                   ": cannot compare: " + error->get<std::string>());
  }
  if (!output.status.is_success() || !answer["identical"].is_boolean())
    return fail(ErrorCode::io, both + ": cannot compare: the worker's answer makes no sense");
  return answer;
}

std::string size_text(const ordered_json& side) {
  const auto number = [&side](const char* key) { return side.at(key).get<std::uint64_t>(); };
  std::string text = fmt::format("{} x {}", number("width"), number("height"));
  if (number("frames") > 1)
    text.append(fmt::format(", {} frames", number("frames")));
  return text;
}

std::string answer_text(const ordered_json& answer) {
  const bool identical = answer.at("identical").get<bool>();
  std::string text = fmt::format("identical: {}\n", identical ? "yes" : "no");
  if (answer.at("a") != answer.at("b"))
    return text.append(
        fmt::format("size: {} and {}\n", size_text(answer.at("a")), size_text(answer.at("b"))));
  if (answer.at("psnr").is_null())
    text.append("psnr: infinite\n");
  else
    text.append(fmt::format("psnr: {:.2f} dB\n", answer.at("psnr").get<double>()));
  text.append(fmt::format("ssimulacra2: {:.2f}\n", answer.at("ssimulacra2").get<double>()));
  if (answer.at("hidden_colour_differs").get<bool>())
    text.append("colours under full transparency differ\n");
  return text;
}

}  // namespace

Result<int> run_compare_command(const CommandLine& command_line) {
  const SettingsLayer* const layers[] = {&command_line.layer};
  IMGOPT_ASSIGN(const RunOptions options, merge_run_options(layers));
  const std::vector<std::string>& paths = command_line.arguments;
  if (paths.size() != 2)
    return fail(ErrorCode::invalid_argument,
                fmt::format("compare: expected two images, A and B, not {}", paths.size()));
  IMGOPT_ASSIGN(const Descriptor a, open_for_reading(paths[0]));
  IMGOPT_ASSIGN(const Descriptor b, open_for_reading(paths[1]));
  IMGOPT_ASSIGN(const ProgramOutput output, ask_worker(a, b, options));
  IMGOPT_ASSIGN(const ordered_json answer, read_answer(output, paths));
  try {
    if (options.print_as == PrintAs::json) {
      ordered_json told = {{"schema", 1}};
      for (const char* key : {"identical", "psnr", "ssimulacra2", "hidden_colour_differs", "a", "b"})
        told[key] = answer.at(key);
      fmt::print("{}\n", told.dump(2));
    } else if (options.verbosity != Verbosity::quiet) {
      fmt::print("{}", answer_text(answer));
    }
    return status_of(answer.at("identical").get<bool>() ? ExitCode::success : ExitCode::found_something);
  } catch (const ordered_json::exception& error) {
    return fail(ErrorCode::io, fmt::format("{}, {}: cannot compare: the worker's answer makes no sense: {}",
                                           paths[0], paths[1], error.what()));
  }
}

}  // namespace imgopt

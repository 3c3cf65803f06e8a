#include "tool/commands/compare_command.hpp"

#include <fmt/core.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/child_process.hpp"
#include "base/file.hpp"
#include "base/machine.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/build/pool_options.hpp"
#include "tool/settings/run_options.hpp"
#include "tool/text/human_text.hpp"
#include "tool/workers/deadline.hpp"
#include "tool/workers/encoder_fingerprint.hpp"
#include "tool/workers/memory_ceiling.hpp"
#include "tool/workers/worker_process.hpp"

namespace imgopt {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t k_max_comparison_bytes = 1u << 16;
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

std::string last_line(std::string_view text) {
  while (!text.empty() && text.back() == '\n')
    text.remove_suffix(1);
  const std::size_t line_break = text.find_last_of('\n');
  return std::string(line_break == std::string_view::npos ? text : text.substr(line_break + 1));
}

// Decoders grumble to standard error about images whose error the answer names anyway, so that is kept, and
// shown only where there is no answer.
Result<ProgramOutput> ask_worker(const Descriptor& a, const Descriptor& b, const RunOptions& options) {
  ChildSetup setup;
  IMGOPT_ASSIGN(setup.program, find_worker());
  const auto timeout =
      options.timeout ? std::chrono::ceil<std::chrono::seconds>(*options.timeout) : k_usual_timeout;
  // One worker, which may have all that a build's workers have together.
  const MemoryCeiling ceiling = ceiling_of(options.memory_limit.value_or(available_memory() / 2), 0);
  setup.arguments = {"--compare",
                     fmt::format("--max-pixels={}", options.max_pixels),
                     fmt::format("--max-total-pixels={}", max_total_pixels(options)),
                     fmt::format("--max-frames={}", options.max_frames),
                     fmt::format("--max-metadata={}", options.max_metadata),
                     fmt::format("--max-jpeg-scans={}", options.max_jpeg_scans),
                     fmt::format("--max-input-size={}", options.max_input_size),
                     fmt::format("--data={}", ceiling.data),
                     fmt::format("--address-space={}", ceiling.address_space),
                     fmt::format("--cpu-seconds={}", timeout.count()),
                     fmt::format("--sandbox={}", sandbox_word(options.sandbox))};
  setup.environment = worker_environment();
  setup.given = {a.get(), b.get()};
  return run_program(setup, k_max_comparison_bytes, timeout * k_wall_factor, ErrorOutput::kept);
}

// The worker's JSON, or why there is none. `paths` are those of a and b.
Result<ordered_json> read_answer(const ProgramOutput& output, const std::vector<std::string>& paths) {
  const auto cannot = [](const std::string& path, const std::string& why) {
    return fail(ErrorCode::io, path + ": cannot compare: " + why);
  };
  const std::string both = paths[0] + ", " + paths[1];
  const ExitStatus& status = output.status;
  if (status.signal == SIGXCPU)
    return cannot(both, "it took too much CPU time; give more with --timeout");
  const std::string last_words = last_line(output.standard_error);
  const std::string ending = status.describe() + (last_words.empty() ? "" : ": " + printable(last_words));
  ordered_json told = ordered_json::parse(output.standard_output, nullptr, false);
  if (!told.is_object())
    return cannot(both, "the worker gave no answer: " + ending);
  if (const auto error = told.find("error"); error != told.end() && error->is_string()) {
    const ordered_json side = told.value("failed", ordered_json());
    return cannot(side == "a" ? paths[0] : side == "b" ? paths[1] : both, error->get<std::string>());
  }
  if (!status.is_success())
    return cannot(both, "the worker failed after its answer: " + ending);
  if (!told["identical"].is_boolean())
    return cannot(both, "the worker's answer makes no sense");
  return told;
}

Result<Descriptor> open_image_file(const std::string& path) {
  IMGOPT_ASSIGN(Descriptor file, open_for_reading(path));
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(file.get(), path));
  if (status.type != FileType::regular)
    return fail(ErrorCode::io, path + ": cannot compare: it is not a regular file");
  return file;
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
  IMGOPT_ASSIGN(const Descriptor a, open_image_file(paths[0]));
  IMGOPT_ASSIGN(const Descriptor b, open_image_file(paths[1]));
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

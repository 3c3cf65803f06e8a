#include "worker/compare_command.hpp"

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/file.hpp"
#include "protocol/dispatch.hpp"
#include "worker/commands.hpp"
#include "worker/compare_images.hpp"
#include "worker/sandbox.hpp"
#include "worker/vips_setup.hpp"

namespace imgopt {

namespace {

using nlohmann::ordered_json;

struct CompareOptions {
  SourceLimits limits;               // 0: no limit
  SandboxLimits process;             // likewise
  std::uint64_t max_input_size = 0;  // likewise
  std::uint64_t cpu_seconds = 0;     // likewise
  SandboxMode sandbox = SandboxMode::on;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<SandboxMode> sandbox_mode(std::string_view word) {
  if (word == "on")
    return SandboxMode::on;
  if (word == "off")
    return SandboxMode::off;
  if (word == "required")
    return SandboxMode::required;
  return std::nullopt;
}

std::optional<CompareOptions> parse(std::span<const std::string_view> texts) {
  CompareOptions options;
  for (const std::string_view text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos)
      return std::nullopt;
    const std::string_view name = text.substr(0, equals);
    const std::string_view value = text.substr(equals + 1);
    if (name == "--sandbox") {
      const auto mode = sandbox_mode(value);
      if (!mode)
        return std::nullopt;
      options.sandbox = *mode;
      continue;
    }
    const auto count = number(value);
    if (!count)
      return std::nullopt;
    if (name == "--max-pixels")
      options.limits.max_pixels = *count;
    else if (name == "--max-total-pixels")
      options.limits.max_total_pixels = *count;
    else if (name == "--max-frames")
      options.limits.max_frames = static_cast<std::uint32_t>(std::min<std::uint64_t>(*count, UINT32_MAX));
    else if (name == "--max-metadata")
      options.limits.max_metadata_bytes = *count;
    else if (name == "--max-jpeg-scans")
      options.limits.max_jpeg_scans = static_cast<std::uint32_t>(std::min<std::uint64_t>(*count, UINT32_MAX));
    else if (name == "--max-input-size")
      options.max_input_size = *count;
    else if (name == "--data")
      options.process.data = *count;
    else if (name == "--address-space")
      options.process.address_space = *count;
    else if (name == "--cpu-seconds")
      options.cpu_seconds = *count;
    else
      return std::nullopt;
  }
  return options;
}

int print_failure(std::string_view side, const Error& error) {
  const ordered_json answer = {{"failed", side}, {"error", error.message}};
  fmt::print("{}\n", answer.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  return k_something_passed;
}

ordered_json json_of(const ComparedSize& size) {
  return {{"width", size.width}, {"height", size.height}, {"frames", size.frames}};
}

ordered_json json_of(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

std::string_view name_of(ComparedSide side) {
  return side == ComparedSide::a ? "a" : side == ComparedSide::b ? "b" : "both";
}

// SIGXCPU at the limit, so that the tool knows why.
void limit_cpu_time(std::uint64_t seconds) {
  if (seconds == 0)
    return;
  const rlimit limit{seconds, seconds + 1};
  ::setrlimit(RLIMIT_CPU, &limit);
}

}  // namespace

int run_compare(std::span<const std::string_view> texts) {
  const auto options = parse(texts);
  if (!options) {
    fmt::print(stderr,
               "imgopt-worker: usage: imgopt-worker --compare [--max-pixels=N] [--max-total-pixels=N] "
               "[--max-frames=N] [--max-metadata=N] [--max-jpeg-scans=N] [--max-input-size=N] [--data=N] "
               "[--address-space=N] [--cpu-seconds=N] [--sandbox=on|off|required]\n");
    return k_wrong_arguments;
  }
  const std::uint64_t most = options->max_input_size != 0 ? options->max_input_size : UINT64_MAX;
  const auto a = read_descriptor(k_compared_a, "the file", most);
  if (!a)
    return print_failure("a", a.error());
  const auto b = read_descriptor(k_compared_b, "the file", most);
  if (!b)
    return print_failure("b", b.error());
  limit_cpu_time(options->cpu_seconds);
  if (const auto ready = set_up_vips(); !ready)
    return print_failure("both", ready.error());
  if (const auto layers = enter_sandbox(options->sandbox, options->process); !layers)
    return print_failure("both", layers.error());

  const auto compared = compare_images(*a, *b, options->limits);
  if (!compared)
    return print_failure(name_of(compared.error().side), compared.error().error);
  const ordered_json answer = {{"identical", compared->identical},
                               {"psnr", json_of(compared->psnr)},
                               {"ssimulacra2", json_of(compared->ssimulacra2)},
                               {"hidden_colour_differs", compared->hidden_colour_differs},
                               {"a", json_of(compared->a)},
                               {"b", json_of(compared->b)}};
  fmt::print("{}\n", answer.dump());
  return k_success;
}

}  // namespace imgopt

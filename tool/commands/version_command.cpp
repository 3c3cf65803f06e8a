#include "tool/commands/version_command.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "tool/account/exit_status.hpp"
#include "tool/settings/run_options.hpp"
#include "tool/text/human_text.hpp"
#include "tool/text/json_text.hpp"
#include "tool/text/version.hpp"
#include "tool/workers/encoder_fingerprint.hpp"

namespace imgopt {

namespace {

Result<EncoderFingerprints> encoders() {
  IMGOPT_ASSIGN(const std::string worker, find_worker());
  return ask_fingerprints(worker);
}

void print_text(const Result<EncoderFingerprints>& found) {
  fmt::print("imgopt {}\n", tool_version());
  if (!found)
    return;
  for (const ImageFormat format : k_all_formats) {
    const FormatEncoder& encoder = found->of_format(format);
    if (encoder.can(EncoderAbility::saves))
      fmt::print("  {:5} {}\n", format_name(format), printable(encoder.description));
    else
      fmt::print("  {:5} {}\n", format_name(format),
                 encoder.can(EncoderAbility::loads) ? "is read, not written" : "not available");
  }
}

void print_json(const Result<EncoderFingerprints>& found) {
  nlohmann::ordered_json json;
  json["schema"] = 1;
  json["version"] = tool_version();
  json["encoders"] = nlohmann::ordered_json::object();
  if (found)
    for (const ImageFormat format : k_all_formats) {
      const FormatEncoder& encoder = found->of_format(format);
      json["encoders"][std::string(format_name(format))] = {
          {"loads", encoder.can(EncoderAbility::loads)},
          {"saves", encoder.can(EncoderAbility::saves)},
          {"description", json_text(encoder.description)},
          {"fingerprint", encoder.fingerprint.hex()},
      };
    }
  fmt::print("{}\n", json.dump(2));
}

}  // namespace

Result<int> run_version_command(const CommandLine& command_line) {
  const SettingsLayer* const layers[] = {&command_line.layer};
  IMGOPT_ASSIGN(const RunOptions options, merge_run_options(layers));
  const Result<EncoderFingerprints> found = encoders();
  if (options.print_as == PrintAs::json)
    print_json(found);
  else
    print_text(found);
  if (!found)
    fmt::print(stderr, "imgopt: warning: {}\n", printable(found.error().message));
  return status_of(ExitCode::success);
}

}  // namespace imgopt

#include "tool/commands/doctor_command.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/child_process.hpp"
#include "base/machine.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/cache/cache.hpp"
#include "tool/settings/run_options.hpp"
#include "tool/settings/user_config.hpp"
#include "tool/text/folders.hpp"
#include "tool/text/human_text.hpp"
#include "tool/text/json_text.hpp"
#include "tool/text/version.hpp"
#include "tool/workers/encoder_fingerprint.hpp"
#include "tool/workers/kernel_abilities.hpp"
#include "tool/workers/worker_process.hpp"

namespace imgopt {

namespace {

using nlohmann::ordered_json;
using Findings = std::vector<Finding>;

constexpr std::size_t k_max_trial_bytes = 1u << 20;
constexpr std::uint64_t k_little_room = 1ULL << 30;

std::string_view health_name(Health health) {
  return health == Health::good ? "good" : health == Health::note ? "note" : "problem";
}

bool has_problem(std::span<const Finding> findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.health == Health::problem; });
}

void add(Findings& findings, const char* area, std::string name, Health health, std::string detail) {
  findings.push_back({area, std::move(name), health, std::move(detail)});
}

void add_encoders(Findings& findings, const EncoderFingerprints& encoders) {
  for (const ImageFormat format : k_all_formats) {
    const FormatEncoder& encoder = encoders.of_format(format);
    const bool loads = encoder.can(EncoderAbility::loads);
    const bool saves = encoder.can(EncoderAbility::saves);
    // Formats that any libvips has; the others are left out of many builds.
    const bool is_basic = format == ImageFormat::png || format == ImageFormat::jpeg;
    const Health lacking = is_basic ? Health::problem : Health::note;
    add(findings, "encoders", std::string(format_name(format)), loads && saves ? Health::good : lacking,
        !loads && !saves ? "neither read nor written: this libvips has no support for it"
        : !saves         ? "read, but not written"
        : !loads         ? "written, but not read"
                         : encoder.description);
  }
}

Result<std::string> try_sandbox(const std::string& worker) {
  ChildSetup setup;
  setup.program = worker;
  setup.arguments = {"--try-sandbox"};
  setup.environment = worker_environment();
  IMGOPT_ASSIGN(ProgramOutput output, run_program(setup, k_max_trial_bytes));
  if (output.standard_output.empty())
    return fail(ErrorCode::worker_crashed, "the trial gave no answer: " + output.status.describe());
  return std::move(output.standard_output);
}

void add_worker(Findings& findings) {
  const auto worker = find_worker();
  if (!worker) {
    add(findings, "worker", "program", Health::problem, worker.error().message);
    return;
  }
  add(findings, "worker", "program", Health::good, *worker);
  if (const auto encoders = ask_fingerprints(*worker); encoders)
    add_encoders(findings, *encoders);
  else
    add(findings, "worker", "start", Health::problem, encoders.error().message);
  if (const auto answer = try_sandbox(*worker); answer) {
    Findings tried = sandbox_findings(*answer);
    std::move(tried.begin(), tried.end(), std::back_inserter(findings));
  } else {
    add(findings, "sandbox", "trial", Health::problem, answer.error().message);
  }
}

void add_kernel(Findings& findings) {
  const KernelAbilities abilities = try_kernel();
  const auto tell = [&findings](const char* name, Ability ability, Health lacking, const char* use) {
    const bool has = ability == Ability::present;
    add(findings, "kernel", name, has ? Health::good : lacking, has ? use : std::string("missing: ") + use);
  };
  tell("memfd seals", abilities.sealed_memory, Health::problem, "sources reach the workers in sealed memory");
  tell("pidfd", abilities.process_descriptors, Health::problem, "the end of a worker is noticed");
  tell("openat2", abilities.confined_open, Health::note, "opens that cannot leave a folder");
}

// What is known of a folder without making it.
Finding folder_finding(const char* area, const std::string& folder) {
  Finding finding{area, "folder", Health::good, folder};
  struct stat raw;
  if (::stat(folder.c_str(), &raw) != 0) {
    const bool can_be_made = ::access(nearest_folder(folder).c_str(), W_OK | X_OK) == 0;
    finding.health = can_be_made ? Health::good : Health::problem;
    finding.detail += can_be_made ? ": will be made by the first build" : ": is not there and cannot be made";
  } else if (!S_ISDIR(raw.st_mode)) {
    finding.health = Health::problem;
    finding.detail += ": is no folder";
  } else if (raw.st_uid != ::geteuid()) {
    finding.health = Health::problem;
    finding.detail += ": belongs to another user";
  } else if ((raw.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    finding.health = Health::problem;
    finding.detail += ": others may write to it; run: chmod go-w '" + folder + "'";
  } else if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    finding.health = Health::problem;
    finding.detail += ": cannot be written to";
  }
  return finding;
}

void add_cache(Findings& findings, const std::optional<std::string>& from_option) {
  const auto folder = cache_folder(from_option);
  if (!folder) {
    add(findings, "cache", "folder", Health::problem, folder.error().message);
    return;
  }
  findings.push_back(folder_finding("cache", *folder));
  if (const auto contents = cache_contents(CachePaths(*folder)); contents)
    add(findings, "cache", "contents", Health::good,
        fmt::format("{} {}, {}", contents->entries, contents->entries == 1 ? "entry" : "entries",
                    human_bytes(contents->bytes)));
  else
    add(findings, "cache", "contents", Health::problem, contents.error().message);
  struct statvfs room;
  if (::statvfs(nearest_folder(*folder).c_str(), &room) == 0) {
    const std::uint64_t free = std::uint64_t{room.f_bavail} * room.f_frsize;
    add(findings, "cache", "room", free < k_little_room ? Health::note : Health::good,
        human_bytes(free) + " free");
  }
  const CopyAbilities copies = try_copies(*folder);
  const bool shares = copies.reflink == Ability::present;
  const bool in_kernel = copies.copy_range == Ability::present;
  add(findings, "cache", "copies", shares || in_kernel ? Health::good : Health::note,
      shares      ? "reflink: outputs share their blocks with the cache"
      : in_kernel ? "copy_file_range; no reflink on this file system"
                  : "read and write: neither reflink nor copy_file_range on this file system");
}

void add_state(Findings& findings) {
  if (const auto folder = state_folder(); folder) {
    Finding finding = folder_finding("state", *folder);
    // Every build may name a state of its own.
    finding.health = std::min(finding.health, Health::note);
    findings.push_back(std::move(finding));
  } else {
    add(findings, "state", "folder", Health::note, folder.error().message);
  }
}

void add_machine(Findings& findings) {
  add(findings, "machine", "cores", Health::good, std::to_string(available_cores()));
  add(findings, "machine", "memory", Health::good, human_bytes(available_memory()));
}

}  // namespace

std::vector<Finding> sandbox_findings(const std::string& answer) {
  Findings findings;
  try {
    const ordered_json trial = ordered_json::parse(answer);
    if (const auto error = trial.find("error"); error != trial.end()) {
      add(findings, "sandbox", "layers", Health::problem, error->get<std::string>());
      return findings;
    }
    std::string layers;
    for (const ordered_json& layer : trial.at("layers"))
      layers.append(layers.empty() ? "" : ", ").append(layer.get<std::string>());
    add(findings, "sandbox", "layers", layers.empty() ? Health::problem : Health::good,
        layers.empty() ? "none" : layers);
    std::size_t refused = 0;
    const ordered_json& attempts = trial.at("attempts");
    for (const ordered_json& attempt : attempts) {
      if (attempt.at("refused").get<bool>())
        ++refused;
      else
        add(findings, "sandbox", "hole", Health::problem,
            attempt.at("name").get<std::string>() + ": not refused");
    }
    add(findings, "sandbox", "attempts",
        refused == attempts.size() && refused > 0 ? Health::good : Health::problem,
        fmt::format("{} of {} forbidden things refused", refused, attempts.size()));
  } catch (const ordered_json::exception& error) {
    findings.clear();
    add(findings, "sandbox", "trial", Health::problem,
        std::string("its answer makes no sense: ") + error.what());
  }
  return findings;
}

std::string findings_text(std::span<const Finding> findings) {
  std::string text = fmt::format("imgopt {}\n", tool_version());
  for (const Finding& finding : findings) {
    const std::string_view mark = finding.health == Health::good ? "ok" : health_name(finding.health);
    fmt::format_to(std::back_inserter(text), "{:8} {:9} {:12} {}\n", mark, finding.area, finding.name,
                   printable(finding.detail));
  }
  return text.append(has_problem(findings) ? "Something that matters is missing.\n" : "All is well.\n");
}

std::string findings_json(std::span<const Finding> findings) {
  ordered_json json = {{"schema", 1}, {"version", tool_version()}, {"healthy", !has_problem(findings)}};
  json["findings"] = ordered_json::array();
  for (const Finding& finding : findings)
    json["findings"].push_back({{"area", finding.area},
                                {"name", json_text(finding.name)},
                                {"health", health_name(finding.health)},
                                {"detail", json_text(finding.detail)}});
  return json.dump(2) + "\n";
}

Result<int> run_doctor_command(const CommandLine& command_line) {
  IMGOPT_ASSIGN(const RunOptions options, run_options_of(command_line));
  Findings findings;
  add_worker(findings);
  add_kernel(findings);
  add_cache(findings, options.cache_dir);
  add_state(findings);
  add_machine(findings);
  fmt::print("{}", options.print_as == PrintAs::json ? findings_json(findings) : findings_text(findings));
  return status_of(has_problem(findings) ? ExitCode::found_something : ExitCode::success);
}

}  // namespace imgopt

#include "tool/build/run_telling.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iterator>

#include "base/interrupts.hpp"
#include "tool/account/report.hpp"
#include "tool/account/summary.hpp"
#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

std::string failure_of(const ImageOutcome& image) {
  return image.source + '\0' + image.error;
}

// Failures that were not told yet.
void print_failures(const RunOutcome& outcome, const ToldFailures* told) {
  RunOutcome untold;
  std::copy_if(outcome.images.begin(), outcome.images.end(), std::back_inserter(untold.images),
               [told](const ImageOutcome& image) {
                 return image.status == ImageStatus::failed && !image.was_named &&
                        (told == nullptr || !told->holds(image));
               });
  fmt::print(stderr, "{}", failure_text(untold));
}

// After the problem was told, "0 images" would say nothing.
bool found_nothing(const BuildReport& report) {
  return !report.problems.empty() && report.outcome.summary.images == 0;
}

}  // namespace

ExitCode exit_code_of(const BuildReport& report) {
  if (report.was_interrupted)
    return Interrupts::pending() == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
  if (report.surroundings_failed)
    return ExitCode::surroundings;
  const bool has_found = report.outcome.summary.failed_images > 0 || !report.over_budget.empty();
  return has_found ? ExitCode::found_something : ExitCode::success;
}

bool ToldFailures::holds(const ImageOutcome& image) const {
  // What a worker failed on just now is news, even in the same words.
  return image.reproduce.empty() && m_told.contains(failure_of(image));
}

void ToldFailures::take(const RunOutcome& outcome) {
  m_told.clear();
  for (const ImageOutcome& image : outcome.images)
    if (image.status == ImageStatus::failed)
      m_told.insert(failure_of(image));
}

RunTelling::RunTelling(const RunOptions& options, ToldFailures* told)
    : m_progress(options.verbosity == Verbosity::quiet ? ProgressMode::never : options.progress,
                 standard_error_screen()),
      m_told(told) {}

BuildListeners RunTelling::listeners() {
  BuildListeners listeners;
  listeners.planned = [this](const RunOutcome& known) {
    m_warnings_told = known.warnings.size();
    RunOutcome news;
    news.warnings = known.warnings;
    std::copy_if(known.images.begin(), known.images.end(), std::back_inserter(news.images),
                 [this](const ImageOutcome& image) { return m_told == nullptr || !m_told->holds(image); });
    fmt::print(stderr, "{}", failure_text(news));
  };
  listeners.progress = [this](const ProgressSnapshot& snapshot) {
    ProgressState state;
    state.images_done = snapshot.done;
    state.images_total = snapshot.total;
    state.bytes_saved =
        static_cast<std::int64_t>(snapshot.bytes_in) - static_cast<std::int64_t>(snapshot.bytes_out);
    state.cost_done = snapshot.cost_done;
    state.cost_total = snapshot.cost_total;
    state.running = snapshot.running;
    state.in_flight = snapshot.in_flight;
    m_progress.update(state);
  };
  listeners.reading = [this](std::size_t read, std::size_t total) { m_progress.update_reading(read, total); };
  return listeners;
}

void RunTelling::tell_problems(const BuildReport& report) {
  m_progress.finish();
  for (const Error& problem : report.problems)
    print_error(problem);
  for (std::size_t i = m_warnings_told; i < report.outcome.warnings.size(); ++i)
    fmt::print(stderr, "imgopt: warning: {}\n", printable(report.outcome.warnings[i]));
  print_failures(report.outcome, m_told);
  if (m_told != nullptr && !report.was_interrupted)
    m_told->take(report.outcome);
  if (!report.over_budget.empty())
    fmt::print(stderr, "imgopt: {}\n", printable(report.over_budget));
  if (report.was_interrupted)
    fmt::print(stderr, "imgopt: interrupted: {} {} done and kept\n", report.outcome.summary.outputs,
               report.outcome.summary.outputs == 1 ? "output is" : "outputs are");
}

void print_result(const RunOptions& options, const BuildReport& report) {
  if (options.print_as == PrintAs::json)
    fmt::print("{}", report_json(report.outcome));
  else if (options.verbosity != Verbosity::quiet && !report.was_interrupted && !found_nothing(report))
    fmt::print("{}", summary_text(report.outcome, {options.verbosity, colour_for(STDOUT_FILENO)}));
}

}  // namespace imgopt

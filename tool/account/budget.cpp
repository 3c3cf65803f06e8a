#include "tool/account/budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

// Enough to see what to do, few enough for one line.
constexpr std::size_t k_heaviest = 5;

}  // namespace

std::uint64_t bytes_over_budget(const RunSummary& summary, std::uint64_t budget) {
  return summary.bytes_out > budget ? summary.bytes_out - budget : 0;
}

std::string budget_message(const RunOutcome& outcome, std::uint64_t budget) {
  std::vector<const OutputOutcome*> outputs;
  for (const ImageOutcome& image : outcome.images)
    for (const OutputOutcome& output : image.outputs)
      if (output.status != OutputStatus::failed && output.status != OutputStatus::would_encode)
        outputs.push_back(&output);
  const std::size_t shown = std::min(k_heaviest, outputs.size());
  std::partial_sort(outputs.begin(), outputs.begin() + static_cast<std::ptrdiff_t>(shown), outputs.end(),
                    [](const OutputOutcome* a, const OutputOutcome* b) {
                      return a->bytes != b->bytes ? a->bytes > b->bytes : a->path < b->path;
                    });
  std::vector<std::string> heaviest;
  for (std::size_t i = 0; i < shown; ++i)
    heaviest.push_back(fmt::format("{} ({} bytes)", printable(outputs[i]->path), outputs[i]->bytes));
  return fmt::format("the outputs have {} bytes, {} more than the budget of {}; the heaviest: {}",
                     outcome.summary.bytes_out, bytes_over_budget(outcome.summary, budget), budget,
                     fmt::join(heaviest, ", "));
}

}  // namespace imgopt

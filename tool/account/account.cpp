#include "tool/account/account.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "tool/account/next_state.hpp"
#include "tool/account/work_reason.hpp"
#include "tool/plan/work_key.hpp"
#include "tool/settings/output_settings_text.hpp"

namespace imgopt {

namespace {

// What was not done when the run was interrupted has not failed.
bool has_failed(const SourceWork& work) {
  return !work.error.empty() ||
         std::any_of(work.outputs.begin(), work.outputs.end(),
                     [](const OutputWork& o) { return o.is_done && o.status == OutputStatus::failed; });
}

OutputOutcome told(const StateOutput& output, std::string_view path) {
  OutputOutcome out;
  out.path = path;
  if (output.format != 0)
    out.format = static_cast<ImageFormat>(output.format);
  out.width = output.width;
  out.height = output.height;
  out.frames = output.frames;
  out.bytes = output.stat.size;
  out.kept_original = has(output.flags, OutputFlag::kept_original);
  out.larger_than_source = has(output.flags, OutputFlag::larger_than_source);
  if (output.score != k_no_score)
    out.score = output.score / 1000.0;
  out.notes = output.notes;
  out.hash = output.hash;
  return out;
}

// Whether what these settings made has every pixel. A GIF says itself whether its colours were too many.
Lossless losses_of(const OutputSettings& settings, std::uint32_t notes) {
  if (settings.format == ImageFormat::gif)
    return (notes & bit(OutputNote::colors_reduced)) == 0 ? Lossless::yes : Lossless::no;
  return settings.lossless;
}

// The same of an output of the last build, from the recipe that the state keeps of it.
std::optional<Lossless> losses_of(const StateOutput& output, const BuildState& state) {
  if (output.format == 0 || has(output.flags, OutputFlag::kept_original))
    return Lossless::yes;
  for (std::uint32_t at = output.recipe; at != k_no_recipe; at = state.recipes()[at].next) {
    const OutputSettings& settings = state.recipes()[at].settings;
    if (static_cast<std::uint8_t>(settings.format) == output.format)
      return losses_of(settings, output.notes);
  }
  return std::nullopt;
}

void count(RunSummary& sum, const OutputOutcome& output) {
  ++sum.outputs;
  switch (output.status) {
    case OutputStatus::up_to_date:
      ++sum.up_to_date;
      break;
    case OutputStatus::restored:
      ++sum.restored;
      break;
    case OutputStatus::deduplicated:
      ++sum.deduplicated;
      break;
    case OutputStatus::encoded:
      ++sum.encoded;
      break;
    case OutputStatus::would_encode:
      ++sum.would_encode;
      break;
    case OutputStatus::failed:
      ++sum.failed;
      return;
  }
  sum.kept_original += output.kept_original ? 1 : 0;
  sum.larger_than_source += output.larger_than_source ? 1 : 0;
  sum.bytes_out += output.bytes;
}

void count_causes(std::vector<CauseCount>& causes, const ImageOutcome& image) {
  for (const OutputOutcome& output : image.outputs) {
    if (output.status == OutputStatus::up_to_date && !output.keeps_older_encoder)
      continue;
    CauseCount cause;
    cause.cause = output.keeps_older_encoder ? "older-encoder-kept" : cause_of(output.reason);
    cause.format = output.format;
    for (const KeyChange& change : output.reason.changes)
      if (change.part == cause.cause || (output.keeps_older_encoder && cause.before.empty())) {
        cause.before = change.before;
        cause.now = change.now;
      }
    if (cause.cause == k_source_part)
      cause.before = cause.now = {};  // differ from image to image
    const auto known = std::find_if(causes.begin(), causes.end(), [&](const CauseCount& c) {
      return c.cause == cause.cause && c.format == cause.format && c.before == cause.before &&
             c.now == cause.now;
    });
    if (known == causes.end()) {
      cause.outputs = 1;
      causes.push_back(std::move(cause));
    } else {
      ++known->outputs;
    }
  }
}

}  // namespace

ImageOutcome image_outcome(const AccountInputs& inputs, const SourceWork& work) {
  const std::uint64_t bytes = inputs.identified->sources[work.source].stat.size;
  ImageOutcome image;
  image.source = inputs.scan->files[work.source].name;
  image.path = inputs.scan->path_of(inputs.scan->files[work.source]);
  image.bytes = bytes;
  image.error = work.error;
  image.reproduce = work.reproduce;
  image.was_named = work.was_named;
  image.status = work.is_skipped    ? ImageStatus::skipped
                 : has_failed(work) ? ImageStatus::failed
                                    : ImageStatus::ok;
  for (const OutputWork& output : work.outputs) {
    if (!output.is_done)
      continue;  // the run was interrupted before it
    OutputOutcome out = told(state_of(output, bytes, work.is_copy), output.path);
    out.bytes = output.bytes;
    out.status = output.status;
    out.kept_original = out.kept_original || work.is_copy;
    if (out.status == OutputStatus::would_encode && output.image_settings != nullptr)
      out.format = output.settings.format;
    if (out.kept_original)
      out.lossless = Lossless::yes;
    else if (out.status != OutputStatus::failed && output.image_settings != nullptr)
      out.lossless = losses_of(output.settings, out.notes);
    out.error = output.error;
    out.cpu_us = output.cpu_us;
    out.encodings = output.encodings;
    if (out.status != OutputStatus::up_to_date || output.keeps_older_encoder)
      out.reason = reason_of(inputs, work, output);
    out.keeps_older_encoder = output.keeps_older_encoder;
    if (out.status == OutputStatus::failed && image.error.empty())
      image.error = output.error;
    image.outputs.push_back(std::move(out));
  }
  return image;
}

RunOutcome outcome_of(const AccountInputs& inputs, Detail detail) {
  RunOutcome outcome;
  outcome.is_complete = detail == Detail::everything;
  RunSummary& sum = outcome.summary;
  auto work = inputs.works->begin();
  for (std::size_t s = 0; s < inputs.scan->files.size(); ++s) {
    ++sum.images;
    ImageOutcome image;
    const bool is_worked = work != inputs.works->end() && work->source == s;
    if (is_worked) {
      image = image_outcome(inputs, *work);
      ++work;
    } else {
      const StateSource* known = inputs.known_source(s);
      const bool is_skipped =
          known->kind != static_cast<std::uint8_t>(ContentKind::image) && known->output_count == 0;
      if (detail == Detail::everything) {
        image.source = inputs.scan->files[s].name;
        image.path = inputs.scan->path_of(inputs.scan->files[s]);
        image.bytes = known->stat.size;
        image.status = is_skipped ? ImageStatus::skipped : ImageStatus::ok;
      } else {
        image.status = is_skipped ? ImageStatus::skipped : ImageStatus::ok;
        image.bytes = known->stat.size;
      }
      for (const StateOutput& output : inputs.state->outputs_of(*known)) {
        OutputOutcome out = told(output, detail == Detail::everything ? inputs.state->text(output.path) : "");
        out.kept_original = out.kept_original || output.format == 0;
        out.lossless = losses_of(output, *inputs.state);
        image.outputs.push_back(std::move(out));
      }
    }
    sum.bytes_in += image.status == ImageStatus::skipped ? 0 : image.bytes;
    sum.skipped += image.status == ImageStatus::skipped ? 1 : 0;
    sum.failed_images += image.status == ImageStatus::failed ? 1 : 0;
    for (const OutputOutcome& output : image.outputs)
      count(sum, output);
    if (is_worked)
      count_causes(outcome.causes, image);
    if (detail == Detail::everything || (is_worked && detail == Detail::worked_on) ||
        image.status == ImageStatus::failed)
      outcome.images.push_back(std::move(image));
  }
  return outcome;
}

}  // namespace imgopt

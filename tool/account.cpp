#include "tool/account.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace imgopt {

namespace {

bool has(std::uint32_t flags, OutputFlag flag) {
  return (flags & static_cast<std::uint32_t>(flag)) != 0;
}

bool is_whole(const SourceWork& work) {
  return work.error.empty() && std::all_of(work.outputs.begin(), work.outputs.end(), [](const OutputWork& o) {
           return o.is_done && o.status != OutputStatus::failed;
         });
}

// What was not done when the run was interrupted has not failed.
bool has_failed(const SourceWork& work) {
  return !work.error.empty() ||
         std::any_of(work.outputs.begin(), work.outputs.end(),
                     [](const OutputWork& o) { return o.is_done && o.status == OutputStatus::failed; });
}

const StateSource* known_source(const AccountInputs& inputs, std::size_t source) {
  const std::int64_t index = inputs.identified->sources[source].state_index;
  return index < 0 ? nullptr : &inputs.state->sources()[static_cast<std::size_t>(index)];
}

StateOutput state_of(const OutputWork& output, std::uint64_t source_bytes, bool is_copy) {
  StateOutput made;
  made.stat = output.stat;
  made.key = output.key;
  made.hash = output.hash;
  if (is_copy)
    return made;
  made.width = output.facts.width;
  made.height = output.facts.height;
  made.frames = output.facts.frames;
  made.notes = output.facts.notes;
  made.score = output.facts.score;
  made.format = static_cast<std::uint8_t>(output.facts.format);
  if (output.facts.kind == EntryKind::original_is_best)
    made.flags |= static_cast<std::uint32_t>(OutputFlag::kept_original);
  if (output.bytes > source_bytes)
    made.flags |= static_cast<std::uint32_t>(OutputFlag::larger_than_source);
  return made;
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

}  // namespace

ImageOutcome image_outcome(const AccountInputs& inputs, const SourceWork& work) {
  const std::uint64_t bytes = inputs.identified->sources[work.source].stat.size;
  ImageOutcome image;
  image.source = inputs.scan->files[work.source].name;
  image.bytes = bytes;
  image.error = work.error;
  image.reproduce = work.reproduce;
  image.was_named = work.was_named;
  image.status = work.is_skipped    ? ImageStatus::skipped
                 : has_failed(work) ? ImageStatus::failed
                                    : ImageStatus::ok;
  for (const OutputWork& output : work.outputs) {
    OutputOutcome out = told(state_of(output, bytes, work.is_copy), output.path);
    out.bytes = output.bytes;
    out.status = output.is_done ? output.status : OutputStatus::would_encode;
    out.kept_original = out.kept_original || work.is_copy;
    out.error = output.error;
    out.cpu_us = output.cpu_us;
    if (out.status == OutputStatus::failed && image.error.empty())
      image.error = output.error;
    image.outputs.push_back(std::move(out));
  }
  return image;
}

StateBuilder next_state(const AccountInputs& inputs, const StateIdentity& identity) {
  StateBuilder next(identity);
  auto work = inputs.works->begin();
  for (std::size_t s = 0; s < inputs.scan->files.size(); ++s) {
    const IdentifiedSource& source = inputs.identified->sources[s];
    const StateSource* known = known_source(inputs, s);
    const bool is_worked = work != inputs.works->end() && work->source == s;
    StateSource record;
    record.stat = source.stat;
    record.digest = source.digest;
    record.kind = static_cast<std::uint8_t>(source.kind);
    record.format =
        source.kind == ContentKind::image ? static_cast<std::uint8_t>(source.format) : std::uint8_t{0};
    if (source.is_racy)
      record.flags |= static_cast<std::uint32_t>(SourceFlag::racy);
    if (is_worked && (!is_whole(*work) || source.is_racy))
      record.flags |= static_cast<std::uint32_t>(SourceFlag::incomplete);
    next.add_source(record, inputs.scan->files[s].name);

    std::vector<const StateOutput*> old;
    if (known != nullptr)
      for (std::uint32_t i = 0; i < known->output_count; ++i)
        old.push_back(&inputs.state->outputs()[known->first_output + i]);
    const auto keep = [&](const StateOutput& output) {
      StateOutput copy = output;
      const StandingOutput& standing =
          inputs.identified->outputs[static_cast<std::size_t>(&output - inputs.state->outputs().data())];
      if (standing.stands)
        copy.stat = standing.stat;
      next.add_output(copy, inputs.state->text(output.path));
    };
    if (!is_worked) {
      for (const StateOutput* output : old)
        keep(*output);
      continue;
    }
    for (const OutputWork& output : work->outputs) {
      const bool is_made = output.is_done && output.status != OutputStatus::failed;
      if (is_made) {
        next.add_output(state_of(output, source.stat.size, work->is_copy), output.path);
      } else if (output.state_output < 0) {
        StateOutput missing;
        missing.flags = static_cast<std::uint32_t>(OutputFlag::missing);
        next.add_output(missing, output.path);
      }
    }
    if (!is_whole(*work))
      for (const StateOutput* output : old) {
        const auto path = inputs.state->text(output->path);
        const auto made = std::find_if(work->outputs.begin(), work->outputs.end(), [&](const OutputWork& o) {
          return o.path == path && o.is_done && o.status != OutputStatus::failed;
        });
        const auto missing =
            std::find_if(work->outputs.begin(), work->outputs.end(),
                         [&](const OutputWork& o) { return o.path == path && o.state_output < 0; });
        if (made == work->outputs.end() && missing == work->outputs.end())
          keep(*output);
      }
    ++work;
  }
  for (const LoadedObject& object : inputs.encoders->objects)
    next.add_object(object.stat, object.path);
  for (const ImageFormat format : k_all_formats) {
    const FormatEncoder& encoder = inputs.encoders->of_format(format);
    StateEncoder record;
    record.fingerprint = encoder.fingerprint;
    record.decoder_fingerprint = encoder.decoder_fingerprint;
    record.format = static_cast<std::uint32_t>(format);
    record.abilities = encoder.abilities;
    next.add_encoder(record, encoder.description);
  }
  return next;
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
      const StateSource* known = known_source(inputs, s);
      const bool is_skipped =
          known->kind != static_cast<std::uint8_t>(ContentKind::image) && known->output_count == 0;
      if (detail == Detail::everything) {
        image.source = inputs.scan->files[s].name;
        image.bytes = known->stat.size;
        image.status = is_skipped ? ImageStatus::skipped : ImageStatus::ok;
      } else {
        image.status = is_skipped ? ImageStatus::skipped : ImageStatus::ok;
        image.bytes = known->stat.size;
      }
      for (const StateOutput& output : inputs.state->outputs_of(*known)) {
        OutputOutcome out = told(output, detail == Detail::everything ? inputs.state->text(output.path) : "");
        out.kept_original = out.kept_original || output.format == 0;
        image.outputs.push_back(std::move(out));
      }
    }
    sum.bytes_in += image.status == ImageStatus::skipped ? 0 : image.bytes;
    sum.skipped += image.status == ImageStatus::skipped ? 1 : 0;
    sum.failed_images += image.status == ImageStatus::failed ? 1 : 0;
    for (const OutputOutcome& output : image.outputs)
      count(sum, output);
    if (is_worked || detail == Detail::everything)
      outcome.images.push_back(std::move(image));
  }
  return outcome;
}

std::vector<const StateOutput*> stale_outputs(const AccountInputs& inputs) {
  std::vector<const StateOutput*> stale;
  if (inputs.state == nullptr)
    return stale;
  std::unordered_set<std::string_view> made;
  for (const SourceWork& work : *inputs.works)
    for (const OutputWork& output : work.outputs)
      made.insert(output.path);
  const auto add = [&](const StateSource& source) {
    for (const StateOutput& output : inputs.state->outputs_of(source))
      if (!has(output.flags, OutputFlag::missing) && !made.contains(inputs.state->text(output.path)))
        stale.push_back(&output);
  };
  for (const std::uint32_t gone : inputs.identified->gone_sources)
    add(inputs.state->sources()[gone]);
  for (const SourceWork& work : *inputs.works)
    if (const StateSource* known = known_source(inputs, work.source); known != nullptr && is_whole(work))
      add(*known);
  return stale;
}

}  // namespace imgopt

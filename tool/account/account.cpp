#include "tool/account/account.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "tool/account/work_reason.hpp"
#include "tool/plan/work_key.hpp"
#include "tool/settings/output_settings_text.hpp"

namespace imgopt {

namespace {

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
  made.source_digest = output.source_digest;
  if (is_copy)
    return made;
  made.width = output.facts.width;
  made.height = output.facts.height;
  made.frames = output.facts.frames;
  made.notes = output.facts.notes;
  made.score = output.facts.score;
  made.format = static_cast<std::uint8_t>(output.facts.format);
  if (output.facts.kind == EntryKind::original_is_best)
    made.flags |= bit(OutputFlag::kept_original);
  if (output.bytes > source_bytes)
    made.flags |= bit(OutputFlag::larger_than_source);
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

// Every path at which some worked-on source of this run has an output, of this run or of an earlier one,
// sorted. Of use only where an earlier run left something that may be wanted no more.
std::vector<std::string_view> wanted_paths(const AccountInputs& inputs) {
  std::vector<std::string_view> paths;
  if (inputs.state == nullptr || inputs.state->outputs().empty())
    return paths;
  for (const SourceWork& work : *inputs.works)
    for (const OutputWork& output : work.outputs) {
      // What was never made for this source has no place: what another left there is still that one's.
      const bool is_made = output.is_done && output.status != OutputStatus::failed;
      if (is_made || output.state_output >= 0)
        paths.push_back(output.path);
    }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Puts the next state together, source by source in the order of names.
class NextState {
public:
  NextState(const AccountInputs& inputs, const StateIdentity& identity, StaleOutputs stale)
      : m_in(inputs), m_stale(stale), m_next(identity), m_wanted(wanted_paths(inputs)) {
    const std::size_t outputs = m_in.state == nullptr ? 0 : m_in.state->outputs().size();
    std::size_t text_bytes = 0;
    for (const ScannedFile& file : m_in.scan->files)
      text_bytes += file.name.size();
    std::size_t worked_on = 0;
    for (const SourceWork& work : *m_in.works)
      for (const OutputWork& output : work.outputs) {
        ++worked_on;
        text_bytes += output.path.size();
      }
    if (m_in.state != nullptr)
      for (const StateOutput& output : m_in.state->outputs())
        text_bytes += output.path.length;
    m_next.reserve(m_in.scan->files.size(), std::max(outputs, worked_on), text_bytes);
  }

  StateBuilder build() {
    auto work = m_in.works->begin();
    for (std::size_t s = 0; s < m_in.scan->files.size(); ++s) {
      add_gone_before(m_in.scan->files[s].name);
      const bool is_worked = work != m_in.works->end() && work->source == s;
      add_source(s, is_worked ? &*work : nullptr);
      if (is_worked)
        ++work;
    }
    add_gone_before({});
    add_encoders();
    m_next.set_invocation(m_in.invocation);
    return std::move(m_next);
  }

private:
  std::span<const StateOutput> old_outputs(std::size_t s) const {
    const StateSource* known = known_source(m_in, s);
    return known == nullptr ? std::span<const StateOutput>() : m_in.state->outputs_of(*known);
  }

  // Ours, and neither made nor replaced by anything in this run.
  bool is_stale(const StateOutput& output) const {
    return !has(output.flags, OutputFlag::missing) &&
           !std::binary_search(m_wanted.begin(), m_wanted.end(), m_in.state->text(output.path));
  }

  void keep(const StateOutput& output) {
    StateOutput copy = output;
    const StandingOutput& standing =
        m_in.identified->outputs[static_cast<std::size_t>(&output - m_in.state->outputs().data())];
    if (standing.stands)
      copy.stat = standing.stat;
    copy.recipe = carried_recipe(output.recipe);
    m_next.add_output(copy, m_in.state->text(output.path));
  }

  void add_source(std::size_t s, const SourceWork* work) {
    const IdentifiedSource& source = m_in.identified->sources[s];
    const auto old = old_outputs(s);
    const bool keeps_stale = work != nullptr && (!is_whole(*work) || m_stale == StaleOutputs::left);
    const bool has_stale =
        keeps_stale && std::any_of(old.begin(), old.end(), [&](const auto& o) { return is_stale(o); });
    StateSource record;
    record.stat = source.stat;
    record.digest = source.digest;
    record.kind = static_cast<std::uint8_t>(source.kind);
    record.format =
        source.kind == ContentKind::image ? static_cast<std::uint8_t>(source.format) : std::uint8_t{0};
    if (source.is_racy)
      record.flags |= static_cast<std::uint32_t>(SourceFlag::racy);
    if (work != nullptr && (!is_whole(*work) || source.is_racy || has_stale))
      record.flags |= static_cast<std::uint32_t>(SourceFlag::incomplete);
    m_next.add_source(record, m_in.scan->files[s].name);
    if (work == nullptr) {
      for (const StateOutput& output : old)
        keep(output);
      return;
    }
    for (const OutputWork& output : work->outputs)
      add_output(output, source, work->is_copy);
    for (const StateOutput& output : old)
      if (keeps_stale && is_stale(output))
        keep(output);
  }

  void add_output(const OutputWork& output, const IdentifiedSource& source, bool is_copy) {
    if (output.is_done && output.status != OutputStatus::failed) {
      StateOutput made = state_of(output, source.stat.size, is_copy);
      if (output.keeps_older_encoder)
        made.recipe =
            carried_recipe(m_in.state->outputs()[static_cast<std::size_t>(output.state_output)].recipe);
      else if (output.image_settings != nullptr)
        made.recipe = recipe_of(output, source.format);
      m_next.add_output(made, output.path);
    } else if (output.state_output >= 0) {
      keep(m_in.state->outputs()[static_cast<std::size_t>(output.state_output)]);
    } else {
      StateOutput missing;
      missing.flags = bit(OutputFlag::missing);
      m_next.add_output(missing, output.path);
    }
  }

  // The index in the next state of a recipe of the old one, or of k_no_recipe.
  std::uint32_t carried_recipe(std::uint32_t old) {
    if (old == k_no_recipe)
      return k_no_recipe;
    m_carried.resize(m_in.state->recipes().size(), k_no_recipe);
    if (m_carried[old] == k_no_recipe) {
      RecipeText text;
      text.recipe = m_in.state->recipes()[old];
      text.decoder = m_in.state->text(text.recipe.decoder);
      text.encoder = m_in.state->text(text.recipe.encoder);
      text.places = m_in.state->text(text.recipe.places);
      text.recipe.next = carried_recipe(text.recipe.next);
      m_carried[old] = m_next.add_recipe(text);
    }
    return m_carried[old];
  }

  // The last candidate first, since each names the next.
  std::uint32_t recipe_of(const OutputWork& output, ImageFormat source_format) {
    const std::vector<OutputSettings> settings = keyed_settings(output);
    const auto [known, is_new] =
        m_recipes.try_emplace({output.image_settings, source_format, settings}, k_no_recipe);
    if (!is_new)
      return known->second;
    const FormatEncoder& decoder = m_in.encoders->of_format(source_format);
    for (std::size_t i = settings.size(); i-- > 0;) {
      const FormatEncoder& encoder = m_in.encoders->of_format(settings[i].format);
      const std::string places = setting_places(*output.image_settings, settings[i].format, *m_in.resolver);
      StateRecipe recipe;
      recipe.settings = settings[i];
      recipe.source_format = static_cast<std::uint32_t>(source_format);
      recipe.decoder_fingerprint = decoder.decoder_fingerprint;
      recipe.encoder_fingerprint = encoder.fingerprint;
      recipe.next = known->second;
      known->second = m_next.add_recipe({recipe, decoder.description, encoder.description, places});
    }
    return known->second;
  }

  // Sources that are gone, up to `name` (empty: all the rest), as far as stale outputs of theirs were left.
  void add_gone_before(std::string_view name) {
    if (m_stale == StaleOutputs::removed)
      return;
    for (; m_next_gone < m_in.identified->gone_sources.size(); ++m_next_gone) {
      StateSource gone = m_in.state->sources()[m_in.identified->gone_sources[m_next_gone]];
      const std::string_view gone_name = m_in.state->text(gone.name);
      if (!name.empty() && compare_names(gone_name, name) > 0)
        return;
      const auto old = m_in.state->outputs_of(gone);
      if (std::none_of(old.begin(), old.end(), [&](const auto& o) { return is_stale(o); }))
        continue;
      gone.flags |= static_cast<std::uint32_t>(SourceFlag::incomplete);
      m_next.add_source(gone, gone_name);
      for (const StateOutput& output : old)
        if (is_stale(output))
          keep(output);
    }
  }

  void add_encoders() {
    for (const LoadedObject& object : m_in.encoders->objects)
      m_next.add_object(object.stat, object.path);
    for (const ImageFormat format : k_all_formats) {
      const FormatEncoder& encoder = m_in.encoders->of_format(format);
      StateEncoder record;
      record.fingerprint = encoder.fingerprint;
      record.decoder_fingerprint = encoder.decoder_fingerprint;
      record.format = static_cast<std::uint32_t>(format);
      record.abilities = encoder.abilities;
      m_next.add_encoder(record, encoder.description);
    }
  }

  const AccountInputs& m_in;
  StaleOutputs m_stale;
  StateBuilder m_next;
  std::vector<std::string_view> m_wanted;
  std::vector<std::uint32_t> m_carried;  // by index in the old state
  std::map<std::tuple<const ImageSettings*, ImageFormat, std::vector<OutputSettings>>, std::uint32_t>
      m_recipes;
  std::size_t m_next_gone = 0;
};

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

StateBuilder next_state(const AccountInputs& inputs, const StateIdentity& identity, StaleOutputs stale) {
  return NextState(inputs, identity, stale).build();
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

std::vector<const StateOutput*> stale_outputs(const AccountInputs& inputs) {
  std::vector<const StateOutput*> stale;
  if (inputs.state == nullptr)
    return stale;
  const std::vector<std::string_view> made = wanted_paths(inputs);
  const auto add = [&](const StateSource& source) {
    for (const StateOutput& output : inputs.state->outputs_of(source))
      if (!has(output.flags, OutputFlag::missing) &&
          !std::binary_search(made.begin(), made.end(), inputs.state->text(output.path)))
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

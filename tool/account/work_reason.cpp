#include "tool/account/work_reason.hpp"

#include <algorithm>
#include <iterator>
#include <span>

#include "tool/plan/work_key.hpp"
#include "tool/settings/output_settings_text.hpp"

namespace imgopt {

namespace {

bool is_missing(const StateOutput& output) {
  return has(output.flags, OutputFlag::missing);
}

FileFate standing_of(const AccountInputs& inputs, const OutputWork& output) {
  if (output.state_output < 0)
    return FileFate::never_built;
  const auto index = static_cast<std::size_t>(output.state_output);
  if (is_missing(inputs.state->outputs()[index]))
    return FileFate::never_built;
  const StandingOutput& standing = inputs.identified->outputs[index];
  if (standing.stands)
    return FileFate::in_place;
  // Where nothing is, its stat data were never filled in.
  return standing.stat.inode == 0 ? FileFate::missing : FileFate::altered;
}

// Without a recipe (files copied as they are) the source's bytes are all there is.
OutputReason copy_reason(const AccountInputs& inputs, const SourceWork& work, const OutputWork& output,
                         OutputReason reason) {
  const StateOutput& before = inputs.state->outputs()[static_cast<std::size_t>(output.state_output)];
  const IdentifiedSource& source = inputs.identified->sources[work.source];
  if (before.recipe != k_no_recipe || !work.is_copy)
    reason.changes.push_back({std::string(k_version_part), {}, {}, {}, {}});
  else if (before.key != output.key)
    reason.changes.push_back({std::string(k_source_part), before.key.hex(), source.digest.hex(), {}, {}});
  return reason;
}

std::string format_list(std::span<const ImageFormat> formats) {
  std::string text;
  for (const ImageFormat format : formats)
    text.append(text.empty() ? "" : ", ").append(format_name(format));
  return text;
}

// The size of the bytes it was made from is that of the state's source, unless that changed and then failed;
// zero where nobody knows.
std::uint64_t old_source_size(const AccountInputs& inputs, const IdentifiedSource& source,
                              const OutputWork& output, const StateOutput& before) {
  const StateSource& known = inputs.state->sources()[static_cast<std::size_t>(source.state_index)];
  if (before.source_digest == known.digest)
    return known.stat.size;
  return before.source_digest == output.source_digest ? source.stat.size : 0;
}

// Of an output whose format is chosen, those of every candidate.
std::vector<KeyChange> changes_of_candidates(const AccountInputs& inputs, const SourceWork& work,
                                             const OutputWork& output, const StateOutput& before) {
  const IdentifiedSource& source = inputs.identified->sources[work.source];
  const FormatEncoder& decoder = inputs.encoders->of_format(source.format);
  const std::vector<OutputSettings> settings = keyed_settings(output);
  std::vector<const StateRecipe*> recipes;
  for (const StateRecipe* r = inputs.state->recipe_of(before); r != nullptr; r = inputs.state->next_of(*r))
    recipes.push_back(r);
  if (recipes.size() != settings.size()) {
    std::vector<ImageFormat> formats_before;
    std::vector<ImageFormat> formats_now;
    std::transform(recipes.begin(), recipes.end(), std::back_inserter(formats_before),
                   [](const StateRecipe* recipe) { return recipe->settings.format; });
    std::transform(settings.begin(), settings.end(), std::back_inserter(formats_now),
                   [](const OutputSettings& one) { return one.format; });
    return {{"format", format_list(formats_before), format_list(formats_now), {}, {}}};
  }
  std::vector<KeyChange> changes;
  const std::uint64_t old_size = old_source_size(inputs, source, output, before);
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const FormatEncoder& encoder = inputs.encoders->of_format(settings[i].format);
    const StateRecipe& recipe = *recipes[i];
    const std::string places = setting_places(*output.image_settings, settings[i].format, *inputs.resolver);
    const KeyRecord now{{output.source_digest, source.stat.size, source.format, settings[i],
                         decoder.decoder_fingerprint, encoder.fingerprint},
                        decoder.description,
                        encoder.description,
                        places};
    KeyRecord then{{before.source_digest, old_size, static_cast<ImageFormat>(recipe.source_format),
                    recipe.settings, recipe.decoder_fingerprint, recipe.encoder_fingerprint},
                   inputs.state->text(recipe.decoder),
                   inputs.state->text(recipe.encoder),
                   inputs.state->text(recipe.places)};
    if (!inputs.is_same_secret) {
      // Digests under two secrets say nothing; sizes do.
      then.inputs.source_digest = now.inputs.source_digest;
      if (old_size == 0)
        then.inputs.source_size = now.inputs.source_size;
    }
    for (KeyChange& change : key_changes(then, now))
      changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace

OutputReason reason_of(const AccountInputs& inputs, const SourceWork& work, const OutputWork& output) {
  OutputReason reason;
  reason.standing = standing_of(inputs, output);
  if (reason.standing == FileFate::never_built)
    return reason;
  const StateOutput& before = inputs.state->outputs()[static_cast<std::size_t>(output.state_output)];
  const StateRecipe* recipe = inputs.state->recipe_of(before);
  if (!inputs.is_same_secret)
    reason.changes.push_back({std::string(k_cache_part), {}, {}, {}, {}});
  if (recipe == nullptr || output.image_settings == nullptr)
    return inputs.is_same_secret && work.error.empty() ? copy_reason(inputs, work, output, std::move(reason))
                                                       : reason;

  for (KeyChange& change : changes_of_candidates(inputs, work, output, before))
    if (std::find(reason.changes.begin(), reason.changes.end(), change) == reason.changes.end())
      reason.changes.push_back(std::move(change));
  const bool is_another_way = reason.changes.empty() && before.key != output.key;
  if (is_another_way)
    reason.changes.push_back({std::string(k_version_part), {}, {}, {}, {}});
  return reason;
}

}  // namespace imgopt

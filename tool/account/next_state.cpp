#include "tool/account/next_state.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "tool/plan/work_key.hpp"
#include "tool/settings/output_settings_text.hpp"

namespace imgopt {

namespace {

bool is_whole(const SourceWork& work) {
  return work.error.empty() && std::all_of(work.outputs.begin(), work.outputs.end(), [](const OutputWork& o) {
           return o.is_done && o.status != OutputStatus::failed;
         });
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

// Adds sources and their outputs to the next state, or to its changes, in the order of names.
class NextRecords {
public:
  NextRecords(const AccountInputs& inputs, StaleOutputs stale, StateRecords& next)
      : m_in(inputs), m_stale(stale), m_next(next), m_wanted(wanted_paths(inputs)) {}

  void add_all() {
    for_each_source([&](std::size_t s, const SourceWork* work) {
      add_gone_before(m_in.scan->files[s].name);
      add_source(s, work);
    });
    add_gone_before({});
  }

  void add_changed() {
    for_each_source([&](std::size_t s, const SourceWork* work) {
      if (work != nullptr || !is_as_before(s))
        add_source(s, work);
    });
  }

private:
  // The work on a source is null where there was none.
  template <typename Use>
  void for_each_source(Use&& use) const {
    auto work = m_in.works->begin();
    for (std::size_t s = 0; s < m_in.scan->files.size(); ++s) {
      const bool is_worked = work != m_in.works->end() && work->source == s;
      use(s, is_worked ? &*work : nullptr);
      if (is_worked)
        ++work;
    }
  }

  // Whether the records of a source without work are those of the state.
  [[nodiscard]] bool is_as_before(std::size_t s) const {
    if (m_in.identified->sources[s].change != Change::none)
      return false;
    const auto old = old_outputs(s);
    return std::all_of(old.begin(), old.end(), [&](const StateOutput& output) {
      const StandingOutput& standing = standing_of(output);
      return !standing.stands || standing.stat == output.stat;
    });
  }

  [[nodiscard]] const StandingOutput& standing_of(const StateOutput& output) const {
    return m_in.identified->outputs[static_cast<std::size_t>(&output - m_in.state->outputs().data())];
  }

  std::span<const StateOutput> old_outputs(std::size_t s) const {
    const StateSource* known = m_in.known_source(s);
    return known == nullptr ? std::span<const StateOutput>() : m_in.state->outputs_of(*known);
  }

  // Ours, and neither made nor replaced by anything in this run.
  bool is_stale(const StateOutput& output) const {
    return !has(output.flags, OutputFlag::missing) &&
           !std::binary_search(m_wanted.begin(), m_wanted.end(), m_in.state->text(output.path));
  }

  void keep(const StateOutput& output) {
    StateOutput copy = output;
    if (const StandingOutput& standing = standing_of(output); standing.stands)
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

  const AccountInputs& m_in;
  StaleOutputs m_stale;
  StateRecords& m_next;
  std::vector<std::string_view> m_wanted;
  std::vector<std::uint32_t> m_carried;  // by index in the old state
  std::map<std::tuple<const ImageSettings*, ImageFormat, std::vector<OutputSettings>>, std::uint32_t>
      m_recipes;
  std::size_t m_next_gone = 0;
};

void reserve(StateBuilder& next, const AccountInputs& inputs) {
  std::size_t outputs = 0;
  std::size_t text_bytes = 0;
  for (const ScannedFile& file : inputs.scan->files)
    text_bytes += file.name.size();
  for (const SourceWork& work : *inputs.works)
    for (const OutputWork& output : work.outputs) {
      ++outputs;
      text_bytes += output.path.size();
    }
  if (inputs.state != nullptr) {
    outputs = std::max(outputs, inputs.state->outputs().size());
    for (const StateOutput& output : inputs.state->outputs())
      text_bytes += output.path.length;
  }
  next.reserve(inputs.scan->files.size(), outputs, text_bytes);
}

void add_encoders(StateBuilder& next, const EncoderFingerprints& encoders) {
  for (const LoadedObject& object : encoders.objects)
    next.add_object(object.stat, object.path);
  for (const ImageFormat format : k_all_formats) {
    const FormatEncoder& encoder = encoders.of_format(format);
    StateEncoder record;
    record.fingerprint = encoder.fingerprint;
    record.decoder_fingerprint = encoder.decoder_fingerprint;
    record.format = static_cast<std::uint32_t>(format);
    record.abilities = encoder.abilities;
    next.add_encoder(record, encoder.description);
  }
}

}  // namespace

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

StateBuilder next_state(const AccountInputs& inputs, const StateIdentity& identity, StaleOutputs stale) {
  StateBuilder next(identity);
  reserve(next, inputs);
  NextRecords(inputs, stale, next).add_all();
  add_encoders(next, *inputs.encoders);
  next.set_invocation(inputs.invocation);
  return next;
}

std::optional<StateChanges> changes_to_next_state(const AccountInputs& inputs, const StateIdentity& identity,
                                                  StaleOutputs stale) {
  if (inputs.state == nullptr || !inputs.identified->gone_sources.empty())
    return std::nullopt;
  StateChanges changes(*inputs.state, identity, inputs.invocation);
  NextRecords(inputs, stale, changes).add_changed();
  return changes.suffice() ? std::optional(std::move(changes)) : std::nullopt;
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
    if (const StateSource* known = inputs.known_source(work.source); known != nullptr && is_whole(work))
      add(*known);
  return stale;
}

}  // namespace imgopt

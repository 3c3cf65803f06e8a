#include "tool/plan/prepare_work.hpp"

#include <algorithm>

#include "base/parallel.hpp"
#include "tool/plan/expand_outputs.hpp"
#include "tool/plan/unusable.hpp"
#include "tool/plan/work_key.hpp"
#include "tool/text/output_name.hpp"
#include "tool/text/path_text.hpp"

namespace imgopt {

namespace {

class Preparation {
public:
  explicit Preparation(const PrepareInputs& inputs) : m_in(inputs) {}

  Result<Prepared> run() {
    std::size_t count = 0;
    for (std::size_t s = 0; s < m_in.scan->files.size(); ++s)
      count += needs_work(s) ? 1 : 0;
    m_prepared.works.reserve(count);
    for (std::size_t s = 0; s < m_in.scan->files.size(); ++s)
      if (needs_work(s))
        IMGOPT_TRY(add_work(s));
    if (m_in.rule_names == nullptr)
      IMGOPT_TRY(check_collisions());
    plan();
    return std::move(m_prepared);
  }

private:
  const ScannedFile& file(std::size_t s) const { return m_in.scan->files[s]; }
  const IdentifiedSource& source(std::size_t s) const { return m_in.identified->sources[s]; }
  const StateSource* known(std::size_t s) const {
    const std::int64_t index = source(s).state_index;
    return index < 0 ? nullptr : &m_in.state->sources()[static_cast<std::size_t>(index)];
  }

  bool needs_work(std::size_t s) const {
    const bool is_same = source(s).change == Change::none || source(s).change == Change::touched;
    return !is_same || !source(s).outputs_stand || !m_in.is_same_request || !source(s).error.empty() ||
           m_in.request->options.cache == CacheMode::rewrite ||
           (known(s)->flags & static_cast<std::uint32_t>(SourceFlag::incomplete)) != 0;
  }

  Result<void> add_work(std::size_t s) {
    SourceWork work;
    work.source = s;
    ImageFormat format = source(s).format;
    if (!source(s).error.empty()) {
      work.error = source(s).error;
    } else if (source(s).kind != ContentKind::image) {
      judge_content(s, work);
    } else if (!m_in.encoders->of_format(format).can(EncoderAbility::loads)) {
      work.error = std::string(format_name(format)) + " images cannot be read by this build of libvips";
    } else {
      warn_of_extension(s);
    }
    if (!work.error.empty()) {
      // What it would have had is counted as failed, as far as its name tells.
      const auto by_name = format_from_extension(extension_of(file(s).name));
      format = by_name.value_or(ImageFormat::png);
    }
    if (work.is_copy)
      add_copy(s, work);
    else if (!work.is_skipped)
      IMGOPT_TRY(add_outputs(s, format, work));
    m_prepared.works.push_back(std::move(work));
    return {};
  }

  // What to do with a file that is no image of ours: told by --unsupported, else by whether somebody named it
  // or gave it the name of an image.
  void judge_content(std::size_t s, SourceWork& work) const {
    const ContentKind kind = source(s).kind;
    if (kind == ContentKind::lfs_pointer) {
      work.error = std::string(unusable_because(kind));
      return;
    }
    const auto& policy = m_in.request->options.unsupported;
    if (policy == UnsupportedPolicy::skip) {
      work.is_skipped = true;
    } else if (policy == UnsupportedPolicy::copy) {
      work.is_copy = true;
    } else {
      const bool has_image_name = format_from_extension(extension_of(file(s).name)).has_value();
      if (!policy && !has_image_name && file(s).named_by == NamedBy::folder)
        work.is_skipped = true;
      else
        work.error = std::string(unusable_because(kind)) +
                     (kind == ContentKind::empty ? "" : " (--unsupported copy or skip lets it pass)");
    }
  }

  void warn_of_extension(std::size_t s) {
    const auto by_name = format_from_extension(extension_of(file(s).name));
    if (by_name && *by_name != source(s).format)
      m_prepared.warnings.push_back(file(s).name + ": it is a " + std::string(format_name(source(s).format)) +
                                    " image, though its name says " + std::string(format_name(*by_name)));
  }

  std::int64_t state_output(std::size_t s, std::string_view path) const {
    const StateSource* before = known(s);
    if (before == nullptr)
      return -1;
    for (std::uint32_t i = 0; i < before->output_count; ++i)
      if (m_in.state->text(m_in.state->outputs()[before->first_output + i].path) == path)
        return std::int64_t{before->first_output} + i;
    return -1;
  }

  // Whether the state's output was made of what it would be made of now, but for the encoder or decoder.
  bool differs_by_encoder_alone(std::size_t s, const OutputWork& output, const StateOutput& before) const {
    return before.key == key_with_old_encoders(output,
                                               {source(s).digest, source(s).stat.size, source(s).format},
                                               *m_in.state, before, *m_in.secret);
  }

  void adopt_standing(std::size_t s, OutputWork& output) const {
    if (output.state_output < 0)
      return;
    const auto index = static_cast<std::size_t>(output.state_output);
    const StandingOutput& standing = m_in.identified->outputs[index];
    output.has_stood = standing.stat != FileStat();
    if (m_in.request->options.cache == CacheMode::rewrite)
      return;
    const StateOutput& before = m_in.state->outputs()[index];
    if (before.key != output.key && m_in.request->options.on_encoder_change == OnEncoderChange::keep &&
        differs_by_encoder_alone(s, output, before)) {
      // A lost output is remade as it was where that is still possible, so that it fits the others.
      if (!standing.stands && (m_in.cache == nullptr || !m_in.cache->has(before.key)))
        return;
      output.key = before.key;
      output.keeps_older_encoder = true;
    }
    if (!standing.stands || before.key != output.key)
      return;
    output.is_done = true;
    output.status = OutputStatus::up_to_date;
    output.hash = before.hash;
    output.stat = standing.stat;
    output.bytes = standing.stat.size;
    output.facts.kind =
        has(before.flags, OutputFlag::kept_original) ? EntryKind::original_is_best : EntryKind::encoded;
    output.facts.format = before.format;
    output.facts.width = before.width;
    output.facts.height = before.height;
    output.facts.frames = before.frames;
    output.facts.notes = before.notes;
    output.facts.score = before.score;
  }

  // Where the format is chosen, what the state has under any of the possible paths: the chosen one, or what
  // it replaces.
  void find_in_state(std::size_t s, OutputWork& output) const {
    if (output.candidates.empty()) {
      output.state_output = state_output(s, output.path);
      return;
    }
    for (const FormatCandidate& candidate : output.candidates) {
      const std::int64_t index = state_output(s, candidate.path);
      if (index < 0)
        continue;
      const StateOutput& before = m_in.state->outputs()[static_cast<std::size_t>(index)];
      const bool is_chosen =
          before.key == output.key && before.format == static_cast<std::uint8_t>(candidate.settings.format);
      if (output.state_output >= 0 && !is_chosen)
        continue;
      output.state_output = index;
      output.path = candidate.path;
      output.settings = candidate.settings;
      if (is_chosen)
        return;
    }
  }

  [[nodiscard]] bool can_write(ImageFormat format) const {
    return m_in.encoders->of_format(format).can(EncoderAbility::saves);
  }

  void add_copy(std::size_t s, SourceWork& work) const {
    OutputWork output;
    output.path = file(s).name;
    output.key = source(s).digest;
    output.source_digest = source(s).digest;
    output.state_output = state_output(s, output.path);
    adopt_standing(s, output);
    work.outputs.push_back(std::move(output));
  }

  Result<void> add_outputs(std::size_t s, ImageFormat format, SourceWork& work) {
    const std::string& rule_name = m_in.rule_names == nullptr ? file(s).name : (*m_in.rule_names)[s];
    IMGOPT_ASSIGN(const ImageSettings* settings, m_in.request->resolver->settings_for(rule_name));
    std::vector<ExpandedOutput> all = expand_outputs(file(s).name, format, *settings);
    work.outputs.reserve(all.size());
    for (ExpandedOutput& expanded : all) {
      leave_out_unwritable(expanded, *m_in.encoders);
      for (const std::string_view path : possible_paths(expanded))
        if (const auto named = check_output_name(path); !named && m_in.rule_names == nullptr)
          return fail(ErrorCode::invalid_config, file(s).name + ": its output " + std::string(path) +
                                                     " cannot be written: " + named.error().message);
      if (work.error.empty() && !can_write(expanded.settings.format))
        return fail(ErrorCode::invalid_config, file(s).name + ": " +
                                                   std::string(format_name(expanded.settings.format)) +
                                                   " cannot be written by this build of libvips");
      OutputWork output;
      output.path = std::move(expanded.path);
      output.settings = expanded.settings;
      output.candidates = std::move(expanded.candidates);
      if (work.error.empty())
        output.key =
            key_of(output, {source(s).digest, source(s).stat.size, format}, *m_in.encoders, *m_in.secret);
      find_in_state(s, output);
      if (work.error.empty()) {
        output.image_settings = settings;
        output.source_digest = source(s).digest;
        adopt_standing(s, output);
      } else {
        output.is_done = true;
        output.status = OutputStatus::failed;
        output.error = work.error;
      }
      work.outputs.push_back(std::move(output));
    }
    return {};
  }

  // Names that the state knows have been compared before; only new ones can collide.
  Result<void> check_collisions() const {
    const bool has_new =
        std::any_of(m_prepared.works.begin(), m_prepared.works.end(), [](const SourceWork& work) {
          return std::any_of(work.outputs.begin(), work.outputs.end(), [](const OutputWork& output) {
            return output.state_output < 0 || !output.candidates.empty();
          });
        });
    if (!has_new)
      return {};
    std::vector<PlannedName> names;
    auto work = m_prepared.works.begin();
    for (std::size_t s = 0; s < m_in.scan->files.size(); ++s) {
      if (work != m_prepared.works.end() && work->source == s) {
        for (const OutputWork& output : work->outputs)
          for (const std::string_view path : possible_paths(output))
            names.push_back({path, file(s).name});
        ++work;
      } else {
        for (const StateOutput& output : m_in.state->outputs_of(*known(s)))
          names.push_back({m_in.state->text(output.path), file(s).name});
      }
    }
    const auto collisions = find_collisions(names);
    if (collisions.empty())
      return {};
    std::string message;
    for (const Collision& collision : collisions) {
      if (!message.empty())
        message += '\n';
      const PlannedName& first = names[collision.first];
      const PlannedName& second = names[collision.second];
      message += std::string(second.source) + ": " + collision_text(collision.kind, first, second);
    }
    return fail(ErrorCode::invalid_config, std::move(message));
  }

  CachedAs cached_as(const Digest128& key) const {
    if (m_in.cache == nullptr)
      return CachedAs::nothing;
    if (m_in.request->options.cache == CacheMode::rewrite) {
      m_in.cache->count_miss(MissReason::recached);
      return CachedAs::nothing;
    }
    const auto entry = m_in.cache->lookup(key);
    if (!entry)
      return CachedAs::nothing;
    if (entry->footer.facts.kind != EntryKind::failed)
      return CachedAs::result;
    if (m_in.request->options.retry_failed == RetryFailed::no)
      return CachedAs::failure;
    m_in.cache->remove(key);
    m_in.cache->count_miss(MissReason::retried);
    return CachedAs::nothing;
  }

  [[nodiscard]] bool is_looked_up(const SourceWork& work, const OutputWork& output) const {
    return !output.is_done && !work.is_copy;
  }

  void plan() {
    // What the cache has of each output, in order.
    std::vector<std::uint32_t> first(m_prepared.works.size() + 1);
    for (std::size_t w = 0; w < m_prepared.works.size(); ++w)
      first[w + 1] = first[w] + static_cast<std::uint32_t>(m_prepared.works[w].outputs.size());
    std::vector<CachedAs> cached(first.back(), CachedAs::nothing);
    parallel_for(m_prepared.works.size(), m_in.request->jobs, 8, [&](std::size_t w) {
      const SourceWork& work = m_prepared.works[w];
      for (std::size_t o = 0; o < work.outputs.size(); ++o)
        if (is_looked_up(work, work.outputs[o]))
          cached[first[w] + o] = cached_as(work.outputs[o].key);
    });
    Planner planner;
    SourceFacts facts;
    std::vector<PlannedOutput> planned;
    for (std::size_t w = 0; w < m_prepared.works.size(); ++w) {
      SourceWork& work = m_prepared.works[w];
      facts.size = source(work.source).stat.size;
      facts.outputs.clear();
      for (std::size_t o = 0; o < work.outputs.size(); ++o) {
        OutputFacts& fact = facts.outputs.emplace_back(facts_of(work.outputs[o]));
        if (is_looked_up(work, work.outputs[o]))
          fact.cached = cached[first[w] + o];
        else
          fact.standing_key = fact.key;
      }
      planned.resize(work.outputs.size());
      planner.add(facts, planned);
      for (std::size_t o = 0; o < work.outputs.size(); ++o)
        work.outputs[o].planned = planned[o];
    }
    m_prepared.has_encodings = planner.has_records();
  }

  const PrepareInputs& m_in;
  Prepared m_prepared;
};

}  // namespace

Result<Prepared> prepare_work(const PrepareInputs& inputs) {
  return Preparation(inputs).run();
}

}  // namespace imgopt

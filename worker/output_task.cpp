#include "worker/output_task.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "worker/codec.hpp"
#include "worker/direct_path.hpp"
#include "worker/metadata_conformity.hpp"
#include "worker/quality_search.hpp"

namespace imgopt {

namespace {

// A file for the output with what its slot says about it.
struct Candidate {
  Bytes data;
  PixelSize shown;
  std::uint32_t frames = 1;
  std::uint32_t notes = 0;
  std::uint32_t encodings = 1;
  std::int32_t score = k_no_score;
};

PixelSize shown_size(const SourceInfo& info) {
  return {info.displayed_width(), info.displayed_height()};
}

bool keeps_size(const SourceInfo& info, const OutputSettings& settings) {
  return output_size(shown_size(info), settings) == shown_size(info);
}

// A source whose further pages or frames no encoder here can write.
bool only_passes_through(const SourceInfo& info, const OutputSettings& settings) {
  return info.format == settings.format && info.pages > 1 && keeps_size(info, settings);
}

ResultSlot slot_of(SlotStatus status, const OutputSettings& settings, PixelSize shown, std::uint32_t frames) {
  ResultSlot slot;
  slot.status = static_cast<std::uint32_t>(status);
  slot.format = static_cast<std::uint32_t>(settings.format);
  slot.width = shown.width;
  slot.height = shown.height;
  slot.frames = frames;
  slot.score = k_no_score;
  return slot;
}

FinishedOutput original(const RecordSource& source, const OutputSettings& settings, std::uint32_t notes,
                        std::uint32_t encodings) {
  FinishedOutput output;
  output.slot = slot_of(SlotStatus::original_is_best, settings, shown_size(source.info),
                        std::max(source.info.frames, source.info.apng_frames));
  output.slot.notes = notes;
  output.slot.encodings = encodings;
  return output;
}

Result<Candidate> direct_candidate(const RecordSource& source, const OutputSettings& settings) {
  const bool drop_profile = source.profile_is_srgb;
  IMGOPT_ASSIGN(DirectEncoding made,
                encode_directly(source.bytes, source.info, settings,
                                drop_profile ? ProfileUse::drop : ProfileUse::keep, source.limits));
  return Candidate{std::move(made.data), made.shown, made.frames, made.notes, 1, k_no_score};
}

Result<Candidate> pixel_candidate(const RecordSource& source, const OutputSettings& settings,
                                  const PreparedPicture& prepared) {
  IMGOPT_ASSIGN(FoundEncoding found, find_encoding(prepared.picture, settings));
  Candidate candidate;
  candidate.data = std::move(found.encoding.data);
  candidate.shown = {prepared.picture.width, prepared.picture.height};
  candidate.frames = found.frames;
  candidate.notes = prepared.notes | found.notes;
  if (source.info.has_gain_map)
    candidate.notes |= bit(OutputNote::gain_map_dropped);
  if (source.info.has_trailing_data)
    candidate.notes |= bit(OutputNote::trailing_data_dropped);
  candidate.encodings = found.encodings;
  candidate.score = found.score;
  return candidate;
}

// Without loss there is no quality to give up for a limit on bytes.
void note_missed_limit(const OutputSettings& settings, Candidate& candidate) {
  if (settings.max_bytes != 0 && candidate.data.size() > settings.max_bytes)
    candidate.notes |= bit(OutputNote::target_missed);
}

// A lossy output for which the lossless file of the direct path is no larger is that file: smaller and
// better. What the direct path leaves undone rules it out.
Result<Candidate> best_candidate(const RecordSource& source, const OutputSettings& settings,
                                 const PreparedPicture* prepared) {
  if (!needs_pixels(source, settings))
    return direct_candidate(source, settings);
  if (prepared == nullptr)
    return fail(ErrorCode::internal, "an output that needs pixels was given none");
  IMGOPT_ASSIGN(Candidate lossy, pixel_candidate(source, settings, *prepared));
  const bool converts_colour =
      source.info.is_cmyk || (source.info.has_profile && !source.profile_is_srgb && !is_data(settings.role));
  if (settings.lossless == Lossless::yes || !is_direct(source.info, settings) || converts_colour)
    return lossy;
  Result<Candidate> lossless = direct_candidate(source, settings);
  const std::uint32_t undone =
      bit(OutputNote::orientation_kept) | bit(OutputNote::gain_map_kept) | bit(OutputNote::passed_through);
  if (!lossless || (lossless->notes & undone) != 0 || lossless->data.size() > lossy.data.size())
    return lossy;
  lossless->encodings += lossy.encodings;
  if (settings.quality_mode == Quality::target)
    lossless->score = 100'000;
  return lossless;
}

// The largest size that still saves what the settings ask for.
std::uint64_t most_worthwhile_bytes(std::uint64_t source_bytes, std::uint16_t min_savings) {
  const std::uint64_t kept = 1000 - std::uint64_t{min_savings};
  return source_bytes / 1000 * kept + source_bytes % 1000 * kept / 1000;
}

}  // namespace

bool original_conforms(const RecordSource& source, const OutputSettings& settings) {
  const SourceInfo& info = source.info;
  if (info.format != settings.format || !keeps_size(info, settings) || info.orientation != 1)
    return false;
  if (settings.max_bytes != 0 && source.bytes.size() > settings.max_bytes)
    return false;
  const bool lossless = settings.lossless == Lossless::yes;
  if (info.is_cmyk && !lossless)
    return false;
  if (info.has_profile && !source.profile_is_srgb && !lossless && !is_data(settings.role))
    return false;
  return metadata_conforms(source.bytes, info, settings.metadata);
}

bool needs_pixels(const RecordSource& source, const OutputSettings& settings) {
  if (only_passes_through(source.info, settings))
    return false;
  if (!is_direct(source.info, settings))
    return true;
  return settings.lossless == Lossless::no && !source.info.is_apng;
}

Result<FinishedOutput> make_output(const RecordSource& source, const OutputSettings& settings,
                                   const PreparedPicture* prepared) {
  if (only_passes_through(source.info, settings))
    return original(source, settings, bit(OutputNote::passed_through), 0);
  const bool conforms = original_conforms(source, settings);
  Result<Candidate> made = best_candidate(source, settings, prepared);
  if (!made) {
    // The same format without loss that cannot be had: the source's bytes are that image.
    const bool cannot_encode =
        made.error().code == ErrorCode::internal || made.error().code == ErrorCode::unsupported_image;
    if (cannot_encode && conforms && settings.lossless == Lossless::yes)
      return original(source, settings, bit(OutputNote::passed_through), 1);
    return tl::unexpected<Error>(std::move(made).error());
  }
  Candidate& candidate = *made;
  note_missed_limit(settings, candidate);
  const std::uint64_t source_bytes = source.bytes.size();
  if (conforms && (candidate.data.size() >= source_bytes ||
                   candidate.data.size() > most_worthwhile_bytes(source_bytes, settings.min_savings))) {
    constexpr std::uint32_t k_told_of_originals =
        bit(OutputNote::gain_map_kept) | bit(OutputNote::passed_through);
    return original(source, settings, candidate.notes & k_told_of_originals, candidate.encodings);
  }
  FinishedOutput output;
  output.slot = slot_of(SlotStatus::encoded, settings, candidate.shown, candidate.frames);
  output.slot.notes = candidate.notes;
  if (candidate.data.size() > source_bytes)
    output.slot.notes |= bit(OutputNote::larger_than_source);
  output.slot.encodings = candidate.encodings;
  output.slot.score = candidate.score;
  output.data = std::move(candidate.data);
  return output;
}

}  // namespace imgopt

#include "tool/plan/reason.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "tool/settings/output_settings_text.hpp"
#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

constexpr std::string_view k_size_part = "source-size";
constexpr std::string_view k_source_format_part = "source-format";
constexpr std::string_view k_schema_part = "key-schema";

struct KeyPart {
  std::string_view name;
  std::uint64_t number = 0;
  Digest128 digest;
  bool operator==(const KeyPart&) const = default;
};

// The other sink of visit_key_parts: see output_key.cpp for the first.
struct PartSink {
  std::vector<KeyPart> parts;
  void number(std::string_view name, std::uint64_t value) { parts.push_back({name, value, {}}); }
  void digest(std::string_view name, const Digest128& value) { parts.push_back({name, 0, value}); }
};

std::vector<KeyPart> parts_of(const KeyInputs& inputs) {
  PartSink sink;
  visit_key_parts(inputs, sink);
  return std::move(sink.parts);
}

std::string_view shown_name(std::string_view part) {
  if (part == k_size_part)
    return k_source_part;
  return part == k_schema_part ? k_version_part : option_of_part(part);
}

std::string source_text(const KeyInputs& inputs) {
  return inputs.source_size == 0
             ? inputs.source_digest.hex()
             : fmt::format("{} ({} bytes)", inputs.source_digest.hex(), inputs.source_size);
}

// Versions; where these are the same, which build of them.
std::pair<std::string, std::string> program_texts(std::string_view before, const Digest128& print_before,
                                                  std::string_view now, const Digest128& print_now) {
  if (before != now)
    return {std::string(before), std::string(now)};
  return {fmt::format("{} (build {})", before, print_before.hex()),
          fmt::format("{} (build {})", now, print_now.hex())};
}

KeyChange change_of(std::string_view name, const KeyPart& part_before, const KeyPart& part_now,
                    const KeyRecord& before, const KeyRecord& now) {
  KeyChange change;
  change.part = name;
  if (name == k_source_part) {
    change.before = source_text(before.inputs);
    change.now = source_text(now.inputs);
  } else if (name == k_source_format_part) {
    change.before = format_name(before.inputs.source_format);
    change.now = format_name(now.inputs.source_format);
  } else if (name == k_encoder_part) {
    std::tie(change.before, change.now) = program_texts(before.encoder, before.inputs.encoder_fingerprint,
                                                        now.encoder, now.inputs.encoder_fingerprint);
  } else if (name == k_decoder_part) {
    std::tie(change.before, change.now) = program_texts(before.decoder, before.inputs.decoder_fingerprint,
                                                        now.decoder, now.inputs.decoder_fingerprint);
  } else {
    change.before = setting_text(name, before.inputs.settings);
    change.now = setting_text(name, now.inputs.settings);
    change.place_before = place_in(before.places, name);
    change.place_now = place_in(now.places, name);
    if (change.before.empty() && change.now.empty()) {
      // A part that has no words of its own is named all the same.
      change.before = std::to_string(part_before.number);
      change.now = std::to_string(part_now.number);
    }
  }
  return change;
}

bool has_part(const OutputReason& reason, std::string_view part) {
  return std::any_of(reason.changes.begin(), reason.changes.end(),
                     [&](const KeyChange& change) { return change.part == part; });
}

bool is_setting(const KeyChange& change) {
  constexpr std::array k_others = {k_source_part,  k_source_format_part, k_decoder_part,
                                   k_encoder_part, k_cache_part,         k_version_part};
  return std::find(k_others.begin(), k_others.end(), change.part) == k_others.end();
}

std::string place_text(const std::string& place) {
  return place.empty() ? "the default" : printable(place);
}

}  // namespace

std::vector<KeyChange> key_changes(const KeyRecord& before, const KeyRecord& now) {
  const std::vector<KeyPart> old_parts = parts_of(before.inputs);
  const std::vector<KeyPart> new_parts = parts_of(now.inputs);
  std::vector<KeyChange> changes;
  // Both lists were made by one function: the same parts in the same order.
  for (std::size_t i = 0; i < new_parts.size(); ++i) {
    if (old_parts[i] == new_parts[i])
      continue;
    const std::string_view name = shown_name(new_parts[i].name);
    if (std::any_of(changes.begin(), changes.end(), [&](const KeyChange& c) { return c.part == name; }))
      continue;
    changes.push_back(change_of(name, old_parts[i], new_parts[i], before, now));
  }
  return changes;
}

std::string_view standing_name(FileFate standing) {
  switch (standing) {
    case FileFate::in_place:
      return "in_place";
    case FileFate::missing:
      return "missing";
    case FileFate::altered:
      return "altered";
    case FileFate::never_built:
      break;
  }
  return "never_built";
}

std::string_view cause_of(const OutputReason& reason) {
  if (reason.standing == FileFate::never_built)
    return "new";
  if (has_part(reason, k_source_part) || has_part(reason, k_source_format_part))
    return "source";
  if (std::any_of(reason.changes.begin(), reason.changes.end(), is_setting))
    return "settings";
  for (const std::string_view part : {k_encoder_part, k_decoder_part, k_cache_part, k_version_part})
    if (has_part(reason, part))
      return part;
  return reason.standing == FileFate::in_place ? "asked" : standing_name(reason.standing);
}

std::string reason_text(const OutputReason& reason) {
  std::string text;
  const auto line = [&](std::string_view words) { text.append("  ").append(words).append("\n"); };
  if (reason.standing == FileFate::never_built)
    line("no build has made it yet");
  else if (reason.standing == FileFate::missing)
    line("the file is missing");
  else if (reason.standing == FileFate::altered)
    line("the file is not what the last build wrote");
  for (const KeyChange& change : reason.changes) {
    if (change.part == k_cache_part) {
      line("the last build used another cache, whose digests say nothing here");
    } else if (change.part == k_version_part) {
      line("the last build was made by a version of imgopt that keyed outputs in another way");
    } else {
      std::string words =
          fmt::format("{}: {} -> {}", change.part, printable(change.before), printable(change.now));
      if (is_setting(change))
        fmt::format_to(std::back_inserter(words), " ({}; before: {})", place_text(change.place_now),
                       place_text(change.place_before));
      line(words);
    }
  }
  return text;
}

}  // namespace imgopt

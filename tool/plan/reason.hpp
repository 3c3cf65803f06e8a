// Reasons: why an output is not what the last build left, component by component.
//
// A key's parts are listed by visit_key_parts alone; the digest that is the key is one sink of it, what is
// told here another. So nothing can change a key and have no name here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tool/plan/output_key.hpp"

namespace imgopt {

// What became of the file that the last build left.
enum class FileFate : std::uint8_t {
  in_place,
  missing,     // it is gone
  altered,     // somebody wrote something else there
  never_built  // no build of this state made it
};

struct KeyChange {
  std::string part;    // "source", an option's name, "encoder", ...
  std::string before;  // values as people read them
  std::string now;
  std::string place_before;  // of settings: where they were said; empty: the built-in default
  std::string place_now;
  bool operator==(const KeyChange&) const = default;
};

struct OutputReason {
  FileFate standing = FileFate::in_place;
  std::vector<KeyChange> changes;
  [[nodiscard]] bool is_none() const { return standing == FileFate::in_place && changes.empty(); }
};

// What a key was made of, with what people call it.
struct KeyRecord {
  KeyInputs inputs;
  std::string_view decoder;
  std::string_view encoder;
  std::string_view places;  // of tool/settings/output_settings_text.hpp
};

// Parts of keys that are no settings.
inline constexpr std::string_view k_source_part = "source";
inline constexpr std::string_view k_decoder_part = "decoder";
inline constexpr std::string_view k_encoder_part = "encoder";
// Not parts of a key, but of what a state is believed for.
inline constexpr std::string_view k_cache_part = "cache";
inline constexpr std::string_view k_version_part = "imgopt";

[[nodiscard]] std::vector<KeyChange> key_changes(const KeyRecord& before, const KeyRecord& now);

// "in_place", "missing", "altered", "never_built".
[[nodiscard]] std::string_view standing_name(FileFate standing);

// Why outputs were made, in one word, for counting: "new", "source", "settings", "encoder", "decoder",
// "cache", "imgopt", "missing", "altered", "asked". Of several causes the first in this order.
[[nodiscard]] std::string_view cause_of(const OutputReason& reason);

// Lines for people, each indented by two spaces and ended: "  quality: 80 -> 60 (imgopt.json:3: quality;
// ...)".
[[nodiscard]] std::string reason_text(const OutputReason& reason);

}  // namespace imgopt

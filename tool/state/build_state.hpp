// The build state: what a build remembers of its sources, its outputs and its encoders.
//
// One file per (output folder, build name). It is mapped and searched in place, never parsed as a whole, and
// replaced atomically. Sources stand in scan order (names compared component by component), each with a
// contiguous range of outputs, so a scan and a state are joined by walking both once. It also proves
// ownership: a run removes only files that its own state lists and whose content is still what it wrote.
//
//   state    = header sources outputs recipes objects encoders strings
//   header   = magic version total_size content_digest ... counts offsets    ; StateHeader
//   sources  = { StateSource }     ; 88 bytes each
//   outputs  = { StateOutput }     ; 144 bytes each
//   recipes  = { StateRecipe }     ; 104 bytes each: what made outputs beside their source's bytes
//   objects  = { StateObject }     ; 56 bytes each: the files an encoder fingerprint was made from
//   encoders = { StateEncoder }    ; 56 bytes each: one per format
//   strings  = bytes               ; names, paths and descriptions, not terminated
//
// Numbers are in the machine's byte order; a state is never shared. content_digest (XXH3-128 under the fixed
// zero seed, against accidents, not attackers) covers everything behind the header. A state that is damaged
// or of another version is an absent state: everything is then looked up by content, and files that it owned
// stay.
//
// Where a later build changed few records, they stand in a file of their own beside the state
// (tool/state/state_changes.hpp) and are put in their places when it is loaded.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/mapped_memory.hpp"
#include "base/result.hpp"
#include "protocol/image_format.hpp"
#include "protocol/output_settings.hpp"

namespace imgopt {

inline constexpr std::uint64_t k_state_magic = 0x4554415453474d49ULL;  // "IMGSTATE"
inline constexpr std::uint32_t k_state_version = 2;

// StateOutput::recipe of a file copied as it is and of an output that was never made.
inline constexpr std::uint32_t k_no_recipe = UINT32_MAX;

// Bits of StateSource::flags. Never change a value.
enum class SourceFlag : std::uint32_t {
  racy = 1u << 0,        // changed so near the scan's start that its stat data cannot prove anything
  incomplete = 1u << 1,  // an output failed or was not made: look at it again
  copied = 1u << 2       // no image, copied as it is (--unsupported copy)
};

// Bits of StateOutput::flags. Never change a value.
enum class OutputFlag : std::uint32_t {
  kept_original = 1u << 0,
  larger_than_source = 1u << 1,
  missing = 1u << 2  // never made (its image failed): no file is owned
};
[[nodiscard]] constexpr std::uint32_t bit(OutputFlag flag) {
  return static_cast<std::uint32_t>(flag);
}
[[nodiscard]] constexpr bool has(std::uint32_t flags, OutputFlag flag) {
  return (flags & bit(flag)) != 0;
}

struct StateText {
  std::uint32_t offset = 0;  // into the strings
  std::uint32_t length = 0;
};

struct StateSource {
  FileStat stat;
  Digest128 digest;  // zeros: it was not read
  StateText name;
  std::uint32_t first_output = 0;
  std::uint32_t output_count = 0;
  std::uint32_t flags = 0;  // SourceFlag
  std::uint8_t kind = 0;    // ContentKind
  std::uint8_t format = 0;  // ImageFormat, for ContentKind::image
  std::uint16_t reserved = 0;
  std::uint64_t reserved2 = 0;
};
static_assert(sizeof(StateSource) == 88 && std::has_unique_object_representations_v<StateSource>);

struct StateOutput {
  FileStat stat;  // of the file as we left it
  Digest128 key;
  Sha256Digest hash;  // of its content
  StateText path;     // relative to the output folder
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t frames = 0;
  std::uint32_t notes = 0;  // OutputNote
  std::uint32_t flags = 0;  // OutputFlag
  std::int32_t score = 0;   // as ResultSlot::score
  std::uint8_t format = 0;  // ImageFormat; 0 for a file copied as it is
  std::array<std::uint8_t, 3> reserved{};
  std::uint32_t recipe = k_no_recipe;
  Digest128 source_digest;  // of the bytes it was made from
};
static_assert(sizeof(StateOutput) == 144 && std::has_unique_object_representations_v<StateOutput>);

// With an output's source digest and its source's size all that its key was made of, and for people what it
// was called and where it came from.
struct StateRecipe {
  OutputSettings settings;
  Digest128 decoder_fingerprint;  // of what read the source
  Digest128 encoder_fingerprint;  // of what wrote the output
  StateText decoder;              // descriptions
  StateText encoder;
  StateText places;                 // where settings came from; see tool/settings/output_settings_text.hpp
  std::uint32_t source_format = 0;  // ImageFormat
  // Where the format was chosen: the recipe of the next candidate, which has a lower index. An output's
  // recipe is that of its first candidate, whichever was chosen.
  std::uint32_t next = k_no_recipe;
};
static_assert(sizeof(StateRecipe) == 104 && std::has_unique_object_representations_v<StateRecipe>);

struct StateObject {
  FileStat stat;
  StateText path;
  std::uint64_t reserved = 0;
};
static_assert(sizeof(StateObject) == 56 && std::has_unique_object_representations_v<StateObject>);

struct StateEncoder {
  Digest128 fingerprint;          // of what writes the format
  Digest128 decoder_fingerprint;  // of what reads it
  StateText description;
  std::uint32_t format = 0;     // ImageFormat
  std::uint32_t abilities = 0;  // EncoderAbility bits of encoder_fingerprint.hpp
  std::uint64_t reserved = 0;
};
static_assert(sizeof(StateEncoder) == 56 && std::has_unique_object_representations_v<StateEncoder>);

// What a run must find unchanged for a state to speak for it.
struct StateIdentity {
  Digest128 secret_id;       // of the secret under which digests were made
  Digest128 request_digest;  // of the resolved configuration, encoders included
  std::array<std::uint8_t, 16> boot_id{};
  std::int64_t scan_start_ns = 0;  // when the scan began, by the clock of the file system
  std::int64_t time_step_ns = 0;   // of that file system's timestamps
  DigestSeed own_seed;             // without a cache the state owns the secret; zero with one
  FileStat manifest;               // the asset manifest as we left it; zero where none was asked for
};

struct StateHeader {
  std::uint64_t magic = k_state_magic;
  std::uint32_t version = k_state_version;
  std::uint32_t header_size = 0;
  std::uint64_t total_size = 0;
  Digest128 content_digest;
  StateIdentity identity;
  std::uint32_t source_count = 0;
  std::uint32_t output_count = 0;
  std::uint32_t object_count = 0;
  std::uint32_t encoder_count = 0;
  std::uint64_t string_bytes = 0;
  std::uint32_t recipe_count = 0;
  std::uint32_t reserved = 0;
  StateText invocation;
};
static_assert(sizeof(StateHeader) == 216 && std::has_unique_object_representations_v<StateHeader>);

// A mapped state. Immutable; spans live as long as it does.
class BuildState {
public:
  // With its changes. nullopt where there is none; ErrorCode::corrupt where there is one that cannot be
  // believed.
  [[nodiscard]] static Result<std::optional<BuildState>> load(const std::string& path);
  // Reads a state out of bytes aligned to 8. Safe on hostile bytes.
  [[nodiscard]] static Result<BuildState> open(ByteView bytes);
  // Writes `changes` (aligned to 8) into the state's own bytes, unless they are another state's. Safe on
  // hostile changes.
  [[nodiscard]] static Result<BuildState> open(std::span<std::uint8_t> bytes, ByteView changes);

  [[nodiscard]] const StateIdentity& identity() const { return m_identity; }
  [[nodiscard]] std::span<const StateSource> sources() const { return m_sources; }
  [[nodiscard]] std::span<const StateOutput> outputs() const { return m_outputs; }
  [[nodiscard]] std::span<const StateRecipe> recipes() const { return m_recipes; }
  // nullptr where it has none.
  [[nodiscard]] const StateRecipe* recipe_of(const StateOutput& output) const {
    return output.recipe == k_no_recipe ? nullptr : &m_recipes[output.recipe];
  }
  // nullptr after the last candidate.
  [[nodiscard]] const StateRecipe* next_of(const StateRecipe& recipe) const {
    return recipe.next == k_no_recipe ? nullptr : &m_recipes[recipe.next];
  }
  [[nodiscard]] std::span<const StateObject> objects() const { return m_objects; }
  [[nodiscard]] std::span<const StateEncoder> encoders() const { return m_encoders; }
  [[nodiscard]] std::span<const StateOutput> outputs_of(const StateSource& source) const {
    return m_outputs.subspan(source.first_output, source.output_count);
  }
  [[nodiscard]] std::string_view text(StateText text) const {
    return m_strings.substr(text.offset, text.length);
  }
  // How the build was asked for: the current folder and the command line's words, each ended by '\0'.
  [[nodiscard]] std::string_view invocation() const {
    return m_changed_invocation ? *m_changed_invocation : text(m_invocation);
  }

  // Of the state's file, without its changes.
  [[nodiscard]] const Digest128& content_digest() const { return m_content_digest; }
  // The sources and outputs that are as the changes have them. Ascending.
  [[nodiscard]] std::span<const std::uint32_t> changed_sources() const { return m_changed_sources; }
  [[nodiscard]] std::span<const std::uint32_t> changed_outputs() const { return m_changed_outputs; }

private:
  [[nodiscard]] Result<void> take_changes(std::span<std::uint8_t> bytes, ByteView changes);

  MappedRegion m_region;
  Digest128 m_content_digest;
  std::vector<std::uint32_t> m_changed_sources;
  std::vector<std::uint32_t> m_changed_outputs;
  std::optional<std::string> m_changed_invocation;
  StateIdentity m_identity;
  std::span<const StateSource> m_sources;
  std::span<const StateOutput> m_outputs;
  std::span<const StateRecipe> m_recipes;
  std::span<const StateObject> m_objects;
  std::span<const StateEncoder> m_encoders;
  std::string_view m_strings;
  StateText m_invocation;
};

// A recipe with its texts.
struct RecipeText {
  StateRecipe recipe;  // its texts are filled in by the builder
  std::string_view decoder;
  std::string_view encoder;
  std::string_view places;
};

// Where the records of the next state go. Sources are added in scan order, each followed by its outputs.
class StateRecords {
public:
  virtual ~StateRecords() = default;
  // The recipe's index for StateOutput::recipe; equal ones are kept once.
  [[nodiscard]] virtual std::uint32_t add_recipe(const RecipeText& recipe) = 0;
  // `source`'s name and output range are filled in here.
  virtual void add_source(StateSource source, std::string_view name) = 0;
  // Belongs to the source added last.
  virtual void add_output(StateOutput output, std::string_view path) = 0;
};

// Collects a whole state.
class StateBuilder final : public StateRecords {
public:
  explicit StateBuilder(const StateIdentity& identity) : m_identity(identity) {}
  void set_invocation(std::string_view invocation) { m_invocation = add_text(invocation); }
  // Makes room for so many, so that growing does not need twice the memory.
  void reserve(std::size_t sources, std::size_t outputs, std::size_t text_bytes);
  [[nodiscard]] std::uint32_t add_recipe(const RecipeText& recipe) override;
  void add_source(StateSource source, std::string_view name) override;
  void add_output(StateOutput output, std::string_view path) override;
  void add_object(const FileStat& stat, std::string_view path);
  void add_encoder(StateEncoder encoder, std::string_view description);

  [[nodiscard]] Bytes bytes() const;
  // Replaces the file at `path` atomically, and removes the changes of the one before.
  [[nodiscard]] Result<void> save(const std::string& path) const;

private:
  StateText add_text(std::string_view text);
  // The header, its digest filled in.
  [[nodiscard]] StateHeader header() const;
  // Calls use(bytes) for every table in the order of the file.
  template <typename Use>
  void for_each_table(Use&& use) const;
  StateIdentity m_identity;
  std::vector<StateSource> m_sources;
  std::vector<StateOutput> m_outputs;
  std::vector<StateRecipe> m_recipes;
  std::map<std::string, std::uint32_t, std::less<>> m_known_recipes;  // by all that they hold
  std::vector<StateObject> m_objects;
  std::vector<StateEncoder> m_encoders;
  std::string m_strings;
  StateText m_invocation;
};

}  // namespace imgopt

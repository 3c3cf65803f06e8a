// State changes: what later builds changed of a build state, in a file of its own beside it. With it, one
// changed source among many costs a small file, not the whole state again.
//
//   changes    = header sources outputs invocation
//   header     = magic version total_size content_digest state_digest identity counts   ; StateChangesHeader
//   sources    = { source record, its index in the state }    ; 96 bytes each, indices ascending
//   outputs    = { output record, its index in the state }    ; 152 bytes each, indices ascending
//   invocation = bytes                                        ; BuildState::invocation
//
// They change what records say, never which there are: names, paths and the recipes are the state's own. A
// file holds all changes since its state was written, which it names by the state's content digest; the next
// state that is written as a whole takes its place. Changes of another state or another version are none at
// all: what is left is an older state, which is always safe, since it only ever says what was seen when.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/result.hpp"
#include "tool/state/build_state.hpp"

namespace imgopt {

inline constexpr std::uint64_t k_state_changes_magic = 0x474e484354534d49ULL;  // "IMSTCHNG"
inline constexpr std::uint32_t k_state_changes_version = 1;

struct StateChangesHeader {
  std::uint64_t magic = k_state_changes_magic;
  std::uint32_t version = k_state_changes_version;
  std::uint32_t header_size = 0;
  std::uint64_t total_size = 0;
  Digest128 content_digest;  // of everything, itself zero
  Digest128 state_digest;    // StateHeader::content_digest of the state
  StateIdentity identity;    // in place of the state's
  std::uint32_t source_count = 0;
  std::uint32_t output_count = 0;
  std::uint64_t invocation_bytes = 0;
};
static_assert(sizeof(StateChangesHeader) == 208 &&
              std::has_unique_object_representations_v<StateChangesHeader>);

template <typename Record>
struct ChangedRecord {
  Record record;
  std::uint64_t index = 0;  // in the state
};
static_assert(std::has_unique_object_representations_v<ChangedRecord<StateSource>> &&
              std::has_unique_object_representations_v<ChangedRecord<StateOutput>>);

struct OpenedChanges {
  StateIdentity identity;
  std::span<const ChangedRecord<StateSource>> sources;
  std::span<const ChangedRecord<StateOutput>> outputs;
  std::string_view invocation;
};

// Where the changes of the state at that path stand.
[[nodiscard]] std::string changes_path(const std::string& state_path);

// Spans into bytes aligned to 8; nullopt where they are of another version or another state. Safe on hostile
// bytes; whether the records fit the state is for the caller to see.
[[nodiscard]] Result<std::optional<OpenedChanges>> open_changes(ByteView bytes,
                                                                const Digest128& state_digest);

// Collects what a build changed of a state, on top of the changes that it already has. Of sources only those
// that differ need be added.
class StateChanges final : public StateRecords {
public:
  // `state` must outlive it.
  StateChanges(const BuildState& state, const StateIdentity& identity, std::string_view invocation);
  [[nodiscard]] std::uint32_t add_recipe(const RecipeText& recipe) override;
  void add_source(StateSource source, std::string_view name) override;
  void add_output(StateOutput output, std::string_view path) override;

  // Whether they say all that was added, and are so much smaller than the state that they pay: else the state
  // must be written again. To be asked after a source's last output. Once false it stays so, and nothing more
  // is collected.
  [[nodiscard]] bool suffice() const;

  [[nodiscard]] Bytes bytes() const;
  // Replaces the changes of the state at that path atomically.
  [[nodiscard]] Result<void> save(const std::string& state_path) const;

private:
  void give_up();
  [[nodiscard]] bool are_few() const;
  // Whether the source added last has as many outputs as before.
  [[nodiscard]] bool is_last_complete() const;
  const BuildState& m_state;
  StateIdentity m_identity;
  std::string m_invocation;
  std::map<std::uint32_t, StateSource> m_sources;  // by index in the state
  std::map<std::uint32_t, StateOutput> m_outputs;
  const StateSource* m_last = nullptr;  // what the state has of the source added last
  std::uint32_t m_last_outputs = 0;     // added for it
  bool m_says_all = true;
};

}  // namespace imgopt

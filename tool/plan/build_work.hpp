// The data of one build as it passes from step to step: identified sources, then the work on those that need
// any.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/rare_list.hpp"
#include "base/rare_text.hpp"
#include "protocol/image_format.hpp"
#include "protocol/output_settings.hpp"
#include "tool/cache/cache_entry.hpp"
#include "tool/plan/expand_outputs.hpp"
#include "tool/plan/outcome.hpp"
#include "tool/plan/plan.hpp"
#include "tool/settings/image_settings.hpp"
#include "tool/state/build_state.hpp"

namespace imgopt {

// How a source compares with what the build state knows of it.
enum class Change : std::uint8_t {
  none,      // stat data prove that it is the same
  touched,   // other stat data, same bytes
  modified,  // other bytes
  added      // the state does not know it
};

struct IdentifiedSource {
  Change change = Change::added;
  ContentKind kind = ContentKind::unknown;
  ImageFormat format = ImageFormat::png;
  bool is_racy = false;        // too young for its stat data to prove anything next time
  bool outputs_stand = false;  // all its outputs are there as the state knows them
  bool is_too_large = false;   // not read for that, as `error` says
  std::int64_t state_index = -1;
  FileStat stat;
  Digest128 digest;
  RareText error;  // why it could not be read
  // Which is the fault of what is around us.
  [[nodiscard]] bool is_unreadable() const { return !error.empty() && !is_too_large; }
};

// Whether an output that the state lists still is what we wrote.
struct StandingOutput {
  bool stands = false;
  // As it is now. Where only the content was found equal and these are too young to prove that, the state's.
  FileStat stat;
};

struct OutputWork {
  std::string path;
  OutputSettings settings;
  // Of an output whose format is chosen by size. Path and settings are those of one of them: of what stands,
  // else of the first, until the choice is made.
  RareList<FormatCandidate> candidates;
  // Where they came from; null for a file copied as it is and for one that could not be read.
  const ImageSettings* image_settings = nullptr;
  Digest128 key;
  Digest128 source_digest;         // of the bytes that the key was made from
  std::int64_t state_output = -1;  // the state's output at this path, of this source
  bool has_stood = false;          // something stood there when it was looked at
  PlannedOutput planned;
  bool keeps_older_encoder = false;  // up to date but for its encoder, and left so as was asked for

  // What became of it.
  bool is_done = false;
  bool is_for_good = true;  // else another run with other limits may find another: not cached
  OutputStatus status = OutputStatus::failed;
  std::uint32_t encodings = 0;  // made in this run to find it
  EntryFacts facts;
  Sha256Digest hash;
  FileStat stat;  // of the file that stands at its path
  std::uint64_t bytes = 0;
  std::uint64_t cpu_us = 0;
  RareText error;
};

// What a plan has to know of an output before anybody looked for it.
[[nodiscard]] inline OutputFacts facts_of(const OutputWork& output) {
  OutputFacts facts;
  facts.key = output.key;
  facts.settings = output.settings;
  facts.encodings = std::max<std::size_t>(1, output.candidates.size());
  return facts;
}

// Every path that an output (OutputWork, ExpandedOutput) may come to stand at, none twice.
template <typename Output>
[[nodiscard]] std::vector<std::string_view> possible_paths(const Output& output) {
  std::vector<std::string_view> paths;
  for (const FormatCandidate& candidate : output.candidates)
    if (std::find(paths.begin(), paths.end(), candidate.path) == paths.end())
      paths.push_back(candidate.path);
  if (paths.empty())
    paths.push_back(output.path);
  return paths;
}

struct SourceWork {
  std::size_t source = 0;  // index into the scan's files
  bool is_copy = false;    // no image, copied as it is (--unsupported copy); then it has one output
  bool is_skipped = false;
  bool was_named = false;  // its failure has been printed
  RareText error;          // of the whole source: nothing was planned for it
  RareText reproduce;      // set where a worker failed on it
  std::vector<OutputWork> outputs;
};

}  // namespace imgopt

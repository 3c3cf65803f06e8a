// Outcomes: what a run tells of its images and outputs, for the report, the asset manifest and the summary.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "protocol/image_format.hpp"
#include "protocol/output_settings.hpp"
#include "tool/plan/reason.hpp"
#include "tool/settings/settings_text.hpp"

namespace imgopt {

enum class OutputStatus : std::uint8_t { up_to_date, restored, deduplicated, encoded, would_encode, failed };
enum class ImageStatus : std::uint8_t { ok, failed, skipped };

struct OutputOutcome {
  std::string path;  // relative to the output folder
  OutputStatus status = OutputStatus::up_to_date;
  std::optional<ImageFormat> format;  // none for a file copied as it is
  std::uint32_t width = 0;            // pixels
  std::uint32_t height = 0;
  std::uint32_t frames = 0;
  std::uint64_t bytes = 0;
  bool kept_original = false;
  bool larger_than_source = false;
  // Whether its settings keep every pixel, or it is its source; none where it failed before that was known.
  std::optional<Lossless> lossless;
  std::optional<double> score;       // SSIMULACRA 2 against the source, where it was computed
  std::uint32_t notes = 0;           // OutputNote bits
  Sha256Digest hash;                 // of the output's content
  std::string error;                 // why it failed
  std::uint64_t cpu_us = 0;          // spent on it in this run
  std::uint32_t encodings = 0;       // made in this run to find it
  OutputReason reason;               // why it is not, or would not be left, as the last build left it
  bool keeps_older_encoder = false;  // --on-encoder-change left it, whatever `reason` says
};

struct ImageOutcome {
  std::string source;  // its name, relative to its root
  std::string path;    // by which it was opened, relative to the current folder where its source was
  ImageStatus status = ImageStatus::ok;
  std::string error;                      // for failed and skipped: one sentence
  std::string reproduce;                  // for failed in a worker: a command that shows it again
  bool was_named = false;                 // its failure was printed before anything was encoded
  std::uint64_t bytes = 0;                // of the source
  std::optional<std::uint32_t> settings;  // index into RunOutcome::settings
  std::vector<OutputOutcome> outputs;
};

// Sums of one run. outputs = encoded + restored + up_to_date + deduplicated + failed (+ would_encode in a dry
// run).
struct RunSummary {
  std::uint64_t images = 0;
  std::uint64_t outputs = 0;
  std::uint64_t encoded = 0;
  std::uint64_t restored = 0;
  std::uint64_t up_to_date = 0;
  std::uint64_t deduplicated = 0;
  std::uint64_t failed = 0;
  std::uint64_t kept_original = 0;
  std::uint64_t larger_than_source = 0;
  std::uint64_t lossy = 0;  // in place alone: images that lost something, or would
  std::uint64_t removed = 0;
  std::uint64_t skipped = 0;
  std::uint64_t would_encode = 0;
  std::uint64_t outputs_of_others = 0;  // found below the sources, made by another build, left out
  std::uint64_t failed_images = 0;
  std::uint64_t bytes_in = 0;     // of the sources
  std::uint64_t bytes_out = 0;    // of the outputs
  std::uint64_t over_budget = 0;  // bytes beyond --budget
  std::uint64_t worker_crashes = 0;
  std::uint64_t workers = 0;
  std::uint64_t damaged_entries = 0;  // cache entries that were not what was written
  std::uint64_t tool_peak_bytes = 0;  // of this process's memory
  double wall_ms = 0;
  double tool_cpu_ms = 0;
  double worker_cpu_ms = 0;
  double workers_serving_ms = 0;  // from each worker's first record until the last was handed out, summed
  double workers_idle_ms = 0;     // of that, waiting for a record
};

// How many outputs of a format were, or would be, made for one cause.
struct CauseCount {
  std::string_view cause;             // of cause_of, or "older-encoder-kept"
  std::optional<ImageFormat> format;  // none for files copied as they are
  std::string before;                 // for encoders and decoders: the versions
  std::string now;
  std::uint64_t outputs = 0;
};

// Which images an outcome tells of. 100,000 of them take some 50 MB.
enum class Detail : std::uint8_t { failed, worked_on, everything };

struct RunOutcome {
  RunSummary summary;
  std::vector<CauseCount> causes;  // of all outputs that were not up to date, and of those kept on purpose
  // Only the images that something happened to, unless the whole list was asked for (report, manifest).
  std::vector<ImageOutcome> images;
  bool is_complete = false;           // whether `images` holds every source
  bool is_dry_run = false;            // what was counted would be done
  std::vector<std::string> warnings;  // one sentence each
  // For who looks at images afterwards; empty where nobody asked.
  std::string folder;                              // the current folder, absolute
  std::string out;                                 // the output folder, absolute
  std::vector<std::vector<SettingLine>> settings;  // every distinct set of settings of an image
};

}  // namespace imgopt

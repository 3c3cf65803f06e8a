// Sums over a report, and what is different between two: bytes by folder and format, images that grew.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tool/account/report_file.hpp"

namespace imgopt {

// Images, or outputs, that have something in common. Of a folder or a format only outputs that stand count,
// and sources that have one: bytes before and after are then of the same images.
struct ReportedGroup {
  std::string name;  // a folder ("." for none), a format
  std::uint64_t images = 0;
  std::uint64_t outputs = 0;
  std::uint64_t bytes_in = 0;  // of the sources; by format once for each output
  std::uint64_t bytes_out = 0;
};

struct ReportedTotals {
  ReportedGroup all;           // as the build's summary counts: failed ones too, skipped files not
  std::uint64_t standing = 0;  // outputs that are there
  std::uint64_t failed = 0;    // images
  std::uint64_t failed_outputs = 0;
  std::uint64_t would_encode = 0;
  std::uint64_t skipped = 0;
  std::uint64_t kept_original = 0;
  std::uint64_t larger_than_source = 0;
  std::vector<ReportedGroup> formats;  // the most bytes first
  std::vector<ReportedGroup> folders;  // sorted by name
};

[[nodiscard]] ReportedTotals totals_of(const Report& report);

struct ByteChange {
  std::string name;  // of a folder, or an output's path
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  [[nodiscard]] std::int64_t difference() const {
    return static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
  }
};

struct ReportDifference {
  ByteChange all;                   // bytes of all outputs
  std::vector<ByteChange> folders;  // those that changed, the largest change first
  std::vector<ByteChange> grown;    // outputs in both, the most added bytes first
  std::vector<ByteChange> shrunk;   // the most bytes gone first
  std::vector<std::string> added;   // outputs only in the later one, sorted
  std::vector<std::string> removed;
};

[[nodiscard]] ReportDifference difference_between(const Report& before, const Report& after);

// The folder of a name: "photos/sub" of "photos/sub/a.jpg", "." of "a.jpg".
[[nodiscard]] std::string folder_of(std::string_view name);

}  // namespace imgopt

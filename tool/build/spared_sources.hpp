// Sources are never written in a build: tells, before anything is written, of an output that would stand
// where a source does, however the folders lie in each other.
#pragma once

#include <span>

#include "base/result.hpp"
#include "tool/plan/build_work.hpp"
#include "tool/scan/scan.hpp"
#include "tool/state/output_folder.hpp"

namespace imgopt {

// Fails with invalid_argument, naming the source. Looks at outputs that are new to the build state alone: the
// others passed when they were new. A hard link from an output's place to a source is no danger and is let
// pass, since outputs are renamed into place.
[[nodiscard]] Result<void> check_sources_are_spared(const ScanResult& scan, std::span<const SourceWork> works,
                                                    OutputFolder& out);

}  // namespace imgopt

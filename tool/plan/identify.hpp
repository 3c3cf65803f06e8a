// Identify: which sources are what the build state knows, and the digest of those that are not.
//
// Stat data decide where they can: device, inode, size, mtime and ctime equal, and the file older than the
// scan by more than the file system's time step. Everything else is read and hashed, in parallel, large files
// first, the stat data taken before and after; a file that changes meanwhile is read again. A file that stays
// unread has no digest. Outputs are looked at last, since that can go on while the workers start that changed
// sources want.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/digest.hpp"
#include "tool/plan/build_work.hpp"
#include "tool/scan/scan.hpp"
#include "tool/state/build_state.hpp"
#include "tool/state/output_folder.hpp"

namespace imgopt {

struct IdentifyInputs {
  const ScanResult* scan = nullptr;
  const BuildState* state = nullptr;  // null: none
  const DigestSecret* secret = nullptr;
  OutputFolder* out = nullptr;
  std::int64_t scan_start_ns = 0;
  std::int64_t time_step_ns = 0;
  // After a reboot nothing vouches for outputs that were never flushed: their content is compared.
  bool is_other_boot = false;
  unsigned threads = 1;
  // An image of more bytes has failed without being read, a file that is no image stays unread; 0: no limit.
  std::uint64_t max_input_size = 0;
  // Files that are no images are copied, and read for that however large they are.
  bool copies_others = false;
  // Called for each source that was read and is new or changed, from any thread.
  std::function<void(std::size_t index, const IdentifiedSource& source)> changed;
  // Called in the calling thread now and then while sources are read: how many were, of how many that must
  // be. Once more when all were.
  std::function<void(std::size_t read, std::size_t total)> between;
};

struct Identified {
  std::vector<IdentifiedSource> sources;    // as in the scan
  std::vector<StandingOutput> outputs;      // as in the state
  std::vector<std::uint32_t> gone_sources;  // indices into the state: not in the scan any more
  // Something was read and has other stat data than the state knows: it is worth writing again, lest that be
  // read by every run.
  bool has_news = false;
};

[[nodiscard]] Identified identify(const IdentifyInputs& inputs);

}  // namespace imgopt

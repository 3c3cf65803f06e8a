// SHA-256 and kind of every scanned file, read only where the stat index does not know it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/result.hpp"
#include "protocol/image_format.hpp"
#include "tool/scan/scan.hpp"
#include "tool/state/stat_index.hpp"

namespace imgopt {

struct HashedFile {
  FileStat stat;
  Sha256Digest hash;  // zeros: it was not read
  ContentKind kind = ContentKind::unknown;
  ImageFormat format = ImageFormat::png;
  std::string error;  // why it could not be read
  [[nodiscard]] bool was_read() const { return hash != Sha256Digest(); }
};

struct HashedFiles {
  std::vector<HashedFile> files;  // as in the scan
  std::uint64_t bytes_read = 0;
};

// Reads in parallel, but nothing of more than `max_input_size` bytes (0: no limit), which stays without a
// hash. `index_path` is read before and, where something was learned, written after; that it cannot be is no
// failure, since it only saves time. What changed within two seconds before the call is not entered: on the
// coarsest file systems its stat data could not prove anything.
[[nodiscard]] HashedFiles hash_files(const ScanResult& scan, const std::optional<std::string>& index_path,
                                     unsigned threads, std::int64_t now_ns, std::uint64_t max_input_size);

}  // namespace imgopt

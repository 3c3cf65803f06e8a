// Recognition: which scanned files the ledger knows, which it should know, and which of its lines have lost
// their image. recognize() is pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/repository/in_place_scan.hpp"
#include "tool/repository/ledger.hpp"
#include "tool/state/hashed_files.hpp"

namespace imgopt {

enum class Standing : std::uint8_t {
  finished,    // the ledger knows its bytes
  unfinished,  // it does not
  no_image,    // found in a folder, neither an image nor called like one: not ours to speak of
};

struct Recognition {
  std::vector<Standing> files;  // as in the scan
  std::vector<LedgerLine>
      missing_lines;  // of finished files: the ledger has the bytes, but not under this path
  std::vector<std::string> orphaned_paths;  // of lines, sorted: nothing stands there
};

struct RecognitionInputs {
  const InPlaceScan* scan = nullptr;
  const HashedFiles* hashed = nullptr;
  const Ledger* ledger = nullptr;
  const Ledger* journal = nullptr;  // null: only what is committed counts
  // Whether something stands at a path of the ledger. Asked only for lines below the scanned folders.
  std::function<bool(const std::string& path)> exists;
};

[[nodiscard]] Recognition recognize(const RecognitionInputs& inputs);

// Looks at the disk. In a sparse checkout every path counts as there: its image may be somewhere else.
[[nodiscard]] std::function<bool(const std::string&)> existence_in(const LedgerPlace& place);

}  // namespace imgopt

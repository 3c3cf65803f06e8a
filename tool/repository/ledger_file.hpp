// The ledger on disk: where it stands, and how several runs at once change it without losing each other's
// lines.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "tool/repository/ledger.hpp"

namespace imgopt {

inline constexpr const char* k_ledger_name = ".imgopt-ledger";

// All paths absolute, symbolic links resolved but for the file's own.
struct LedgerPlace {
  std::string file;
  std::string folder;  // what the paths in it are relative to
  // What this machine alone remembers, below the user's state folder; none where there is no such folder.
  std::optional<std::string> journal;
  std::optional<std::string> stat_index;
};

// The first of: `given` (--ledger); the nearest k_ledger_name in the folder that all paths are in or above
// it, within its git work tree; the root of that work tree; the folder of `config`; the folder that all paths
// are in.
[[nodiscard]] Result<LedgerPlace> find_ledger(const std::optional<std::string>& given,
                                              std::span<const std::string> paths,
                                              const std::optional<std::string>& config);

// An absent ledger is an empty one.
[[nodiscard]] Result<Ledger> load_ledger(const LedgerPlace& place);

// Applies changes to what stands there now, under a lock on the folder, and replaces the file by one rename.
// A file that would stay the same is left alone, but one with marks of a merge conflict is written again.
[[nodiscard]] Result<Written> update_ledger(const LedgerPlace& place, const LedgerChanges& changes);

// The journal: outputs of this machine, noted before they get their names. It answers where the ledger
// cannot: after a run that was killed, and while pre-commit has put the ledger's new lines aside. Lines are
// those of a ledger.
[[nodiscard]] Ledger load_journal(const LedgerPlace& place);
// Thread-safe and process-safe: one write to a file opened for appending.
[[nodiscard]] Result<void> note_in_journal(const LedgerPlace& place, const LedgerLine& line);

}  // namespace imgopt

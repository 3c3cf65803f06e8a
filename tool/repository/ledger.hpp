// The ledger: by content, the images that `imgopt optimize` has finished with, so that no machine encodes
// them again.
//
// A text file that is committed beside the images. What counts is the SHA-256 of an image's bytes; the path
// says where they stood when the line was written, for people and for finding lines whose image is gone.
//
//   ledger  = header *line
//   header  = "# imgopt-ledger 1" LF
//   line    = ( image | comment | marker | "" ) LF
//   image   = sha256 SP result SP before SP path
//   sha256  = 64 hexadecimal digits, lower case
//   result  = "lossless" | "lossy" | "kept"      ; kept: nothing was to be gained
//   before  = decimal number                     ; bytes before it was first optimized
//   path    = 1*octet                            ; relative to the ledger's folder; "\\" "\n" "\r" stand for
//   \ LF CR comment = "#" *octet marker  = ( "<<<<<<<" | "=======" | ">>>>>>>" | "|||||||" ) *octet
//
// Written sorted by path, one line an image. Made for merging: a line stands for itself, so a union of two
// sides is right, in any order and with lines twice; the marks of a merge conflict are passed over and both
// sides count. CR before LF is passed over too. Anything else is an error that names the line. A file that
// does not end in LF was cut off, and is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/result.hpp"

namespace imgopt {

inline constexpr std::uint32_t k_ledger_version = 1;

enum class LedgerResult : std::uint8_t { lossless, lossy, kept };

struct LedgerLine {
  std::string path;
  Sha256Digest hash;
  LedgerResult result = LedgerResult::lossless;
  std::uint64_t before = 0;  // bytes
  auto operator<=>(const LedgerLine&) const = default;
};

struct LedgerChanges {
  std::vector<LedgerLine> finished;  // each replaces all lines of its path
  std::vector<std::string> gone;     // paths whose lines go
  [[nodiscard]] bool empty() const { return finished.empty() && gone.empty(); }
};

// Immutable once made.
class Ledger {
public:
  Ledger() = default;
  explicit Ledger(std::vector<LedgerLine> lines);

  // `name` stands in messages. ErrorCode::invalid_config, since a person has to mend it.
  [[nodiscard]] static Result<Ledger> parse(std::string_view text, std::string_view name);
  [[nodiscard]] std::string text() const;

  // Sorted by path, then hash; no line twice.
  [[nodiscard]] std::span<const LedgerLine> lines() const { return m_lines; }
  [[nodiscard]] const LedgerLine* find(const Sha256Digest& hash) const;
  // Lines of one path: more than one after a merge.
  [[nodiscard]] std::span<const LedgerLine> lines_of(std::string_view path) const;
  // Whether the text that it was read from held marks of a merge conflict.
  [[nodiscard]] bool has_conflict() const { return m_has_conflict; }

  [[nodiscard]] Ledger with(const LedgerChanges& changes) const;

private:
  std::vector<LedgerLine> m_lines;
  std::vector<std::uint32_t> m_by_hash;  // indices into m_lines, by hash
  bool m_has_conflict = false;
};

[[nodiscard]] std::string_view result_name(LedgerResult result);

}  // namespace imgopt

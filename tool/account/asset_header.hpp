// The C++ header that a program includes instead of reading the asset manifest: a constexpr table of all
// outputs, sorted by path, and, where asked for, a second file that compiles their bytes in.
//
// Both are a function of the outcome alone: equal runs give equal bytes. The embedding source names the
// outputs relative to the output folder, which its compiler is told as IMGOPT_EMBED_FOLDER ("DIR/") or by
// -Wa,-IDIR, so neither holds a path of this machine. A symbol is named by the SHA-256 of its bytes and weak:
// two libraries that embed the same image share it. Needs C++17; the embedding source GCC or Clang, for
// .incbin.
#pragma once

#include <string>
#include <string_view>

#include "tool/plan/outcome.hpp"

namespace imgopt {

enum class AssetBytes : std::uint8_t { left_in_files, embedded };

// `outcome` must be complete. Lists what the asset manifest lists.
[[nodiscard]] std::string asset_header_text(const RunOutcome& outcome, std::string_view name_space,
                                            AssetBytes bytes);
// The source file that defines the bytes which such a header declares.
[[nodiscard]] std::string asset_embedding_text(const RunOutcome& outcome);

}  // namespace imgopt

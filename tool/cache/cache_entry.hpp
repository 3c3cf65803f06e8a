// A cache entry: one finished result under its key, payload first, then a fixed footer.
//
//   entry   = payload footer
//   payload = the output's bytes | nothing (the original is best) | the failure's message, UTF-8
//   footer  = EntryFooter, 160 bytes; footer_digest covers the footer with that field zero
//
// Digests in it are XXH3-128 under the cache's secret, so nobody who does not know the secret can forge an
// entry; SHA-256 is what a shared cache and the asset manifest need. Numbers are in the machine's byte order.
// Anything else than a whole, matching entry of this version is a miss.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/digest.hpp"
#include "base/result.hpp"
#include "protocol/record_results.hpp"

namespace imgopt {

inline constexpr std::uint64_t k_entry_magic = 0x59544e45474d49ULL;  // "IMGENTY" and a zero byte
inline constexpr std::uint32_t k_entry_version = 1;

// Values stand in cache files: never change one.
enum class EntryKind : std::uint32_t {
  encoded = 1,
  original_is_best = 2,
  failed = 3  // a clean failure that is the image's own: decoding it again would fail again
};

// What is known of a result beside its bytes.
struct EntryFacts {
  EntryKind kind = EntryKind::encoded;
  std::uint32_t format = 0;  // ImageFormat of the output
  std::uint32_t width = 0;   // pixels
  std::uint32_t height = 0;
  std::uint32_t frames = 0;
  std::uint32_t notes = 0;          // OutputNote
  std::uint32_t failure = 0;        // FailureKind, for EntryKind::failed
  std::int32_t score = k_no_score;  // as ResultSlot::score
};
static_assert(sizeof(EntryFacts) == 32 && std::has_unique_object_representations_v<EntryFacts>);

struct EntryFooter {
  EntryFacts facts;
  std::uint64_t payload_size = 0;
  Digest128 key;
  Digest128 payload_digest;
  Sha256Digest hash;  // SHA-256 of the output: of the payload, or of the source where the original is best
  std::array<std::uint64_t, 3> reserved{};
  Digest128 footer_digest;
  std::uint64_t magic = k_entry_magic;
  std::uint32_t version = k_entry_version;
  std::uint32_t footer_size = 0;
};
static_assert(sizeof(EntryFooter) == 160 && std::has_unique_object_representations_v<EntryFooter>);

// Seals a footer: fills in its size and digest.
[[nodiscard]] EntryFooter finish_footer(EntryFooter footer, const DigestSecret& secret);

// Whether a file that ends in these bytes was written by another version of the program: a miss, and no
// damage.
[[nodiscard]] bool is_of_another_version(ByteView last_bytes);

// Checks a footer read from the last bytes of a file of `file_size` bytes that is to hold `key`.
// Fails with ErrorCode::corrupt. The payload is not looked at.
[[nodiscard]] Result<EntryFooter> check_footer(ByteView last_bytes, std::uint64_t file_size,
                                               const Digest128& key, const DigestSecret& secret);

// What is wrong with a file that ought to be an entry, before its footer can be looked at, and with its
// payload.
inline constexpr std::string_view k_entry_is_no_file = "cache entry: it is no file";
inline constexpr std::string_view k_entry_is_cut_off = "cache entry: shorter than its footer";
inline constexpr std::string_view k_entry_is_altered = "cache entry: its payload is not what was written";

}  // namespace imgopt

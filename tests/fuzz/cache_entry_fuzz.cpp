// Fuzzes check_footer: the bytes as they are, and sealed under the cache's secret, as a bug of our own would
// leave them.
//
// input = file_size footer
#include "tool/cache/cache_entry.hpp"

#include "tests/fuzz/fuzz_target.hpp"

namespace imgopt::fuzz {
namespace {

const DigestSecret& secret() {
  static const DigestSecret one{DigestSeed{}};
  return one;
}

constexpr Digest128 k_key{{1, 2, 3, 4}};

void check(ByteView footer_bytes, std::uint64_t file_size) {
  const auto footer = check_footer(footer_bytes, file_size, k_key, secret());
  if (!footer) {
    require(footer.error().code == ErrorCode::corrupt, "a bad entry is corrupt");
    return;
  }
  require(footer->key == k_key && footer->payload_size + sizeof(EntryFooter) == file_size,
          "an entry is whole and the one asked for");
  const EntryFacts& facts = footer->facts;
  require(facts.kind == EntryKind::failed ||
              (facts.format > 0 && facts.format < k_format_slots && facts.width > 0),
          "a result has a format and dimensions");
  require(facts.kind != EntryKind::encoded || footer->payload_size > 0, "an encoded output has bytes");
}

Bytes entry_of(EntryKind kind, std::uint64_t payload_size) {
  EntryFooter footer;
  footer.facts.kind = kind;
  footer.facts.format = static_cast<std::uint32_t>(ImageFormat::avif);
  footer.facts.width = footer.facts.height = footer.facts.frames = 1;
  footer.key = k_key;
  footer.payload_size = payload_size;
  Bytes bytes;
  append_object(bytes, payload_size + sizeof(EntryFooter));
  append_object(bytes, finish_footer(footer, secret()));
  return bytes;
}

}  // namespace

Corpus make_corpus() {
  return {{{"encoded", entry_of(EntryKind::encoded, 100)},
           {"original", entry_of(EntryKind::original_is_best, 0)},
           {"failed", entry_of(EntryKind::failed, 20)}},
          {}};
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imgopt;
  fuzz::InputReader input({data, size});
  const auto file_size = input.take<std::uint64_t>();
  fuzz::check(input.rest(), file_size);
  auto footer = input.take<EntryFooter>();
  footer.magic = k_entry_magic;
  footer.version = k_entry_version;
  footer.key = fuzz::k_key;
  footer = finish_footer(footer, fuzz::secret());
  Bytes sealed;
  fuzz::append_object(sealed, footer);
  fuzz::check(sealed, file_size);
  fuzz::check(sealed, footer.payload_size + sizeof(EntryFooter));
  return 0;
}

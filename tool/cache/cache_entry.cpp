#include "tool/cache/cache_entry.hpp"

#include <cstring>

namespace imgopt {

namespace {

Digest128 digest_of(EntryFooter footer, const DigestSecret& secret) {
  footer.footer_digest = {};
  return secret.digest({reinterpret_cast<const std::uint8_t*>(&footer), sizeof(footer)});
}

tl::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::corrupt, std::string("cache entry: ").append(what));
}

}  // namespace

EntryFooter finish_footer(EntryFooter footer, const DigestSecret& secret) {
  footer.footer_size = sizeof(EntryFooter);
  footer.footer_digest = digest_of(footer, secret);
  return footer;
}

bool is_of_another_version(ByteView last_bytes) {
  // Magic and version stand at the end in every version.
  EntryFooter footer;
  if (last_bytes.size() != sizeof(footer))
    return false;
  std::memcpy(&footer, last_bytes.data(), sizeof(footer));
  return footer.magic == k_entry_magic && footer.version != k_entry_version;
}

Result<EntryFooter> check_footer(ByteView last_bytes, std::uint64_t file_size, const Digest128& key,
                                 const DigestSecret& secret) {
  if (last_bytes.size() != sizeof(EntryFooter) || file_size < sizeof(EntryFooter))
    return damaged("shorter than its footer");
  EntryFooter footer;
  std::memcpy(&footer, last_bytes.data(), sizeof(footer));
  if (footer.magic != k_entry_magic)
    return damaged("wrong magic number");
  if (footer.version != k_entry_version || footer.footer_size != sizeof(EntryFooter))
    return damaged("another version");
  if (footer.footer_digest != digest_of(footer, secret))
    return damaged("its footer is not what was written");
  if (footer.key != key)
    return damaged("it holds another key");
  if (footer.payload_size != file_size - sizeof(EntryFooter))
    return damaged("its size is not the one its footer names");
  // From here on the digest vouches for what we ourselves wrote; the rest guards against our own mistakes.
  const EntryFacts& facts = footer.facts;
  const bool is_result = facts.kind == EntryKind::encoded || facts.kind == EntryKind::original_is_best;
  if (!is_result && facts.kind != EntryKind::failed)
    return damaged("unknown kind");
  if (is_result &&
      (facts.format == 0 || facts.format >= k_format_slots || facts.width == 0 || facts.height == 0))
    return damaged("a result without format or dimensions");
  if ((facts.kind == EntryKind::encoded) != (is_result && footer.payload_size > 0))
    return damaged("a payload where none belongs, or none where one does");
  return footer;
}

}  // namespace imgopt

#include "tool/repository/in_place.hpp"

#include "base/replace_file.hpp"

namespace imgopt {

bool saves_enough(std::uint64_t before, std::uint64_t after, std::uint16_t min_savings_per_mille) {
  constexpr std::uint64_t k_whole = 1000;
  return after < before && (before - after) * k_whole >= before * min_savings_per_mille;
}

LedgerLine ledger_line(const std::string& name, const OutputWork& output, std::uint64_t before) {
  const LedgerResult result = output.facts.kind == EntryKind::original_is_best ? LedgerResult::kept
                              : output.settings.lossless == Lossless::yes      ? LedgerResult::lossless
                                                                               : LedgerResult::lossy;
  return {name, output.hash, result, before};
}

Result<Written> InPlace::keep(const SourceWork& work, OutputWork& output) const {
  const IdentifiedSource& source = m_in.identified->sources[work.source];
  IMGOPT_ASSIGN(const Bytes original, read_file((*m_in.real_paths)[work.source]));
  if (m_in.secret->digest(original) != source.digest)
    return fail(ErrorCode::io, (*m_in.real_paths)[work.source] + ": it was changed during the run");
  output.facts.kind = EntryKind::original_is_best;
  output.hash = sha256(original);
  output.bytes = source.stat.size;
  output.stat = source.stat;
  return Written::unchanged;
}

Result<Written> InPlace::deliver(const SourceWork& work, OutputWork& output, ByteView content) {
  const IdentifiedSource& source = m_in.identified->sources[work.source];
  if (output.facts.kind == EntryKind::original_is_best ||
      !saves_enough(source.stat.size, content.size(), output.settings.min_savings))
    return keep(work, output);

  Replacement replacement;
  replacement.path = (*m_in.real_paths)[work.source];
  replacement.expected = source.stat;
  IMGOPT_ASSIGN(const auto now, stat_file(replacement.path));
  if (now && now->stat != source.stat) {
    // Other times alone (a hard link of it was replaced, its mode was set) are no other content.
    IMGOPT_ASSIGN(const Bytes present, read_file(replacement.path, source.stat.size));
    if (m_in.secret->digest(present) == source.digest)
      replacement.expected = now->stat;
  }
  IMGOPT_ASSIGN(replacement.temporary, temporary_path());
  if (m_in.backup)
    replacement.backup = replacement.path + *m_in.backup;
  const std::string& name = m_in.scan->files[work.source].name;
  IMGOPT_TRY(note_in_journal(*m_in.ledger, ledger_line(name, output, source.stat.size)));
  IMGOPT_ASSIGN(const Replaced replaced, replace_file(replacement, content));
  output.bytes = content.size();
  output.stat = replaced.stat;
  if (replaced.other_links > 0) {
    const std::lock_guard lock(m_mutex);
    m_warnings.push_back(name + ": it has other names (hard links), which keep the old bytes");
  }
  return Written::yes;
}

Result<Bytes> InPlace::read(const SourceWork& work, const OutputWork& output) {
  return read_file((*m_in.real_paths)[work.source], output.bytes);
}

Result<std::string> InPlace::temporary_path() {
  const std::lock_guard lock(m_mutex);
  if (!m_temporaries) {
    IMGOPT_ASSIGN(TemporaryFolder folder, TemporaryFolder::create(m_in.ledger->folder));
    m_temporaries.emplace(std::move(folder));
  }
  return m_temporaries->next_path();
}

}  // namespace imgopt

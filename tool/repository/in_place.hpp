// In place: outputs replace their sources, each by a verified, smaller one alone.
//
// An output that does not save enough leaves the source as it is, and its OutputWork says so
// (original_is_best, with the source's bytes and hash). An output is noted in the ledger's journal before it
// gets its name, so that a run that is killed between the two has still told.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/temporary_folder.hpp"
#include "tool/build/delivery.hpp"
#include "tool/plan/identify.hpp"
#include "tool/repository/ledger_file.hpp"
#include "tool/scan/scan.hpp"

namespace imgopt {

struct InPlaceInputs {
  const ScanResult* scan = nullptr;
  const Identified* identified = nullptr;
  const DigestSecret* secret = nullptr;
  const LedgerPlace* ledger = nullptr;
  const std::vector<std::string>* real_paths = nullptr;  // as in the scan: with symbolic links resolved
  std::optional<std::string> backup;                     // suffix
};

class InPlace : public Delivery {
public:
  explicit InPlace(InPlaceInputs inputs) : m_in(std::move(inputs)) {}
  [[nodiscard]] Result<Written> deliver(const SourceWork& work, OutputWork& output,
                                        ByteView content) override;
  [[nodiscard]] Result<Bytes> read(const SourceWork& work, const OutputWork& output) override;

  // One sentence each, about hard links.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return m_warnings; }

private:
  [[nodiscard]] Result<Written> keep(const SourceWork& work, OutputWork& output) const;
  [[nodiscard]] Result<std::string> temporary_path();

  InPlaceInputs m_in;
  std::mutex m_mutex;  // guards what follows
  std::optional<TemporaryFolder> m_temporaries;
  std::vector<std::string> m_warnings;
};

// Whether replacing `before` bytes by `after` is worth it.
[[nodiscard]] bool saves_enough(std::uint64_t before, std::uint64_t after,
                                std::uint16_t min_savings_per_mille);

// The line that the ledger is to have of a finished output.
[[nodiscard]] LedgerLine ledger_line(const std::string& name, const OutputWork& output, std::uint64_t before);

}  // namespace imgopt

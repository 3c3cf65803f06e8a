// Delivery: where finished outputs are put. A build writes them into its output folder, `imgopt optimize` in
// place of their sources.
#pragma once

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/result.hpp"
#include "tool/plan/build_work.hpp"
#include "tool/state/output_folder.hpp"

namespace imgopt {

// Called by several threads at once, for different outputs.
class Delivery {
public:
  virtual ~Delivery() = default;
  // Puts `content` where the output belongs, unless it stands there already; fills in the output's `stat` and
  // `bytes`.
  [[nodiscard]] virtual Result<Written> deliver(const SourceWork& work, OutputWork& output,
                                                ByteView content) = 0;
  // The content of an output that was delivered, to deliver it once more under another name.
  [[nodiscard]] virtual Result<Bytes> read(const SourceWork& work, const OutputWork& output) = 0;
};

// Into a folder, which must outlive it.
class FolderDelivery : public Delivery {
public:
  explicit FolderDelivery(OutputFolder& folder) : m_folder(folder) {}
  [[nodiscard]] Result<Written> deliver(const SourceWork& work, OutputWork& output,
                                        ByteView content) override;
  [[nodiscard]] Result<Bytes> read(const SourceWork& work, const OutputWork& output) override;

private:
  OutputFolder& m_folder;
};

}  // namespace imgopt

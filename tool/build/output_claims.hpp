// Claims on output folders: finds two builds, each with a state of its own, that would write the same path.
//
// In the user's state folder stands a registry: for each output folder the states whose builds write there,
// and for each state the output folder it was last used with. The second is what counts: a state that was
// removed, or that serves another folder by now, claims nothing, and its entry is removed when it is met. A
// moved state is entered anew by its next run. The registry holds no locks and nothing that cannot be lost:
// without it (no home folder) there is no check. Two builds that begin at once find each other when they end.
//
//   STATE-FOLDER/claims/by-folder/AB.../CD...   the path of a state, as bytes
//   STATE-FOLDER/claims/by-state/CD...          the path of its output folder, as bytes
//
// AB... is the SHA-256 of the output folder's real path, CD... that of the state's, the first 32 digits.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/plan/build_work.hpp"
#include "tool/scan/scan.hpp"

namespace imgopt {

// What was taken out of a scan since another build made it.
struct LeftOut {
  std::size_t files = 0;
  std::vector<std::string> warnings;  // one sentence each
};

class OutputClaims {
public:
  // A build's claim in the user's registry; none where there is no folder for it.
  [[nodiscard]] static std::optional<OutputClaims> of_build(const std::string& out, const std::string& state);

  // `registry` is the folder named claims above. Paths are absolute; neither needs to be there yet.
  OutputClaims(std::string registry, const std::string& out, const std::string& state);

  // Fails with invalid_config where a path that one of `works` is to write belongs to another state, whether
  // its output folder is the same, lies in ours or the other way round.
  [[nodiscard]] Result<void> check(std::span<const SourceWork> works) const;

  // Takes out of `scan` what other builds made in output folders that lie below one of `sources` (as the user
  // spells them): nobody means outputs as sources who names a folder around them, and two builds that each
  // took the other's would never end. A file or an output folder that is named itself is meant. Reads a state
  // only where one of the folders scanned is another build's; of one that cannot be read, a warning says what
  // follows. Folders that are reached by a symbolic link are known by the link's path alone, so what lies
  // there is taken.
  [[nodiscard]] LeftOut leave_out_outputs(ScanResult& scan, std::span<const std::string> sources) const;

  // Enters our claim; costs one look where it stands already.
  [[nodiscard]] Result<void> enter() const;

private:
  struct Claim {
    std::string state;
    std::string out;
  };
  [[nodiscard]] std::vector<Claim> claims_on(const std::string& folder) const;
  [[nodiscard]] std::vector<std::string> folders_of(std::span<const SourceWork> works) const;

  std::string m_registry;
  std::string m_out;    // real
  std::string m_state;  // real
};

}  // namespace imgopt

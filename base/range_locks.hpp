// Locks on single bytes of one file, so that many processes can lock many things by number.
//
// Open file description locks (Linux 3.15): the kernel frees them however their owner ends, two objects of
// this class exclude each other also within one process, and the bytes need not exist. Not every file system
// has them; the caller decides what an Error means then.
#pragma once

#include <cstdint>
#include <string>

#include "base/file.hpp"
#include "base/result.hpp"

namespace imgopt {

class RangeLocks {
public:
  // Makes the file, readable by its owner alone, where there is none; it stays empty.
  [[nodiscard]] static Result<RangeLocks> open(const std::string& path);

  // Locks byte `place` unless another object holds it. Taking what is held already is fine.
  [[nodiscard]] Result<LockOutcome> try_lock(std::uint64_t place) const;
  // Waits for it.
  [[nodiscard]] Result<void> lock(std::uint64_t place) const;
  void unlock(std::uint64_t place) const;
  // Whether another object holds it now.
  [[nodiscard]] bool is_held_by_another(std::uint64_t place) const;

private:
  RangeLocks(Descriptor file, std::string path) : m_file(std::move(file)), m_path(std::move(path)) {}
  Descriptor m_file;
  std::string m_path;
};

}  // namespace imgopt

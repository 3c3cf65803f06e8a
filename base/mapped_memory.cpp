#include "base/mapped_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <boost/interprocess/exceptions.hpp>
#include <cerrno>

namespace imgopt {

namespace {

namespace ipc = boost::interprocess;

// What mapped_region asks of the thing it maps. Boost's file_mapping opens a path; ours is a descriptor.
struct MappableDescriptor {
  ipc::mapping_handle_t handle;
  [[nodiscard]] ipc::mapping_handle_t get_mapping_handle() const { return handle; }
};

constexpr int k_unchangeable = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

}  // namespace

Result<MappedRegion> MappedRegion::map(int fd, std::size_t size, Access access, std::string_view name,
                                       AccessHint hint) {
  IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(fd, name));
  if (size == 0 || status.stat.size < size)
    return fail(ErrorCode::corrupt, std::string(name) + ": cannot map: it is shorter than expected");
  MappedRegion mapped;
  try {
    const MappableDescriptor mappable{ipc::ipcdetail::mapping_handle_from_file_handle(fd)};
    const ipc::mode_t mode = access == Access::read_only    ? ipc::read_only
                             : access == Access::read_write ? ipc::read_write
                                                            : ipc::copy_on_write;
    mapped.m_region = ipc::mapped_region(mappable, mode, 0, size);
    if (hint == AccessHint::sequential)
      mapped.m_region.advise(ipc::mapped_region::advice_sequential);
    else if (hint == AccessHint::random)
      mapped.m_region.advise(ipc::mapped_region::advice_random);
  } catch (const ipc::interprocess_exception& error) {
    return fail(ErrorCode::io, std::string(name) + ": cannot map: " + error.what());
  }
  return mapped;
}

Result<Descriptor> create_memory_file(const char* name) {
  const int fd = ::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0)
    return system_error(name, "cannot create a memory file", errno);
  return Descriptor(fd);
}

std::uint64_t held_memory(int fd) {
  struct stat status {};
  constexpr std::uint64_t k_block = 512;  // whatever the file system's is
  return ::fstat(fd, &status) == 0 ? static_cast<std::uint64_t>(status.st_blocks) * k_block : 0;
}

Result<Descriptor> create_shared_memory(const char* name, std::size_t size) {
  IMGOPT_ASSIGN(Descriptor file, create_memory_file(name));
  // Allocated at once: a sparse page that cannot be had later would be SIGBUS in whoever touches it.
  if (const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(size)); error != 0)
    return system_error(name, "cannot allocate shared memory", error);
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return system_error(name, "cannot seal", errno);
  return file;
}

Result<void> seal_against_changes(int fd) {
  if (::fcntl(fd, F_ADD_SEALS, k_unchangeable | F_SEAL_SEAL) != 0)
    return system_error("memory file", "cannot seal", errno);
  return {};
}

bool is_sealed_against_changes(int fd) {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & k_unchangeable) == k_unchangeable;
}

}  // namespace imgopt

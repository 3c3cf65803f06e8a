#include "worker/loaded_objects.hpp"

#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/digest.hpp"

namespace imgopt {

namespace {

std::size_t padded(std::size_t size) {
  return (size + 3) & ~std::size_t{3};
}

// The description of the NT_GNU_BUILD_ID note among an object's note segments.
std::string build_id_of(const dl_phdr_info& object) {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object.dlpi_phdr[i];
    if (segment.p_type != PT_NOTE)
      continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader tells addresses as numbers.
    const auto* const notes = reinterpret_cast<const std::uint8_t*>(object.dlpi_addr + segment.p_vaddr);
    std::size_t at = 0;
    while (at + sizeof(ElfW(Nhdr)) <= segment.p_memsz) {
      ElfW(Nhdr) note;
      std::memcpy(&note, notes + at, sizeof(note));
      const std::size_t name = at + sizeof(note);
      const std::size_t description = name + padded(note.n_namesz);
      if (description + note.n_descsz > segment.p_memsz)
        break;
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(notes + name, "GNU", 4) == 0)
        return to_hex({notes + description, note.n_descsz});
      at = description + padded(note.n_descsz);
    }
  }
  return {};
}

std::string own_path() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? std::string(real.get()) : path;
}

LoadedObject describe(const std::string& path, std::string build_id) {
  const std::string real = resolved(path);
  const std::string file = real.substr(real.rfind('/') + 1);
  const std::size_t suffix = file.find(".so");
  LoadedObject object{path, file.substr(0, suffix), {}, std::move(build_id)};
  if (suffix != std::string::npos && suffix + 4 < file.size())
    object.version = file.substr(suffix + 4);
  return object;
}

int collect(dl_phdr_info* object, std::size_t, void* found) {
  auto& objects = *static_cast<std::vector<LoadedObject>*>(found);
  const std::string path = objects.empty() ? own_path() : std::string(object->dlpi_name);
  // The kernel's vDSO has a name and no path.
  if (path.find('/') != std::string::npos)
    objects.push_back(describe(path, build_id_of(*object)));
  return 0;
}

}  // namespace

std::vector<LoadedObject> loaded_objects() {
  std::vector<LoadedObject> objects;
  dl_iterate_phdr(collect, &objects);
  return objects;
}

}  // namespace imgopt

// Preloaded into a worker by quarantine_test.py: an image that holds "poison:KIND." does to the worker what
// the kind says, inside the sandbox, at the moment when its decoder is about to begin.
#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

namespace {

using NewBlob = void* (*)(void (*)(void*), const void*, std::size_t);

// Looked up before the sandbox is entered.
const NewBlob g_new_blob = reinterpret_cast<NewBlob>(::dlsym(RTLD_NEXT, "vips_blob_new"));

// The socket that the worker answers on (k_worker_socket).
constexpr int k_socket = 3;

// Touches a byte of each piece alone: whole pieces cost more than the deadline's CPU time where pages come slowly.
void take_all_memory() {
  constexpr std::size_t k_piece = std::size_t{16} << 20;
  for (;;) {
    void* const piece = std::malloc(k_piece);
    if (piece == nullptr)
      std::abort();
    *static_cast<volatile char*>(piece) = 1;
  }
}

void act(std::string_view kind) {
  if (kind == "crash")
    __builtin_trap();
  if (kind == "exit")
    ::_exit(0);
  if (kind == "memory")
    take_all_memory();
  if (kind == "garbage") {
    const char words[] = "\x11\0\0\0 this is no answer";
    static_cast<void>(!::write(k_socket, words, sizeof(words)));
    ::sleep(3600);
  }
  if (kind == "hang")
    for (std::atomic<unsigned> turns{0};;)
      turns.fetch_add(1);
}

}  // namespace

extern "C" void* vips_blob_new(void (*free)(void*), const void* data, std::size_t size) {
  const std::string_view bytes(static_cast<const char*>(data), size);
  constexpr std::string_view k_mark = "poison:";
  if (const std::size_t at = bytes.find(k_mark); at != std::string_view::npos) {
    const std::string_view rest = bytes.substr(at + k_mark.size());
    act(rest.substr(0, rest.find('.')));
  }
  return g_new_blob(free, data, size);
}

#include "worker/vips_setup.hpp"

#include <dlfcn.h>
#include <gmodule.h>
#include <unistd.h>
#include <vips/vips.h>

// Needs what vips.h declares.
#include <vips/vector.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>

namespace imgopt {

namespace {

struct Operations {
  const char* load;
  const char* save;
};

constexpr std::array<Operations, k_format_slots> k_operations = {{
    {"", ""},
    {"pngload_buffer", "pngsave_buffer"},
    {"jpegload_buffer", "jpegsave_buffer"},
    {"webpload_buffer", "webpsave_buffer"},
    {"heifload_buffer", "heifsave_buffer"},
    {"jxlload_buffer", "jxlsave_buffer"},
    {"gifload_buffer", "gifsave_buffer"},
    {"tiffload_buffer", "tiffsave_buffer"},
}};

const Operations& operations_of(ImageFormat format) {
  return k_operations[static_cast<std::size_t>(format)];
}

std::atomic<std::uint32_t> g_warnings{0};
std::atomic<std::uint32_t> g_lines_left{k_warning_lines};
std::mutex g_last_warning_mutex;
std::string g_last_warning;

void write_log(const gchar* domain, GLogLevelFlags level, const gchar* message, gpointer) {
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) == 0)
    return;
  // libvips says this of every AVIF file with a colour description, ours included, and means nothing by it.
  if (message != nullptr && std::string_view(message).find("ignoring nclx profile") != std::string_view::npos)
    return;
  g_warnings.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(g_last_warning_mutex);
    g_last_warning = message != nullptr ? message : "";
  }
  std::uint32_t left = g_lines_left.load(std::memory_order_relaxed);
  do {
    if (left == 0)
      return;
  } while (!g_lines_left.compare_exchange_weak(left, left - 1, std::memory_order_relaxed));
  std::string line = "imgopt-worker: ";
  line.append(domain != nullptr ? domain : "glib").append(": ").append(message != nullptr ? message : "");
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = ' ';
  line.resize(std::min<std::size_t>(line.size(), 400));
  line += '\n';
  // What cannot be told on stderr cannot be told at all.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

// libvips loads every module it was built with (ImageMagick, OpenSlide, Poppler: 20 ms and a hundred
// libraries) where only those of AVIF and JPEG XL are wanted. Its prefix variable leads it to a folder
// without modules, and the wanted ones are opened by their paths. Returns the folder to open them from;
// empty: leave it to libvips.
std::string module_folder() {
  Dl_info info{};
  const void* const symbol = dlsym(RTLD_DEFAULT, "vips_init");
  if (symbol == nullptr || dladdr(symbol, &info) == 0 || info.dli_fname == nullptr)
    return {};
  const std::string library = info.dli_fname;
  const std::size_t slash = library.rfind('/');
  if (slash == std::string::npos)
    return {};
  std::string folder = library.substr(0, slash) + "/vips-modules-" + std::to_string(vips_version(0)) + "." +
                       std::to_string(vips_version(1));
  return access(folder.c_str(), R_OK | X_OK) == 0 ? folder : std::string();
}

void open_modules(const std::string& folder) {
  for (const char* name : {"/vips-heif.so", "/vips-jxl.so"}) {
    const std::string path = folder + name;
    if (access(path.c_str(), R_OK) != 0)
      continue;
    // An unloadable module only means that its format is missing, which the fingerprint tells.
    if (GModule* module = g_module_open(path.c_str(), G_MODULE_BIND_LAZY); module != nullptr)
      g_module_make_resident(module);
  }
}

void unblock(const char* operation) {
  if (const GType type = vips_type_find("VipsOperation", operation); type != 0)
    vips_operation_block_set(g_type_name(type), FALSE);
}

// libimagequant shares its loops among OpenMP threads and sums floats in each: the palette would depend on
// the number of cores.
void limit_openmp() {
  using SetThreads = void (*)(int);
  if (const auto set_threads = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "omp_set_num_threads")))
    set_threads(1);
}

}  // namespace

Result<void> set_up_vips() {
  g_log_set_default_handler(write_log, nullptr);
  // libvips 8.14 compiles ORC programs when it first meets an operation, vectors enabled or not.
  setenv("ORC_CODE", "emulate", 1);
  const std::string modules = module_folder();
  if (!modules.empty())
    setenv("VIPSHOME", "/nonexistent", 1);
  if (vips_init("imgopt-worker") != 0)
    return fail(ErrorCode::internal, std::string("libvips does not start: ") + vips_error_buffer());
  if (!modules.empty())
    open_modules(modules);
  if (vips_version(0) < 8 || (vips_version(0) == 8 && vips_version(1) < 14))
    return fail(ErrorCode::internal, "libvips " + vips_version_text() + " is older than 8.14");
  vips_cache_set_max(0);
  vips_concurrency_set(1);
  vips_vector_set_enabled(FALSE);
  limit_openmp();
  vips_block_untrusted_set(TRUE);
  vips_operation_block_set("VipsForeignLoad", TRUE);
  vips_operation_block_set("VipsForeignSave", TRUE);
  for (const ImageFormat format : k_all_formats) {
    unblock(loader_name(format));
    unblock(saver_name(format));
  }
  return {};
}

std::string vips_version_text() {
  return std::to_string(vips_version(0)) + "." + std::to_string(vips_version(1)) + "." +
         std::to_string(vips_version(2));
}

bool can_load(ImageFormat format) {
  return vips_type_find("VipsOperation", loader_name(format)) != 0;
}
bool can_save(ImageFormat format) {
  return vips_type_find("VipsOperation", saver_name(format)) != 0;
}
const char* loader_name(ImageFormat format) {
  return operations_of(format).load;
}
const char* saver_name(ImageFormat format) {
  return operations_of(format).save;
}

std::uint32_t decoder_warning_count() {
  return g_warnings.load(std::memory_order_relaxed);
}
std::string last_decoder_warning() {
  const std::lock_guard lock(g_last_warning_mutex);
  return g_last_warning;
}
void begin_warning_budget() {
  {
    const std::lock_guard lock(g_last_warning_mutex);
    g_last_warning.clear();
  }
  g_lines_left.store(k_warning_lines, std::memory_order_relaxed);
}

}  // namespace imgopt

#include "worker/library_version.hpp"

#include <dlfcn.h>
#include <libdeflate.h>

#include <cctype>
#include <cstdio>
#include <string_view>
// jpeglib.h needs FILE.
#include <jpeglib.h>

namespace imgopt {

namespace {

// How a library's function tells its version.
enum class Telling {
  text,            // const char* f(): the first word that begins with a digit, or 'v' and one
  hex_bytes,       // int f(): 0xMMmmpp
  decimal_pairs,   // int f(): MMmmpp in decimal
  decimal_triples  // unsigned f(): M mmm ppp in decimal
};

struct Teller {
  std::string_view library;  // what its name begins with
  const char* function;
  Telling telling;
};

constexpr Teller k_tellers[] = {
    {"libwebpmux", "WebPGetMuxVersion", Telling::hex_bytes},
    {"libwebpdemux", "WebPGetDemuxVersion", Telling::hex_bytes},
    {"libwebp", "WebPGetEncoderVersion", Telling::hex_bytes},
    {"libaom", "aom_codec_version_str", Telling::text},
    {"libheif", "heif_get_version", Telling::text},
    {"libdav1d", "dav1d_version", Telling::text},
    {"libde265", "de265_get_version", Telling::text},
    {"libtiff", "TIFFGetVersion", Telling::text},
    {"libzstd", "ZSTD_versionString", Telling::text},
    {"libz", "zlibVersion", Telling::text},
    {"libimagequant", "liq_version", Telling::decimal_pairs},
    {"libpng", "png_access_version_number", Telling::decimal_pairs},
    {"libjxl", "JxlEncoderVersion", Telling::decimal_triples},
};

std::string dotted(unsigned major, unsigned minor, unsigned patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

// "LIBTIFF, Version 4.5.0\n..." and "v3.6.0" are 4.5.0 and 3.6.0.
std::string number_in(std::string_view text) {
  std::size_t begin = 0;
  const auto is_digit = [&](std::size_t at) {
    return std::isdigit(static_cast<unsigned char>(text[at])) != 0;
  };
  while (begin < text.size() && !is_digit(begin))
    ++begin;
  std::size_t end = begin;
  while (end < text.size() && (is_digit(end) || text[end] == '.'))
    ++end;
  return std::string(text.substr(begin, end - begin));
}

std::string ask(void* function, Telling telling) {
  if (telling == Telling::text)
    return number_in(reinterpret_cast<const char* (*)()>(function)());
  const unsigned number = reinterpret_cast<unsigned (*)()>(function)();
  if (telling == Telling::hex_bytes)
    return dotted(number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff);
  if (telling == Telling::decimal_pairs)
    return dotted(number / 10000, number / 100 % 100, number % 100);
  return dotted(number / 1'000'000, number / 1000 % 1000, number % 1000);
}

}  // namespace

std::optional<std::string> own_version(const LoadedObject& object) {
  // These two have no function: the version is that of the headers, which the soname holds to one interface.
  if (object.library == "libdeflate")
    return LIBDEFLATE_VERSION_STRING;
#ifdef LIBJPEG_TURBO_VERSION
#define IMGOPT_TEXT_OF(x) #x
#define IMGOPT_EXPANDED(x) IMGOPT_TEXT_OF(x)
  if (object.library == "libjpeg")
    return IMGOPT_EXPANDED(LIBJPEG_TURBO_VERSION);
#endif
  for (const Teller& teller : k_tellers) {
    const bool is_it =
        teller.library == "libz" ? object.library == "libz" : object.library.starts_with(teller.library);
    if (!is_it || object.library.ends_with("_threads"))
      continue;
    // Modules' libraries are not in the global scope, so the object itself is asked.
    void* const handle = ::dlopen(object.path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (handle == nullptr)
      return std::nullopt;
    void* const function = ::dlsym(handle, teller.function);
    std::optional<std::string> version;
    if (function != nullptr)
      version = ask(function, teller.telling);
    ::dlclose(handle);
    return version;
  }
  return std::nullopt;
}

}  // namespace imgopt

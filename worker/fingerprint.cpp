#include "worker/fingerprint.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "protocol/dispatch.hpp"
#include "protocol/image_format.hpp"
#include "worker/jpeg/jpeg_epoch.hpp"
#include "worker/library_version.hpp"
#include "worker/loaded_objects.hpp"
#include "worker/metrics/ssimulacra2.hpp"
#include "worker/png/png_optimizer.hpp"
#include "worker/vips_setup.hpp"

namespace imgopt {

namespace {

using Libraries = std::vector<std::string_view>;

// Libraries by what their names begin with, so that "libjpeg" is also "libjpeg-turbo" and "libaom" any
// soname.
struct FormatLibraries {
  ImageFormat format;
  Libraries encode;
  Libraries decode;
};

const std::vector<FormatLibraries>& format_libraries() {
  static const std::vector<FormatLibraries> k_table = {
      {ImageFormat::png,
       {"libdeflate", "libzopfli", "libimagequant", "libquantizr", "libpng", "libspng"},
       {"libpng", "libspng"}},
      {ImageFormat::jpeg, {"libjpeg", "libturbojpeg"}, {"libjpeg", "libturbojpeg"}},
      {ImageFormat::webp, {"libwebp", "libsharpyuv"}, {"libwebp"}},
      {ImageFormat::avif,
       {"vips-heif", "libheif", "libaom", "libSvtAv1", "librav1e"},
       {"vips-heif", "libheif", "libaom", "libdav1d", "libde265"}},
      {ImageFormat::jxl,
       {"vips-jxl", "libjxl", "libbrotlienc", "libhwy"},
       {"vips-jxl", "libjxl", "libbrotlidec"}},
      {ImageFormat::gif, {"libcgif", "libimagequant", "libquantizr"}, {"libnsgif"}},
      {ImageFormat::tiff,
       {"libtiff", "libdeflate", "libz"},
       {"libtiff", "libjpeg", "libturbojpeg", "libzstd", "libLerc"}},
  };
  return k_table;
}

// Every output passes through these.
const Libraries& common_libraries() {
  static const Libraries k_libraries = {"libvips", "liblcms2"};
  return k_libraries;
}

bool is_of(const LoadedObject& object, std::string_view library) {
  // "libz" must not be libzstd or libzopfli.
  return library == "libz" ? object.library == library : object.library.starts_with(library);
}

std::string signature(const LoadedObject& object) {
  return object.library + " " + object.version + " " + object.build_id + "\n";
}

std::string signatures(const std::vector<LoadedObject>& objects, const Libraries& libraries) {
  std::vector<std::string> lines;
  for (const LoadedObject& object : objects)
    if (std::any_of(libraries.begin(), libraries.end(),
                    [&](std::string_view name) { return is_of(object, name); }))
      lines.push_back(signature(object));
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines)
    text += line;
  return text;
}

std::string digest_of(std::string_view text) {
  const Sha256Digest digest = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return to_hex(ByteView(digest.bytes).first(16));
}

// Our own algorithms that the format's bytes depend on.
std::string epochs(ImageFormat format) {
  std::string text =
      "pipeline " + std::to_string(k_pipeline_epoch) + ", metrics " + std::to_string(k_metrics_epoch);
  if (format == ImageFormat::png)
    text += ", imgopt-png " + std::to_string(png::k_png_epoch);
  if (format == ImageFormat::jpeg)
    text += ", imgopt-jpeg " + std::to_string(jpeg::k_jpeg_epoch);
  return text;
}

std::string description(const FormatLibraries& row, const std::vector<LoadedObject>& objects) {
  std::string text = epochs(row.format) + ", libvips " + vips_version_text();
  for (const LoadedObject& object : objects)
    if (std::any_of(row.encode.begin(), row.encode.end(),
                    [&](std::string_view name) { return is_of(object, name); }))
      text += ", " + object.library + (object.version.empty() ? std::string() : " " + object.version);
  return text;
}

}  // namespace

Result<std::string> fingerprint_json() {
  IMGOPT_TRY(set_up_vips());
  std::vector<LoadedObject> objects = loaded_objects();
  for (LoadedObject& object : objects)
    if (auto version = own_version(object); version && !version->empty())
      object.version = std::move(*version);
  const std::string common = signatures(objects, common_libraries());
  nlohmann::ordered_json json;
  json["worker_version"] = k_worker_version;
  json["protocol"] = k_dispatch_version;
  for (const FormatLibraries& row : format_libraries()) {
    nlohmann::ordered_json format;
    format["digest"] = digest_of(epochs(row.format) + "\n" + common + signatures(objects, row.encode));
    format["decode_digest"] = digest_of(signatures(objects, row.decode));
    format["description"] = description(row, objects);
    format["loads"] = can_load(row.format);
    format["saves"] = can_save(row.format);
    json["formats"][std::string(format_name(row.format))] = std::move(format);
  }
  json["objects"] = nlohmann::ordered_json::array();
  json["versions"]["libvips"] = vips_version_text();
  for (const LoadedObject& object : objects) {
    json["objects"].push_back(object.path);
    const auto counts = [&](const Libraries& libraries) {
      return std::any_of(libraries.begin(), libraries.end(),
                         [&](std::string_view name) { return is_of(object, name); });
    };
    for (const FormatLibraries& row : format_libraries())
      if (!object.version.empty() && (counts(row.encode) || counts(row.decode)))
        json["versions"][object.library] = object.version;
    if (object.library == "liblcms2")
      json["versions"][object.library] = object.version;
  }
  return json.dump(2);
}

}  // namespace imgopt

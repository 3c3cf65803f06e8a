#include "tool/settings/option_table.hpp"

#include <algorithm>

#include "protocol/output_settings.hpp"
#include "tool/settings/image_settings.hpp"
#include "tool/settings/profile.hpp"
#include "tool/settings/run_options.hpp"

namespace imgopt {

namespace {

template <typename Enum>
constexpr std::uint64_t value_of(Enum value) {
  return static_cast<std::uint64_t>(value);
}

constexpr std::array k_formats = {
    Choice{"keep", value_of(FormatChoice::keep), "the source's own format and file name"},
    Choice{"png", value_of(FormatChoice::png), "lossless, every browser"},
    Choice{"jpeg", value_of(FormatChoice::jpeg), "photographs, every program"},
    Choice{"webp", value_of(FormatChoice::webp), "photographs and graphics, every browser since 2020"},
    Choice{"avif", value_of(FormatChoice::avif), "smallest photographs, slow to encode"},
    Choice{"jxl", value_of(FormatChoice::jxl), "JPEG XL, where the libvips in use can write it"},
    Choice{"gif", value_of(FormatChoice::gif), "256 colours, animation"},
    Choice{"tiff", value_of(FormatChoice::tiff), "print and archives"},
    Choice{"auto", value_of(FormatChoice::automatic), "the smallest of those that --auto-format allows"},
};
constexpr auto k_auto_formats = std::span(k_formats).subspan<1, k_formats.size() - 2>();
constexpr std::array k_subsamplings = {
    Choice{"auto", value_of(ChromaSubsampling::automatic), "by quality and role"},
    Choice{"420", value_of(ChromaSubsampling::s420), "a quarter of the colour samples"},
    Choice{"422", value_of(ChromaSubsampling::s422), "half of the colour samples"},
    Choice{"444", value_of(ChromaSubsampling::s444), "all colour samples"},
};
constexpr std::array k_progressives = {
    Choice{"auto", value_of(Progressive::automatic), "whichever is smaller"},
    Choice{"yes", value_of(Progressive::yes), "in several scans"},
    Choice{"no", value_of(Progressive::no), "in one scan"},
};
constexpr std::array k_metadata_policies = {
    Choice{"none", value_of(MetadataPolicy::none), "drop all"},
    Choice{"copyright", value_of(MetadataPolicy::copyright), "keep copyright and author"},
    Choice{"all", value_of(MetadataPolicy::all), "keep all"},
};
constexpr std::array k_roles = {
    Choice{"color", value_of(Role::color), "a picture to look at"},
    Choice{"normal", value_of(Role::normal), "a normal map"},
    Choice{"mask", value_of(Role::mask), "a mask or height map"},
    Choice{"data", value_of(Role::data), "numbers in an image's clothes"},
    Choice{"ui", value_of(Role::ui), "icons, text, flat graphics"},
    Choice{"pixel-art", value_of(Role::pixel_art), "pixels that must stay sharp"},
};
constexpr std::array k_transparent_colors = {
    Choice{"auto", value_of(TransparentColorChoice::automatic), "rewrite for the roles color and ui"},
    Choice{"keep", value_of(TransparentColorChoice::keep), "never"},
    Choice{"rewrite", value_of(TransparentColorChoice::rewrite), "always; not for normal, mask and data"},
};
constexpr std::array k_profiles = {
    Choice{"web", value_of(Profile::web), "AVIF and WebP beside the source's own format, lossy"},
    Choice{"game", value_of(Profile::game), "smaller files, pixel for pixel the same"},
    Choice{"archive", value_of(Profile::archive), "lossless, everything kept, patience"},
};
constexpr std::array k_unsupported_policies = {
    Choice{"error", value_of(UnsupportedPolicy::error), "fail"},
    Choice{"copy", value_of(UnsupportedPolicy::copy), "copy it as it is"},
    Choice{"skip", value_of(UnsupportedPolicy::skip), "leave it out"},
};
constexpr std::array k_encoder_changes = {
    Choice{"reencode", value_of(OnEncoderChange::reencode), "encode again what the new encoder would write"},
    Choice{"keep-until-source-changes", value_of(OnEncoderChange::keep), "leave outputs as they are"},
};
constexpr std::array k_print_forms = {
    Choice{"text", value_of(PrintAs::text), "for people"},
    Choice{"json", value_of(PrintAs::json), "for programs"},
    Choice{"sarif", value_of(PrintAs::sarif), "SARIF 2.1.0, for code scanning"},
    Choice{"github", value_of(PrintAs::github), "annotations of GitHub Actions"},
};
constexpr std::array k_progress_modes = {
    Choice{"auto", value_of(ProgressMode::automatic), "on a terminal"},
    Choice{"always", value_of(ProgressMode::always), "anywhere"},
    Choice{"never", value_of(ProgressMode::never), "nowhere"},
};

// What watch is told, it tells each of its builds.
constexpr CommandSet k_build = only(Command::build) | only(Command::watch);
constexpr CommandSet k_optimize = only(Command::optimize);
constexpr CommandSet k_check = only(Command::check);
// What is as true in place as into a folder.
constexpr CommandSet k_encode = k_build | k_optimize;
constexpr CommandSet k_compare = only(Command::compare);
constexpr CommandSet k_cache = only(Command::cache);
constexpr CommandSet k_doctor = only(Command::doctor);
constexpr CommandSet k_config = only(Command::config);
constexpr CommandSet k_init = only(Command::init);
constexpr CommandSet k_report = only(Command::report);
constexpr CommandSet k_explain = only(Command::explain);
constexpr CommandSet k_every_command = ~CommandSet{0};

// One row of the table, said in words.
class Row {
  template <typename Change>
  constexpr Row with(Change change) const {
    Row row = *this;
    change(row.m_spec);
    return row;
  }

public:
  constexpr Row(OptionGroup group, OptionId id, std::string_view name, ValueKind kind, ConfigUse config) {
    m_spec.group = group;
    m_spec.id = id;
    m_spec.name = name;
    m_spec.kind = kind;
    m_spec.config = config;
    m_spec.commands = k_build | k_config | k_explain;
  }
  constexpr Row letter(char short_name) const {
    return with([&](OptionSpec& s) { s.short_name = short_name; });
  }
  constexpr Row many() const {
    return with([](OptionSpec& s) { s.arity = Arity::many; });
  }
  constexpr Row commands(CommandSet set) const {
    return with([&](OptionSpec& s) { s.commands = set; });
  }
  constexpr Row also(CommandSet set) const {
    return with([&](OptionSpec& s) { s.commands |= set; });
  }
  constexpr Row takes(std::string_view name) const {
    return with([&](OptionSpec& s) { s.value_name = name; });
  }
  constexpr Row takes(std::span<const Choice> list) const {
    return with([&](OptionSpec& s) { s.choices = list; });
  }
  // The value may be left out; given, it follows a `=`.
  constexpr Row implies(std::string_view value) const {
    return with([&](OptionSpec& s) { s.implied_value = value; });
  }
  constexpr Row range(NumberRange range) const {
    return with([&](OptionSpec& s) { s.range = range; });
  }
  constexpr Row or_else(std::string_view value) const {
    return with([&](OptionSpec& s) { s.default_value = value; });
  }
  constexpr Row note(std::string_view text) const {
    return with([&](OptionSpec& s) { s.default_note = text; });
  }
  constexpr Row help(std::string_view text) const {
    return with([&](OptionSpec& s) { s.summary = text; });
  }
  constexpr Row more(std::string_view text) const {
    return with([&](OptionSpec& s) { s.details = text; });
  }
  constexpr OptionSpec spec() const { return m_spec; }

private:
  OptionSpec m_spec;
};

constexpr Row setting(OptionId id, std::string_view name, ValueKind kind) {
  return {OptionGroup::settings, id, name, kind, ConfigUse::anywhere};
}
// What a configuration may say once for the run.
constexpr Row for_run(OptionGroup group, OptionId id, std::string_view name, ValueKind kind) {
  return {group, id, name, kind, ConfigUse::top_level};
}
// What concerns one invocation alone: safety and telling are not a project's to decide.
constexpr Row for_once(OptionGroup group, OptionId id, std::string_view name, ValueKind kind) {
  return Row(group, id, name, kind, ConfigUse::none).commands(k_build);
}

using Group = OptionGroup;
using Id = OptionId;
using Kind = ValueKind;

constexpr std::array k_settings_rows = {
    setting(Id::format, "format", Kind::choice)
        .many()
        .takes(k_formats)
        .or_else("keep")
        .help("Format to write; several give several outputs for each source."),
    setting(Id::auto_format, "auto-format", Kind::choice)
        .many()
        .takes(k_auto_formats)
        .note("png, jpeg, webp, avif")
        .help("Format that --format auto may choose; several are tried, and the smallest file is taken.")
        .more("Each is encoded with its own quality, or to the same score with --quality auto. Formats that "
              "would "
              "lose transparency or animation are taken only where all would; where lossless is asked for, "
              "only "
              "lossless ones are tried."),
    setting(Id::quality, "quality", Kind::quality)
        .also(k_optimize)
        .many()
        .takes("[FORMAT=]N|auto[:TARGET]|near-lossless[:N]")
        .range({1, 100})
        .note("jpeg 80, webp 80, avif 60, jxl 80")
        .help("How good lossy outputs are, from 1 to 100.")
        .more(
            "auto searches, for each image, the smallest file whose SSIMULACRA 2 score is at least TARGET "
            "(80 "
            "unless given; 70 is high, 90 visually lossless). With FORMAT= it speaks for that format alone. "
            "near-lossless is WebP's: pixels change by what nobody sees (N 60 unless given, lower changes "
            "more); "
            "other formats are lossless then. "
            "PNG is lossless unless a quality is given for that very format, TIFF always; GIF loses colours "
            "only where a frame has more than 256."),
    setting(Id::lossless, "lossless", Kind::flag)
        .also(k_optimize)
        .help("Keep every pixel as it is, in every format that can.")
        .more(
            "JPEG can only from JPEG at its own size; elsewhere it gets quality 95 and all colour samples."),
    setting(Id::effort, "effort", Kind::number)
        .also(k_optimize)
        .takes("0..9")
        .range({0, 9})
        .or_else("5")
        .help("Patience: more is slower and smaller, about alike in all formats."),
    setting(Id::width, "width", Kind::number)
        .many()
        .takes("N")
        .range({1, k_largest_dimension})
        .help("Width in pixels; several give several outputs. Never enlarges.")
        .more("A width beyond the source's gives the source's own width under the name that was asked for."),
    setting(Id::resize, "resize", Kind::resize)
        .takes("WxH|W|xH|longest:N|shortest:N")
        .range({1, k_largest_dimension})
        .note("none")
        .help("Size in pixels, the aspect ratio kept. Never enlarges.")
        .more(
            "WxH fits within both. It replaces a --width of the configuration, and the other way round; none "
            "undoes either."),
    setting(Id::max_bytes, "max-bytes", Kind::size)
        .also(k_optimize)
        .takes("SIZE")
        .or_else("0")
        .help("Lower the quality until an output has at most SIZE bytes; 0: no limit.")
        .more("The suffixes k, M, G are thousands, KiB, MiB, GiB multiples of 1024."),
    setting(Id::min_savings, "min-savings", Kind::percent)
        .also(k_optimize)
        .takes("PERCENT")
        .range({0, 1000})
        .or_else("0")
        .help("Keep the source's own bytes where less than this is saved."),
    setting(Id::subsampling, "subsampling", Kind::choice)
        .also(k_optimize)
        .takes(k_subsamplings)
        .or_else("auto")
        .help("Colour samples of lossy JPEG and AVIF; 444 makes WebP's chroma sharper."),
    setting(Id::progressive, "progressive", Kind::choice)
        .also(k_optimize)
        .takes(k_progressives)
        .or_else("auto")
        .help("Progressive JPEG; auto: whichever is smaller."),
    setting(Id::metadata, "metadata", Kind::choice)
        .also(k_optimize)
        .takes(k_metadata_policies)
        .or_else("none")
        .help("Which EXIF, XMP and comments to keep."),
    setting(Id::role, "role", Kind::choice)
        .also(k_optimize)
        .takes(k_roles)
        .or_else("color")
        .help("What the image means: decides colour, resampling and what may be lost.")
        .more("normal, mask, data and pixel-art are lossless unless a quality is given."),
    setting(Id::background, "background", Kind::color)
        .takes("COLOR")
        .or_else("#ffffff")
        .help("What is put under transparent pixels in formats without transparency.")
        .more(
            "#rgb, #rrggbb, or one of white, black, gray, silver, red, green, blue, yellow, magenta, cyan."),
    setting(Id::transparent_color, "transparent-color", Kind::choice)
        .also(k_optimize)
        .takes(k_transparent_colors)
        .or_else("auto")
        .help("Whether the colour of fully transparent pixels may change.")
        .more("It is never seen, and rewriting it makes files smaller; a program that reads it needs it "
              "kept. auto "
              "rewrites for the roles color and ui."),
    setting(Id::name, "name", Kind::name_pattern)
        .takes("PATTERN")
        .note("{stem}.{ext}, with a width {stem}-{width}w.{ext}")
        .help("Name of an output: {stem}, {ext}, {width} and {format} are filled in.")
        .more("The folder stays the source's; a / in the pattern makes folders below it."),
    setting(Id::profile, "profile", Kind::choice)
        .takes(k_profiles)
        .commands(k_build | k_config | k_explain | k_init)
        .note("none")
        .help("Settings that go together, by one name.")
        .more("It counts where it is named, below the other settings given there."),
};

constexpr std::array k_sources_rows = {
    for_once(Group::sources, Id::config, "config", Kind::path)
        .takes("FILE")
        .commands(k_encode | k_check | k_config | k_explain)
        .note("imgopt.json, where no SOURCE is given")
        .help("Configuration to read."),
    for_once(Group::sources, Id::request, "request", Kind::path)
        .takes("FILE")
        .commands(k_build | k_config | k_explain)
        .help("Like --config, for files that a build system wrote."),
    for_run(Group::sources, Id::out, "out", Kind::path)
        .letter('o')
        .takes("DIR")
        .commands(k_build | k_check | k_config | k_init | k_explain)
        .help("Folder for the outputs; a source folder's tree is mirrored in it."),
    for_run(Group::sources, Id::base, "base", Kind::path)
        .takes("DIR")
        .help("Make names relative to DIR instead of each SOURCE."),
    for_run(Group::sources, Id::include, "include", Kind::glob)
        .also(k_optimize | k_check)
        .many()
        .takes("GLOB")
        .help("Take only those files of folders whose name matches.")
        .more("* and ? stay within a folder, ** crosses folders, {a,b} are alternatives; a pattern without / "
              "matches "
              "names at any depth."),
    for_run(Group::sources, Id::exclude, "exclude", Kind::glob)
        .also(k_optimize | k_check)
        .many()
        .takes("GLOB")
        .help("Leave out files and folders whose name matches."),
    for_run(Group::sources, Id::hidden, "hidden", Kind::flag)
        .also(k_optimize | k_check)
        .help("Take hidden files and folders too."),
    for_run(Group::sources, Id::no_ignore, "no-ignore", Kind::flag)
        .also(k_optimize | k_check)
        .help("Disregard .gitignore and .imgoptignore."),
    for_run(Group::sources, Id::unsupported, "unsupported", Kind::choice)
        .takes(k_unsupported_policies)
        .note("skip in folders, error for a file given by itself")
        .help("What becomes of files that are no image of a known format."),
    for_run(Group::sources, Id::ledger, "ledger", Kind::path)
        .takes("FILE")
        .commands(k_optimize | k_check)
        .note(".imgopt-ledger at the root of the git work tree")
        .help("The committed list of images that are optimized already."),
    for_once(Group::sources, Id::staged, "staged", Kind::flag)
        .commands(k_optimize)
        .help("For commit hooks: take files that are staged and not changed since.")
        .more("Lines of images that the commit deletes or moves leave the ledger; without PATH that is all. "
              "Exit status 1 "
              "where an image or the ledger was changed, or the ledger is not staged."),
    for_once(Group::sources, Id::force, "force", Kind::flag)
        .commands(k_optimize)
        .help("Replace files too whose bytes git does not have."),
    for_once(Group::sources, Id::all, "all", Kind::flag)
        .commands(k_explain)
        .help("Every output of the build."),
};

constexpr std::array k_running_rows = {
    for_run(Group::running, Id::jobs, "jobs", Kind::number)
        .also(k_optimize)
        .letter('j')
        .takes("N")
        .range({1, 1024})
        .note("as many as there are cores to use")
        .help("Worker processes at most."),
    for_run(Group::running, Id::state, "state", Kind::path)
        .also(k_check)
        .takes("FILE")
        .note("below the user's state folder")
        .help("Where this build remembers what it made."),
    for_run(Group::running, Id::build_name, "build-name", Kind::text)
        .also(k_check)
        .takes("NAME")
        .help("Tells builds apart that share an output folder."),
    for_run(Group::running, Id::cache_dir, "cache-dir", Kind::path)
        .takes("DIR")
        .commands(k_encode | k_check | k_cache | k_config | k_doctor | k_explain)
        .note("$IMGOPT_CACHE_DIR, else below the user's cache folder")
        .help("Where finished outputs are kept for reuse."),
    for_once(Group::running, Id::no_cache, "no-cache", Kind::flag)
        .also(k_optimize)
        .help("Neither read nor write the cache."),
    for_once(Group::running, Id::recache, "recache", Kind::flag)
        .also(k_optimize)
        .help("Encode everything again and replace what the cache holds."),
    for_once(Group::running, Id::read_only_cache, "read-only-cache", Kind::flag)
        .also(k_optimize)
        .help("Read the cache, but write nothing to it."),
    for_run(Group::running, Id::max_cache_size, "max-cache-size", Kind::size)
        .takes("SIZE")
        .or_else("5G")
        .commands(k_encode | k_cache)
        .help("Size beyond which a build evicts what was used least recently; 0: no limit.")
        .more("What the build itself used stays, even if that is more. The suffixes k, M, G are thousands, "
              "KiB, MiB, GiB multiples of 1024."),
    for_once(Group::running, Id::max_size, "max-size", Kind::size)
        .takes("SIZE")
        .commands(k_cache)
        .note("--max-cache-size")
        .help("cache gc: evict until at most SIZE is left."),
    for_once(Group::running, Id::older_than, "older-than", Kind::duration)
        .takes("TIME")
        .commands(k_cache)
        .help("cache gc: evict what was not used for TIME, such as 30d.")
        .more("The units are s, m, h, d, w. Use is noted to the hour."),
    for_once(Group::running, Id::fix, "fix", Kind::flag)
        .commands(k_cache)
        .help("cache verify: remove what is damaged, so that it is made again."),
    for_run(Group::running, Id::memory_limit, "memory-limit", Kind::size)
        .also(k_optimize)
        .takes("SIZE")
        .range({.least = 64ULL << 20})
        .commands(k_encode | k_compare | k_config)
        .note("half of the memory")
        .help("Memory of all workers together.")
        .more("The suffixes k, M, G are thousands, KiB, MiB, GiB multiples of 1024."),
    for_run(Group::running, Id::max_pixels, "max-pixels", Kind::count)
        .takes("N")
        .range({.least = 1})
        .or_else("256M")
        .commands(k_encode | k_compare | k_config | k_explain)
        .help("Refuse images with more pixels."),
    for_run(Group::running, Id::max_frames, "max-frames", Kind::count)
        .takes("N")
        .range({1, UINT32_MAX})
        .or_else("10000")
        .commands(k_encode | k_compare | k_config)
        .help("Refuse animations with more frames."),
    for_run(Group::running, Id::max_metadata, "max-metadata", Kind::size)
        .takes("SIZE")
        .range({.least = 1})
        .or_else("64MiB")
        .commands(k_encode | k_compare | k_config)
        .help("Refuse images with more bytes of metadata."),
    for_run(Group::running, Id::max_jpeg_scans, "max-jpeg-scans", Kind::count)
        .takes("N")
        .range({1, 1'000'000})
        .or_else("200")
        .commands(k_encode | k_compare | k_config)
        .help("Refuse JPEG files with more scans."),
    for_run(Group::running, Id::max_input_size, "max-input-size", Kind::size)
        .takes("SIZE")
        .range({.least = 1})
        .or_else("2GiB")
        .commands(k_encode | k_compare | k_config)
        .help("Refuse larger files."),
    for_run(Group::running, Id::timeout, "timeout", Kind::seconds)
        .takes("SECONDS")
        .range({1, 86'400'000})
        .note("by pixels, format and effort")
        .commands(k_encode | k_compare | k_config | k_explain)
        .help("Give up on an image after so much CPU time."),
    for_run(Group::running, Id::isolate, "isolate", Kind::flag)
        .also(k_optimize)
        .help("A fresh worker process for every image."),
    for_run(Group::running, Id::require_sandbox, "require-sandbox", Kind::flag)
        .commands(k_encode | k_compare | k_config | k_explain)
        .help("Fail where workers cannot be locked in completely."),
    for_once(Group::running, Id::no_sandbox, "no-sandbox", Kind::flag)
        .commands(k_encode | k_compare)
        .help("Do not lock workers in; for debugging."),
    for_once(Group::running, Id::retry_failed, "retry-failed", Kind::flag)
        .also(k_optimize)
        .help("Try images again that are remembered as broken."),
    for_run(Group::running, Id::on_encoder_change, "on-encoder-change", Kind::choice)
        .takes(k_encoder_changes)
        .or_else("reencode")
        .help("What becomes of outputs whose encoder or decoder was updated.")
        .more(
            "keep-until-source-changes leaves them until their source or a setting changes; build --dry-run "
            "tells which an update would touch."),
    for_once(Group::running, Id::dry_run, "dry-run", Kind::flag)
        .letter('n')
        .commands(only(Command::build) | k_cache | k_optimize | k_init)
        .help("Say what would be done, and do nothing."),
    for_once(Group::running, Id::backup, "backup", Kind::text)
        .takes("SUFFIX")
        .implies(".orig")
        .commands(k_optimize)
        .help("Keep each original under its name with SUFFIX behind it; .orig where none is given."),
    for_once(Group::running, Id::show, "show", Kind::path)
        .takes("PATH")
        .commands(k_config)
        .help("Every setting of one source, and which layer set it."),
    for_once(Group::running, Id::schema, "schema", Kind::flag)
        .commands(k_config)
        .help("Print the JSON Schema of imgopt.json, for editors."),
    for_once(Group::running, Id::html, "html", Kind::path)
        .takes("FILE")
        .commands(k_report)
        .help("Write the report as one page to look at, offline, with small pictures in it.")
        .more("Whole images are shown from where they are, relative to FILE."),
    for_once(Group::running, Id::against, "against", Kind::path)
        .takes("OLD.json")
        .commands(k_report)
        .help("Compare with an earlier report: bytes by folder, images that grew."),
};

constexpr std::array k_telling_rows = {
    for_run(Group::telling, Id::depfile, "depfile", Kind::path)
        .takes("FILE")
        .help("Write what was read, for Ninja and Make; needs --stamp."),
    for_run(Group::telling, Id::depfile_outputs, "depfile-outputs", Kind::flag)
        .help("Name the outputs in the depfile, too: Ninja then makes one that was deleted again.")
        .more("Not for outputs that the build file itself names: that would be a circle."),
    for_run(Group::telling, Id::stamp, "stamp", Kind::path).takes("FILE").help("Touch FILE after success."),
    for_run(Group::telling, Id::manifest, "manifest", Kind::path)
        .takes("FILE")
        .help("Write which source became which outputs, as JSON."),
    for_run(Group::telling, Id::header, "header", Kind::path)
        .takes("FILE")
        .help("Write a C++ header with a constexpr table of all outputs.")
        .more("It names each output's path, source, format, size and SHA-256."),
    for_run(Group::telling, Id::name_space, "namespace", Kind::text)
        .takes("NAME")
        .or_else("assets")
        .help("C++ namespace of what --header declares."),
    for_run(Group::telling, Id::embed, "embed", Kind::path)
        .takes("FILE")
        .help("Write a C++ source that compiles the outputs' bytes in; needs --header.")
        .more("Compile it with -DIMGOPT_EMBED_FOLDER='\"DIR/\"', where DIR is the output folder."),
    for_run(Group::telling, Id::report, "report", Kind::path)
        .also(k_optimize)
        .takes("FILE")
        .help("Write an account of the run, as JSON; explain reads one.")
        .more("imgopt explain --report FILE tells what that run did and why."),
    for_run(Group::telling, Id::budget, "budget", Kind::size)
        .takes("SIZE")
        .help("Fail where all outputs together have more than SIZE bytes; names the heaviest."),
    for_once(Group::telling, Id::progress, "progress", Kind::choice)
        .also(k_optimize)
        .takes(k_progress_modes)
        .or_else("auto")
        .help("Show progress; auto: on a terminal."),
    for_once(Group::telling, Id::quiet, "quiet", Kind::flag)
        .letter('q')
        .commands(k_encode | k_check | k_compare | k_init)
        .help("Print errors alone."),
    for_once(Group::telling, Id::verbose, "verbose", Kind::flag)
        .also(k_optimize | k_check | k_explain)
        .letter('v')
        .help("Print a line for each output."),
    for_once(Group::telling, Id::json, "json", Kind::flag)
        .commands(k_encode | k_check | k_compare | k_cache | k_config | k_doctor | k_explain | k_init |
                  k_report | only(Command::help) | only(Command::version))
        .help("Print facts as JSON on standard output."),
    for_once(Group::telling, Id::print, "print", Kind::choice)
        .takes(k_print_forms)
        .or_else("text")
        .commands(k_check)
        .help("How to print what was found."),
    for_once(Group::telling, Id::help, "help", Kind::flag)
        .letter('h')
        .commands(k_every_command)
        .help("Print this."),
};

constexpr std::array<OptionSpec, k_option_count> make_table() {
  std::array<OptionSpec, k_option_count> table;
  const auto place = [&](const auto& rows) {
    for (const Row& row : rows)
      table[index_of(row.spec().id)] = row.spec();
  };
  place(k_settings_rows);
  place(k_sources_rows);
  place(k_running_rows);
  place(k_telling_rows);
  return table;
}

constexpr std::array<OptionSpec, k_option_count> k_table = make_table();

constexpr bool every_option_has_its_row() {
  for (std::size_t i = 0; i < k_table.size(); ++i)
    if (index_of(k_table[i].id) != i || k_table[i].name.empty() || k_table[i].summary.empty())
      return false;
  return true;
}
static_assert(every_option_has_its_row());

constexpr std::array<CommandSpec, k_command_count> k_commands = {{
    {Command::build, "build", "[SOURCE...]", "Optimize images into an output folder.",
     "Sources are files and folders. Without any, imgopt.json says what is to be done. Only what changed is "
     "encoded; "
     "outputs that nothing produces any more are removed."},
    {Command::watch, "watch", "[SOURCE...]", "Build, and build again whenever something changes.",
     "Takes what build takes. Prints a line for each change; Ctrl-C ends it."},
    {Command::optimize, "optimize", "[PATH...]", "Optimize images in place.",
     "A file is replaced by a verified, smaller one alone, and noted in the ledger, so that it is never "
     "encoded again. Nothing is lost unless a quality is given here, or by a configuration for the image's "
     "own "
     "format. Formats and sizes in pixels stay. Without a PATH, imgopt.json names the sources. A file with "
     "uncommitted changes is refused unless --staged or --force says otherwise."},
    {Command::check, "check", "[PATH...]", "Say what is not optimized or not up to date.",
     "With a PATH: images that the ledger does not know. Without: what imgopt.json builds, against the last "
     "build. "
     "Encodes nothing. Exit status 1 where something was found."},
    {Command::compare, "compare", "A B", "Say how two images differ.",
     "Prints whether the pixels are identical, PSNR and the SSIMULACRA 2 score. Exit status 1 where they "
     "differ."},
    {Command::cache, "cache", "stats|verify|gc|clear", "Look at, check, shrink or empty the cache.",
     "stats prints its size and what builds found in it since it was made. verify reads every entry wholly; "
     "exit "
     "status 1 where one is damaged. gc evicts what was used least recently, by --max-size, --older-than or "
     "both; "
     "without either, down to the default of --max-cache-size. clear removes all entries. Outputs and build "
     "states "
     "stay."},
    {Command::config, "config", "", "Show what is configured and where it comes from.",
     "Without --show, what holds for the whole run. Settings given beside it are taken as build would take "
     "them."},
    {Command::init, "init", "", "Look at this folder's images and write an imgopt.json that fits.",
     "What is there already is not written over; --dry-run prints the file instead."},
    {Command::report, "report", "REPORT.json", "Show the account of a run.",
     "REPORT.json is what `imgopt build --report REPORT.json` wrote. Prints totals, formats, folders and "
     "failures; "
     "--html makes a page of it, --against compares it with an earlier one."},
    {Command::doctor, "doctor", "", "Check what this machine offers.",
     "Prints the workers' encoders, the sandbox layers in force, cores, memory, and where cache and state "
     "are."},
    {Command::explain, "explain", "PATH...|--all", "Say why outputs are or are not up to date.",
     "PATH is a source, an output, or a folder of either. The build is that of --config or --request, that "
     "of "
     "imgopt.json here, or the last one into --out. Nothing is written. With --report it tells from that "
     "report "
     "what an earlier run did."},
    {Command::help, "help", "[TOPIC]", "Explain a command or a topic.", ""},
    {Command::version, "version", "", "Print versions, those of the encoders too.", ""},
}};

}  // namespace

std::span<const OptionSpec, k_option_count> option_table() {
  return k_table;
}

const OptionSpec& option(OptionId id) {
  return k_table[index_of(id)];
}

const OptionSpec* find_option(std::string_view name) {
  const auto found =
      std::find_if(k_table.begin(), k_table.end(), [&](const OptionSpec& spec) { return spec.name == name; });
  return found == k_table.end() ? nullptr : &*found;
}

std::span<const CommandSpec, k_command_count> command_table() {
  return k_commands;
}

const CommandSpec* find_command(std::string_view name) {
  const auto found = std::find_if(k_commands.begin(), k_commands.end(),
                                  [&](const CommandSpec& spec) { return spec.name == name; });
  return found == k_commands.end() ? nullptr : &*found;
}

}  // namespace imgopt

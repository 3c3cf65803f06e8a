#include "tool/help/help_topics.hpp"

#include <fmt/format.h>

#include <array>

#include "tool/settings/option_table.hpp"

namespace imgopt {

namespace {

constexpr std::string_view k_formats_text = R"(
A source's format is told by its content, never by its extension. `keep` writes
it again in its own format under its own name; every other format takes its own
extension. Several formats give several outputs, and with several widths one for
each pair:

  photo.png --format webp                        photo.webp
  photo.png --format webp --width 640            photo-640w.webp
  photo.png --format keep --format avif          photo.png, photo.avif

An output is never larger than it must be: where format, size, orientation,
colour and metadata of the source already fit and no encoding is smaller, its
own bytes are the output.
)";

constexpr std::string_view k_quality_text = R"(
Whether an output is lossless, the first of these that applies:

  1. --quality FORMAT=N for its own format: lossy (not TIFF)
  2. PNG, TIFF: lossless
  3. --lossless: lossless; JPEG only from JPEG at its own size, elsewhere
     --quality or 95 with all colour samples
  4. --quality N: lossy (not GIF)
  5. the source's own format, neither resized nor limited by --max-bytes:
     lossless
  6. --role normal, mask, data or pixel-art: as --lossless
  7. else lossy: JPEG, WebP and JPEG XL 80, AVIF 60; GIF with all colours it has

--quality auto:TARGET searches, for each image, the smallest file whose
SSIMULACRA 2 score is at least TARGET: 50 is medium, 70 high, 90 visually
lossless; 80 where it is left out. In imgopt.json the same is said with
"quality": 80, "quality": "auto:85" or
"quality": { "default": 80, "avif": 60 }.

A rule or the command line that gives a quality replaces a weaker --lossless,
and the other way round.

In place (imgopt optimize) files are kept without loss: there a quality counts
from the command line, or where a configuration gives it for the image's own
format.
)";

constexpr std::string_view k_configuration_text = R"(
imgopt.json is JSON in which comments are allowed. Its keys are the options
without their dashes; beside them there are `sources` and `rules`:

  {
    "sources": ["assets"], "out": "build/assets", "format": ["webp", "keep"],
    "rules": [ {"match": "photos/**", "width": [640, 1280]} ]
  }

Each of these wins over those above it, setting by setting:

  1. built-in defaults
  2. your own file, ~/.config/imgopt/imgopt.json
  3. the project's imgopt.json, or --config FILE
  4. imgopt.json in a source folder, for the images below it
  5. rules whose pattern matches, a later one over an earlier one
  6. the command line

A profile (--profile web, game or archive) counts where it is named, below the
other settings given there. A flag that a file has set is undone with
--no-NAME or --NAME=no.

`imgopt init` writes a file that fits, `imgopt config --show FILE` says which
value holds for an image and where it comes from, and `imgopt config --schema`
prints a JSON Schema for editors.
)";

constexpr std::string_view k_exit_status_text = R"(
  0    all is well
  1    an image failed, or check, compare, cache verify or a budget found
       something
  2    the command line or a configuration is wrong
  3    internal error
  4    the surroundings failed: cannot read or write, no space, sandbox
       required but missing
  130  interrupted (Ctrl-C)
  143  terminated

A failed image never stops the others, and leaves its earlier output untouched.
)";

constexpr std::string_view k_cache_text = R"(
Every finished output is kept under a key made from the source's bytes, the
settings and the encoder's version; never from a path or a time. So a fresh
checkout, a deleted output folder or a setting changed back costs a copy.

It is in --cache-dir, else $IMGOPT_CACHE_DIR, else below the user's cache
folder. `imgopt cache stats` says how large it is, `imgopt cache clear` empties
it; outputs stay, and so does what each build remembers of them.
)";

constexpr std::string_view k_depfile_text = R"(
--depfile FILE lists, in Make's syntax, every file read and every folder
scanned, with the file of --stamp as the target. A build system that reads it
reruns imgopt when an image changes, appears or goes. Outputs are written only
when they differ; the stamp is touched by every run that succeeds, and set to
the time at which the run began to look, so that nothing edited meanwhile is
missed.

  rule images
    command = imgopt build assets --out out --stamp out.stamp --depfile out.d
    depfile = out.d
    restat = 1
  build out.stamp: images

An output that somebody deletes is noticed where Ninja knows of it: name it in
the build file, or, where names are not known beforehand, let the depfile name
it with --depfile-outputs.
)";

constexpr std::array k_topics = {
    HelpTopic{"formats", "The formats and how outputs are named.", k_formats_text},
    HelpTopic{"quality", "What is lossless, what is lossy, and how good.", k_quality_text},
    HelpTopic{"configuration", "imgopt.json, its layers, rules and profiles.", k_configuration_text},
    HelpTopic{"exit-status", "What the exit status says.", k_exit_status_text},
    HelpTopic{"cache", "What is kept, where, and why it is never stale.", k_cache_text},
    HelpTopic{"depfile", "For Ninja and Make.", k_depfile_text},
};

}  // namespace

std::span<const HelpTopic> help_topics() {
  return k_topics;
}

std::string topic_text(const HelpTopic& topic) {
  std::string text = fmt::format("{}: {}\n", topic.name, topic.summary);
  if (topic.name == "formats") {
    text += '\n';
    for (const Choice& choice : option(OptionId::format).choices)
      text += fmt::format("  {:<6}{}\n", choice.name, choice.summary);
  }
  return text.append(topic.text);
}

}  // namespace imgopt

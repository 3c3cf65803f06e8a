// Inputs of a key, and every single change that can be made to them.
#pragma once

#include <string>
#include <vector>

#include "tool/plan/output_key.hpp"

namespace imgopt {

inline KeyInputs some_key_inputs() {
  KeyInputs inputs;
  inputs.source_digest.bytes.fill(1);
  inputs.source_size = 1000;
  inputs.source_format = ImageFormat::jpeg;
  inputs.settings.format = ImageFormat::webp;
  inputs.decoder_fingerprint.bytes.fill(2);
  inputs.encoder_fingerprint.bytes.fill(3);
  return inputs;
}

struct KeyInputChange {
  std::string name;
  void (*change)(KeyInputs&);
};

inline const std::vector<KeyInputChange>& key_input_changes() {
  static const std::vector<KeyInputChange> k_changes = {
      {"SourceDigest", [](KeyInputs& i) { i.source_digest.bytes[15] ^= 1; }},
      {"SourceSize", [](KeyInputs& i) { ++i.source_size; }},
      {"SourceFormat", [](KeyInputs& i) { i.source_format = ImageFormat::png; }},
      {"Decoder", [](KeyInputs& i) { i.decoder_fingerprint.bytes[0] ^= 1; }},
      {"Encoder", [](KeyInputs& i) { i.encoder_fingerprint.bytes[0] ^= 1; }},
      {"Format", [](KeyInputs& i) { i.settings.format = ImageFormat::avif; }},
      {"QualityMode", [](KeyInputs& i) { i.settings.quality_mode = Quality::target; }},
      {"Quality", [](KeyInputs& i) { i.settings.quality = 81; }},
      {"Lossless", [](KeyInputs& i) { i.settings.lossless = Lossless::yes; }},
      {"Effort", [](KeyInputs& i) { i.settings.effort = 6; }},
      {"Subsampling", [](KeyInputs& i) { i.settings.subsampling = ChromaSubsampling::s444; }},
      {"Progressive", [](KeyInputs& i) { i.settings.progressive = Progressive::yes; }},
      {"Metadata", [](KeyInputs& i) { i.settings.metadata = MetadataPolicy::all; }},
      {"Role", [](KeyInputs& i) { i.settings.role = Role::ui; }},
      {"Resize", [](KeyInputs& i) { i.settings.resize = ResizeMode::fit; }},
      {"TransparentColor", [](KeyInputs& i) { i.settings.transparent_color = TransparentColor::rewrite; }},
      {"BackgroundRed", [](KeyInputs& i) { i.settings.background.red = 254; }},
      {"BackgroundGreen", [](KeyInputs& i) { i.settings.background.green = 254; }},
      {"BackgroundBlue", [](KeyInputs& i) { i.settings.background.blue = 254; }},
      {"TargetScore", [](KeyInputs& i) { ++i.settings.target_score; }},
      {"MinSavings", [](KeyInputs& i) { ++i.settings.min_savings; }},
      {"ResizeWidth", [](KeyInputs& i) { ++i.settings.resize_width; }},
      {"ResizeHeight", [](KeyInputs& i) { ++i.settings.resize_height; }},
      {"MaxBytes", [](KeyInputs& i) { ++i.settings.max_bytes; }},
  };
  return k_changes;
}

}  // namespace imgopt

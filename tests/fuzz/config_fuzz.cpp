// Fuzzes parse_config in both roles and what is done with a configuration that it accepts.
#include "tool/settings/config_file.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz_target.hpp"
#include "tool/settings/option_table.hpp"

namespace imgopt::fuzz {
namespace {

constexpr std::string_view k_path = "folder/imgopt.json";

// A value written as text and read again is the same value: keys are made of these texts.
void require_stable_values(const SettingsLayer& layer) {
  for (const LayerEntry& entry : layer.entries()) {
    const OptionSpec& spec = option(entry.option);
    for (const OptionValue& value : entry.values) {
      const auto again = parse_value(spec, value_text(spec, value));
      require(again.has_value() && *again == value, "a value's text gives the value back");
    }
  }
}

void parse(std::string_view text, ConfigRole role) {
  auto config = parse_config(text, std::string(k_path), role);
  if (!config) {
    require(config.error().code == ErrorCode::invalid_config, "a bad configuration is an invalid_config");
    require(config.error().message.starts_with(k_path), "a message names the file");
    return;
  }
  require_stable_values(config->layer);
  for (const std::string& source : config->sources)
    require(!source.empty(), "a source has a path");
  for (const SettingsRule& rule : config->rules) {
    require(!rule.match.empty(), "a rule matches something");
    require_stable_values(rule.layer);
  }
  std::vector<SettingsLayer> lower;
  lower.push_back(default_layer());
  lower.push_back(std::move(config->layer));
  SettingsResolver resolver(std::move(lower), std::move(config->rules), SettingsLayer("command line"));
  (void)resolver.canonical_text();
  for (const std::string_view name : {"a.png", "photos/b.jpg"}) {
    const auto settings = resolver.settings_for(name);
    require(settings.has_value() || !settings.error().message.empty(), "a refusal says why");
  }
}

}  // namespace

Corpus make_corpus() {
  Corpus corpus;
  const auto add = [&](std::string name, std::string_view text) {
    corpus.seeds.push_back({std::move(name), Bytes(text.begin(), text.end())});
  };
  add("empty-object", "{}");
  add("whole", R"({ // a comment
  "version": 1, "$schema": "imgopt.schema.json", "sources": ["assets", "/more"], "out": "build/assets",
  "format": ["webp", "keep"], "quality": {"default": 82, "avif": "auto:75"}, "effort": 3, "lossless": true,
  "exclude": ["**/raw/**", "*.{tmp,bak}"], "max-bytes": "200k", "min-savings": "2.5%", "background": "#fff",
  "rules": [ { "match": ["photos/**", "b[0-9].jpg"], "quality": 70, "width": [640, 1280], "role": "normal" },
             { "match": "icons/*", "resize": "longest:64", "metadata": "copyright", "name": "{stem}-{format}.{ext}" } ]
})");
  add("request",
      R"({"version": 1, "config": "x.json", "sources": "a", "depfile": "a.d", "stamp": "a.stamp"})");
  add("wrong-type", R"({"quality": [1, null, 2.5e3, "\ud83d\ude00"]})");
  add("twice", "{\"effort\": 1,\n \"effort\": 2}");
  add("deep", std::string(40, '[') + std::string(40, ']'));
  for (const OptionSpec& spec : option_table()) {
    corpus.words.push_back("\"" + std::string(spec.name) + "\": ");
    for (const Choice& choice : spec.choices)
      corpus.words.push_back("\"" + std::string(choice.name) + "\"");
    if (spec.config == ConfigUse::none || spec.default_value.empty())
      continue;
    const bool is_plain = std::all_of(spec.default_value.begin(), spec.default_value.end(),
                                      [](char c) { return c >= '0' && c <= '9'; });
    const std::string quote = is_plain ? "" : "\"";
    add("default-" + std::string(spec.name), std::string("{\"")
                                                 .append(spec.name)
                                                 .append("\": ")
                                                 .append(quote)
                                                 .append(spec.default_value)
                                                 .append(quote)
                                                 .append("}"));
  }
  for (const char* word : {"\"version\": 1", "\"rules\": [", "\"match\": ", "\"sources\": ", "auto:",
                           "longest:", "/*", "*/", "//", "\\ud800", "true", "null"})
    corpus.words.emplace_back(word);
  return corpus;
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imgopt;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fuzz::parse(text, ConfigRole::configuration);
  fuzz::parse(text, ConfigRole::request);
  return 0;
}

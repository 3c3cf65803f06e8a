#include "tool/settings/config_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "tests/unit/tool/options/case_name.hpp"
#include "tool/settings/image_settings.hpp"
#include "tool/settings/run_options.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string value_of(const SettingsLayer& layer, OptionId id) {
  const LayerEntry* entry = layer.find(id);
  if (entry == nullptr)
    return "(none)";
  std::string text;
  for (const OptionValue& value : entry->values)
    text += (text.empty() ? "" : " ") + value_text(option(id), value);
  return text;
}

TEST(ConfigFile, ReadsEverySettingOfAnImage) {
  const auto config = parse_config(R"({ // comment
    "format": ["webp", "keep"], "quality": {"default": "auto:85", "avif": 60, "png": "auto"}, "lossless": true,
    "effort": 7, "width": [640, 1280], "max-bytes": "200k", "min-savings": 2.5, "subsampling": "444",
    "progressive": "no", "metadata": "copyright", "role": "pixel-art", "background": "#123", "transparent-color": "keep",
    "name": "{stem}_{width}.{ext}"
  })",
                                   "imgopt.json");
  ASSERT_TRUE(config) << config.error().message;
  const SettingsLayer& l = config->layer;
  EXPECT_EQ(l.name(), "imgopt.json");
  EXPECT_EQ(value_of(l, OptionId::format), "webp keep");
  EXPECT_EQ(value_of(l, OptionId::quality), "auto:85 avif=60 png=auto:80");
  EXPECT_EQ(value_of(l, OptionId::lossless), "yes");
  EXPECT_EQ(value_of(l, OptionId::effort), "7");
  EXPECT_EQ(value_of(l, OptionId::width), "640 1280");
  EXPECT_EQ(value_of(l, OptionId::max_bytes), "200kB");
  EXPECT_EQ(value_of(l, OptionId::min_savings), "2.5");
  EXPECT_EQ(value_of(l, OptionId::subsampling), "444");
  EXPECT_EQ(value_of(l, OptionId::progressive), "no");
  EXPECT_EQ(value_of(l, OptionId::metadata), "copyright");
  EXPECT_EQ(value_of(l, OptionId::role), "pixel-art");
  EXPECT_EQ(value_of(l, OptionId::background), "#112233");
  EXPECT_EQ(value_of(l, OptionId::transparent_color), "keep");
  EXPECT_EQ(value_of(l, OptionId::name), "{stem}_{width}.{ext}");
  EXPECT_EQ(l.find(OptionId::effort)->place, "imgopt.json:3: effort");
}

TEST(ConfigFile, ReadsASingleValueWhereAListMayStand) {
  const auto config =
      parse_config(R"({"format": "webp", "quality": 80, "width": 640, "max-bytes": 1000})", "f");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(value_of(config->layer, OptionId::format), "webp");
  EXPECT_EQ(value_of(config->layer, OptionId::quality), "80");
  EXPECT_EQ(value_of(config->layer, OptionId::width), "640");
  EXPECT_EQ(value_of(config->layer, OptionId::max_bytes), "1kB");
}

TEST(ConfigFile, ReadsResizeAsTextOrNumber) {
  EXPECT_EQ(value_of(parse_config(R"({"resize": 640})", "f")->layer, OptionId::resize), "640");
  EXPECT_EQ(value_of(parse_config(R"({"resize": "longest:640"})", "f")->layer, OptionId::resize),
            "longest:640");
}

TEST(ConfigFile, LetsAnEmptyListUndoWidths) {
  const auto config = parse_config(R"({"width": [100], "rules": [{"match": "a", "width": []}]})", "f");
  ASSERT_TRUE(config) << config.error().message;
  const std::array<const SettingsLayer*, 2> stack = {&config->layer, &config->rules[0].layer};
  EXPECT_TRUE(merge_settings(stack)->widths.empty());
}

TEST(ConfigFile, JoinsRelativePathsToItsFolder) {
  const auto config = parse_config(
      R"({"sources": ["assets", "/abs/b"], "out": "build/o", "base": "/base", "manifest": "m.json",
    "report": "../r.json", "depfile": "d", "stamp": "s", "state": "st", "cache-dir": "c"})",
      "project/sub/imgopt.json");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->sources, ElementsAre("project/sub/assets", "/abs/b"));
  const std::array<const SettingsLayer*, 1> stack = {&config->layer};
  const auto options = merge_run_options(stack);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->out, "project/sub/build/o");
  EXPECT_EQ(options->base, "/base");
  EXPECT_EQ(options->manifest, "project/sub/m.json");
  EXPECT_EQ(options->report, "project/sub/../r.json");
  EXPECT_EQ(options->depfile, "project/sub/d");
  EXPECT_EQ(options->stamp, "project/sub/s");
  EXPECT_EQ(options->state, "project/sub/st");
  EXPECT_EQ(options->cache_dir, "project/sub/c");
}

TEST(ConfigFile, LeavesRelativePathsOfAFileHereAsTheyAre) {
  const auto config = parse_config(R"({"sources": "assets", "out": "o"})", "imgopt.json");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->sources, ElementsAre("assets"));
  EXPECT_EQ(value_of(config->layer, OptionId::out), "o");
  EXPECT_EQ(parse_config(R"({"out": "o"})", "/imgopt.json")->layer.find(OptionId::out)->values[0],
            OptionValue(std::string("/o")));
}

TEST(ConfigFile, ReadsRunningOptions) {
  const auto config =
      parse_config(R"({"$schema": "x", "version": 1, "jobs": 3, "include": ["*.png"], "exclude": "tmp/**",
    "hidden": true, "no-ignore": false, "unsupported": "skip", "build-name": "n", "memory-limit": "1GiB",
    "max-pixels": 1000000, "timeout": 2.5, "isolate": true, "require-sandbox": true})",
                   "f");
  ASSERT_TRUE(config) << config.error().message;
  const std::array<const SettingsLayer*, 1> stack = {&config->layer};
  const RunOptions o = merge_run_options(stack).value();
  EXPECT_EQ(o.jobs, 3u);
  EXPECT_EQ(o.include.size(), 1u);
  EXPECT_EQ(o.exclude.size(), 1u);
  EXPECT_EQ(o.hidden, HiddenSources::take);
  EXPECT_EQ(o.ignore_files, IgnoreFileUse::obey);
  EXPECT_EQ(o.unsupported, UnsupportedPolicy::skip);
  EXPECT_EQ(o.timeout, std::chrono::milliseconds(2500));
  EXPECT_EQ(o.max_pixels, 1000000u);
  EXPECT_EQ(o.sandbox, SandboxMode::required);
}

TEST(ConfigFile, ReadsRulesInTheirOrder) {
  const auto config = parse_config(
      "{\n\"rules\": [\n  {\"match\": \"photos/**\", \"quality\": 70},\n"
      "  {\"quality\": 60,\n   \"match\": [\"*.png\", \"*.gif\"]}\n]}",
      "imgopt.json");
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->rules.size(), 2u);
  EXPECT_EQ(config->rules[0].layer.name(), "imgopt.json:3 rule 'photos/**'");
  EXPECT_EQ(config->rules[1].layer.name(), "imgopt.json:4 rule '*.png', '*.gif'");
  EXPECT_EQ(config->rules[1].layer.find(OptionId::quality)->place, "imgopt.json:4: rules[1].quality");
  EXPECT_TRUE(config->rules[0].match[0].matches("photos/x/a.jpg"));
  EXPECT_TRUE(config->rules[1].match[1].matches("x/a.gif"));
}

TEST(ConfigFile, MayBeEmptyOfSettings) {
  const auto config = parse_config("{}", "f");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->sources, IsEmpty());
  EXPECT_THAT(config->layer.entries(), IsEmpty());
}

TEST(RequestFile, NeedsItsVersionAndMayNameAConfiguration) {
  const auto request = parse_config(R"({"version": 1, "sources": ["/a"], "config": "/p/imgopt.json"})",
                                    "/b/r.json", ConfigRole::request);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(value_of(request->layer, OptionId::config), "/p/imgopt.json");
  const auto without = parse_config("\n{\"sources\": []}", "r.json", ConfigRole::request);
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().message, "r.json:2: a request needs \"version\": 1");
}

struct Mistake {
  std::string text;
  std::string message;
};
void PrintTo(const Mistake& c, std::ostream* out) {
  *out << case_name(c.text);
}
class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreNamedWithTheirPlace) {
  const auto config = parse_config(GetParam().text, "imgopt.json");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::invalid_config);
  EXPECT_EQ(config.error().message, GetParam().message);
}

const std::string k_quality = "a number from 1 to 100, auto, auto:TARGET or near-lossless:N";
const std::string k_json_quality = k_quality + ", or an object of these by format";

INSTANTIATE_TEST_SUITE_P(
    OfShape, Mistakes,
    testing::Values(
        Mistake{"[]", "imgopt.json:1: expected an object {...}, not a list"},
        Mistake{"\n\"x\"", "imgopt.json:2: expected an object {...}, not \"x\""},
        Mistake{"{\n\n\"qualty\": 80}", "imgopt.json:3: qualty: unknown key; did you mean quality?"},
        Mistake{"{\"source\": []}", "imgopt.json:1: source: unknown key; did you mean sources?"},
        Mistake{"{\"rule\": []}", "imgopt.json:1: rule: unknown key; did you mean rules?"},
        Mistake{"{\"frobnicate\": 1}", "imgopt.json:1: frobnicate: unknown key"},
        Mistake{"{\"match\": \"x\"}", "imgopt.json:1: match: unknown key"},
        Mistake{"{\"version\": 2}", "imgopt.json:1: version: expected 1, not 2"},
        Mistake{"{\"version\": \"1\"}", "imgopt.json:1: version: expected 1, not \"1\""},
        Mistake{"{\"$schema\": 1}", "imgopt.json:1: $schema: expected a string, not 1"},
        Mistake{"{\"sources\": 3}", "imgopt.json:1: sources: expected a path that is not empty, not 3"},
        Mistake{"{\"sources\": [\"a\",\n\"\"]}",
                "imgopt.json:2: sources[1]: expected a path that is not empty, not \"\""},
        Mistake{"{\"no-sandbox\": true}",
                "imgopt.json:1: no-sandbox: this can be said on the command line alone, as --no-sandbox"},
        Mistake{"{\"config\": \"x\"}",
                "imgopt.json:1: config: this can be said on the command line alone, as --config"},
        Mistake{"{\"rules\": {}}", "imgopt.json:1: rules: expected a list of rules, not an object"},
        Mistake{"{\"rules\": [\n5]}",
                "imgopt.json:2: rules[0]: expected an object with \"match\" and settings, not 5"},
        Mistake{"{\"rules\": [{\"match\": \"a\"},\n{\"quality\": 3}]}",
                "imgopt.json:2: rules[1]: a rule needs \"match\", a pattern or a list of patterns"},
        Mistake{"{\"rules\": [{\"match\": []}]}",
                "imgopt.json:1: rules[0].match: expected at least one pattern, not an empty list"},
        Mistake{"{\"rules\": [{\"match\": [\"a\",\n7]}]}",
                "imgopt.json:2: rules[0].match[1]: expected a pattern such as \"photos/**\", not 7"},
        Mistake{"{\"rules\": [{\"match\": \"a\", \"jobs\": 3}]}",
                "imgopt.json:1: rules[0].jobs: this holds for the whole run and cannot stand in a rule"},
        Mistake{"{\"rules\": [{\"match\": \"a\",\n\"matc\": \"b\"}]}",
                "imgopt.json:2: rules[0].matc: unknown key; did you mean match?"},
        Mistake{"{\"rules\": [{\"match\": \"a\"},{\"match\": \"a\",\n\n\"quality\": \"high\"}]}",
                "imgopt.json:3: rules[1].quality: expected " + k_quality + ", not \"high\""},
        Mistake{"{\"rules\": [{\"match\": \"a\", \"width\": 3,\n\"resize\": 4}]}",
                "imgopt.json:2: rules[0].resize: width and resize exclude each other (imgopt.json:1: "
                "rules[0].width)"},
        Mistake{"{\"width\": 3, \"resize\": 4}",
                "imgopt.json:1: resize: width and resize exclude each other (imgopt.json:1: width)"}));

INSTANTIATE_TEST_SUITE_P(
    OfType, Mistakes,
    testing::Values(
        Mistake{"{\"lossless\": \"yes\"}", "imgopt.json:1: lossless: expected true or false, not \"yes\""},
        Mistake{"{\"lossless\": 1}", "imgopt.json:1: lossless: expected true or false, not 1"},
        Mistake{"{\"effort\": \"5\"}", "imgopt.json:1: effort: expected a number from 0 to 9, not \"5\""},
        Mistake{"{\"effort\": null}", "imgopt.json:1: effort: expected a number from 0 to 9, not null"},
        Mistake{"{\"effort\": [5]}", "imgopt.json:1: effort: expected a number from 0 to 9, not a list"},
        Mistake{"{\"effort\": {}}", "imgopt.json:1: effort: expected a number from 0 to 9, not an object"},
        Mistake{"{\"width\": \"640\"}",
                "imgopt.json:1: width: expected a number from 1 to 65535, or a list of these, not "
                "\"640\""},
        Mistake{"{\"width\": [640,\nfalse]}",
                "imgopt.json:2: width[1]: expected a number from 1 to 65535, or a list of these, not false"},
        Mistake{"{\"quality\": true}", "imgopt.json:1: quality: expected " + k_json_quality + ", not true"},
        Mistake{"{\"quality\": [80]}", "imgopt.json:1: quality: expected " + k_json_quality + ", not a list"},
        Mistake{"{\"quality\": {\"avif\": {}}}",
                "imgopt.json:1: quality.avif: expected " + k_json_quality + ", not an object"},
        Mistake{"{\"format\": 3}",
                "imgopt.json:1: format: expected keep, png, jpeg, webp, avif, jxl, gif, tiff or auto, or a "
                "list of these, not 3"},
        Mistake{"{\"subsampling\": 444}",
                "imgopt.json:1: subsampling: expected auto, 420, 422 or 444, not 444"},
        Mistake{"{\"progressive\": true}", "imgopt.json:1: progressive: expected auto, yes or no, not true"},
        Mistake{"{\"background\": 255}",
                "imgopt.json:1: background: expected #rgb, #rrggbb or the name of a color, not 255"},
        Mistake{"{\"out\": 3}", "imgopt.json:1: out: expected a path that is not empty, not 3"},
        Mistake{
            "{\"include\": [true]}",
            "imgopt.json:1: include[0]: expected a pattern such as photos/**, or a list of these, not true"},
        Mistake{"{\"timeout\": \"3\"}",
                "imgopt.json:1: timeout: expected a number of seconds from 0.001 to 86400, not \"3\""},
        Mistake{"{\"name\": 3}", "imgopt.json:1: name: expected a name such as {stem}-{width}w.{ext}, not 3"},
        Mistake{"{\"build-name\": 3}",
                "imgopt.json:1: build-name: expected a text that is not empty and has no control characters, "
                "not 3"},
        Mistake{"{\"max-bytes\": false}",
                "imgopt.json:1: max-bytes: expected a size such as 200k or 2MiB, not false"}));

INSTANTIATE_TEST_SUITE_P(
    OfValue, Mistakes,
    testing::Values(
        Mistake{"{\"quality\": 0}", "imgopt.json:1: quality: expected " + k_quality + ", not \"0\""},
        Mistake{"{\"quality\": 80.5}", "imgopt.json:1: quality: expected " + k_quality + ", not \"80.5\""},
        Mistake{"{\"quality\": \"avif=50\"}",
                "imgopt.json:1: quality: expected " + k_quality + ", not \"avif=50\""},
        Mistake{"{\"quality\": {}}",
                "imgopt.json:1: quality: expected at least one quality, not an empty object"},
        Mistake{"{\"quality\": {\"avfi\": 3}}",
                "imgopt.json:1: quality.avfi: unknown format; did you mean avif?"},
        Mistake{"{\"quality\": {\"avif\":\n 300}}",
                "imgopt.json:2: quality.avif: expected " + k_quality + ", not \"300\""},
        Mistake{"{\"quality\": {\"avif\": \"webp=3\"}}",
                "imgopt.json:1: quality.avif: expected " + k_quality + ", not \"webp=3\""},
        Mistake{"{\"quality\": {\"tiff\": 80}}",
                "imgopt.json:1: quality.tiff: expected another format: tiff is always written lossless"},
        Mistake{"{\"effort\": -1}", "imgopt.json:1: effort: expected a number from 0 to 9, not \"-1\""},
        Mistake{"{\"width\": 1e3}", "imgopt.json:1: width: expected a number from 1 to 65535, not \"1e3\""},
        Mistake{"{\"format\": []}", "imgopt.json:1: format: expected at least one format, not an empty list"},
        Mistake{"{\"format\": [\"webp\",\n\"avi\"]}",
                "imgopt.json:2: format[1]: expected keep, png, jpeg, webp, avif, jxl, gif, tiff or auto, not "
                "\"avi\"; did you mean "
                "avif?"},
        Mistake{"{\"out\": \"\"}", "imgopt.json:1: out: expected a path that is not empty, not \"\""},
        Mistake{"{\"name\": \"{stm}\"}",
                "imgopt.json:1: name: expected a name such as {stem}-{width}w.{ext}, not \"{stm}\": {stm} is "
                "none of {stem}, "
                "{ext}, {width}, {format}; did you mean stem?"}));

TEST(ConfigFile, OfAUserSpeaksOfNoProject) {
  const auto parse = [](const char* text) { return parse_config(text, "u.json", ConfigRole::user); };
  EXPECT_TRUE(parse(R"({"jobs": 2, "cache-dir": "/c", "quality": 70, "profile": "web",
                        "rules": [{"match": "*.png", "effort": 9}]})"));
  for (const char* const text :
       {R"({"sources": ["a"]})", R"({"out": "a"})", R"({"include": ["a"]})", R"({"hidden": true})",
        R"({"state": "a"})", R"({"build-name": "a"})", R"({"report": "a"})", R"({"stamp": "a"})"}) {
    const auto config = parse(text);
    ASSERT_FALSE(config) << text;
    EXPECT_TRUE(config.error().message.ends_with("this is a project's to say, not a user's"));
  }
}

TEST(ConfigFile, NamesThePlaceOfAPatternThatIsNone) {
  const auto rule = parse_config("{\"rules\": [{\"match\":\n\"a[\"}]}", "imgopt.json");
  ASSERT_FALSE(rule);
  EXPECT_TRUE(rule.error().message.starts_with("imgopt.json:2: rules[0].match: ")) << rule.error().message;
  const auto include = parse_config("{\"include\": [\"a[\"]}", "imgopt.json");
  ASSERT_FALSE(include);
  EXPECT_TRUE(include.error().message.starts_with("imgopt.json:1: include[0]: expected a pattern: "))
      << include.error().message;
}

// Every option that a configuration may hold refuses every JSON type that is not its own, with its place.
TEST(ConfigFile, RefusesANullAndAnObjectForEveryKey) {
  for (const OptionSpec& spec : option_table()) {
    if (spec.config == ConfigUse::none)
      continue;
    for (const std::string value : {"null", "{\"x\": 1}"}) {
      const auto config = parse_config("{\n\"" + std::string(spec.name) + "\": " + value + "}", "f");
      ASSERT_FALSE(config) << spec.name << " " << value;
      EXPECT_TRUE(config.error().message.starts_with("f:2: " + std::string(spec.name)))
          << config.error().message;
    }
  }
}

}  // namespace
}  // namespace imgopt

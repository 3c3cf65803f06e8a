#include "tool/commands/survey.hpp"

#include <gtest/gtest.h>

#include "tool/settings/config_file.hpp"

namespace imgopt {
namespace {

std::vector<ScannedFile> files(std::initializer_list<std::pair<std::string, std::int64_t>> named) {
  std::vector<ScannedFile> list;
  for (const auto& [name, size] : named) {
    ScannedFile file;
    file.name = name;
    file.stat.size = static_cast<decltype(file.stat.size)>(size);
    list.push_back(file);
  }
  return list;
}

TEST(Survey, CountsImagesByFolderAndFormatAndNothingElse) {
  const Survey found =
      survey(files({{"a/x.JPG", 10}, {"a/b/y.png", 5}, {"z.webp", 1}, {"a/readme.txt", 99}}));
  EXPECT_EQ(found.all.images, 3u);
  EXPECT_EQ(found.all.bytes, 16u);
  ASSERT_EQ(found.folders.size(), 2u);
  EXPECT_EQ(found.folders[0].name, ".");
  EXPECT_EQ(found.folders[1].all.images, 2u);
  EXPECT_EQ(found.of_format[static_cast<std::size_t>(ImageFormat::jpeg)].images, 1u);
}

TEST(Survey, ChoosesAProfileAndSaysWhy) {
  const auto profile = [](std::initializer_list<std::pair<std::string, std::int64_t>> named) {
    const Survey found = survey(files(named));
    EXPECT_FALSE(found.reason.empty());
    return found.profile;
  };
  EXPECT_EQ(profile({{"a.png", 9}, {"index.html", 1}}), Profile::web);
  EXPECT_EQ(profile({{"a.jpg", 9}, {"project.godot", 1}}), Profile::game);
  EXPECT_EQ(profile({{"a.jpg", 9}, {"b.png", 2}}), Profile::web);
  EXPECT_EQ(profile({{"a.jpg", 1}, {"b.png", 9}}), Profile::game);
  EXPECT_EQ(profile({{"t/a.jpg", 9}, {"t/b_normal.png", 1}}), Profile::game);
  // Only a file in the folder itself says what the project is.
  EXPECT_EQ(profile({{"a.png", 9}, {"vendored/index.html", 1}}), Profile::game);
}

class Suggestions : public testing::TestWithParam<std::vector<ScannedFile>> {};

TEST_P(Suggestions, AreTakenByTheParser) {
  const Survey found = survey(GetParam());
  for (const Profile profile : {Profile::web, Profile::game, Profile::archive}) {
    const std::string text = suggested_config(found, profile, "o\"ut");
    const auto config = parse_config(text, "imgopt.json");
    ASSERT_TRUE(config) << config.error().message << "\n" << text;
    EXPECT_EQ(config->sources, suggested_sources(found));
    EXPECT_EQ(config->rules.size(), found.roles.size());
    EXPECT_EQ(std::get<std::uint64_t>(config->layer.find(OptionId::profile)->values.front()),
              static_cast<std::uint64_t>(profile));
  }
}

INSTANTIATE_TEST_SUITE_P(
    OfManyShapes, Suggestions,
    testing::Values(files({{"a.png", 1}}), files({{"a/x.png", 1}}),
                    files({{"a/x.png", 1}, {"b\\\"/y.jpg", 1}}),
                    files({{"t/a_normal.png", 1}, {"t/a_mask.png", 1}, {"t/a_orm.png", 1}}),
                    files({{"1/a.png", 1},
                           {"2/a.png", 1},
                           {"3/a.png", 1},
                           {"4/a.png", 1},
                           {"5/a.png", 1},
                           {"6/a.png", 1},
                           {"7/a.png", 1},
                           {"8/a.png", 1},
                           {"9/a.png", 1}})));

}  // namespace
}  // namespace imgopt
